import { escapeHtml } from './report-html-text.ts'
import { hatch, pictureOf, timesPicture } from './report-picture.ts'
import { cut, fewWords, charsOf, roomOn, saysCharsMax, subjectCharsMax } from './report-fit.ts'
import { figureInWords, momentInWords, type ReportDocument, type ReportEvidence } from './report-words.ts'

/**
 * One file without scripts, fonts or pictures from elsewhere: it shows the same on any day, to anybody, off the net. Each
 * document prints on one sheet of A4. Nothing in it can run: the policy forbids it, and all text is escaped. Pure.
 */
export function pageOf(documents: readonly ReportDocument[]): string {
  const [first] = documents
  const title = first === undefined ? 'Nothing to report' : first.title
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src 'none'">
<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body>${hatch}<main>
${documents.length === 0 ? '<article><h1>Nothing to report</h1><p>No incident was opened in that time.</p></article>' : documents.map(sheet).join('\n')}
</main></body></html>
`
}

function sheet(
  { kind, title, subject, atMs, asOf, figures, times, sections, unknown }: ReportDocument,
  n: number,
): string {
  const id = `t${n}`
  const parts = sections.filter(({ lines }) => lines.length > 0)
  const open = unknown.slice(0, unknownMax)
  const room = roomOn(
    { kind, subject, figures, times },
    [...parts.map(({ lines }) => lines.map(charsOf)), open.map((says) => Math.min(says.length, saysCharsMax))],
    linesMax + open.length,
  )
  const unknownShown = room.at(-1) ?? 0
  return `<article aria-labelledby="${id}">
<header><h1 id="${id}">${escapeHtml(title)}</h1><p class="subject">${escapeHtml(cut(subject, subjectCharsMax))}</p></header>
${figures.length === 0 ? '' : `<section class="figures" aria-label="Figures">${kind === 'report' ? pictureOf(figures) + sourcesOf(figures) : numbers(figures)}</section>`}
${times.length === 0 ? '' : `<section><h2>When</h2>${timesPicture(times)}</section>`}
${parts.map((one, at) => part(one, room[at] ?? 0)).join('\n')}
${
  unknown.length === 0
    ? ''
    : `<section class="unknown"><h2>Not known, or cannot be ruled out</h2><ul>${open
        .slice(0, unknownShown)
        .map((says) => `<li>${prose(cut(says, saysCharsMax))}</li>`)
        .join(
          '',
        )}${unknown.length > unknownShown ? `<li>and ${unknown.length - unknownShown} more</li>` : ''}</ul></section>`
}
<footer>As of ${escapeHtml(momentInWords(atMs))}, log offset ${asOf}. What stands in small letters says where each line can be looked up.</footer>
</article>`
}

/** What stands between backticks is a name or a command. */
const prose = (says: string): string => escapeHtml(says).replaceAll(/`([^`]+)`/g, '<code>$1</code>')

const unknownMax = 8
/** More lines nobody reads on one sheet. */
const linesMax = 20

function part({ title, lines, more }: ReportDocument['sections'][number], most: number): string {
  const left = more + Math.max(0, lines.length - most)
  const items = lines
    .slice(0, most)
    .map(({ says, evidence }) => `<li>${prose(cut(says, saysCharsMax))} ${small(evidence)}</li>`)
  return `<section><h2>${escapeHtml(title)}</h2><ul>${items.join('')}${left === 0 ? '' : `<li>and ${left} more</li>`}</ul></section>`
}

const numbers = (figures: ReportDocument['figures']): string =>
  `<dl>${figures.map((figure) => `<div><dt>${escapeHtml(figure.label)}</dt><dd>${escapeHtml(figureInWords(figure))} ${small(figure.evidence)}</dd></div>`).join('')}</dl>`
/** What a picture has no room for: of each number one place to look it up, and how many more there are. */
const sourcesOf = (figures: ReportDocument['figures']): string => {
  const said = figures.map(({ label, evidence }) => escapeHtml(`${label}: ${fewWords(evidence, 1)}`))
  return `<p class="refs">${said.join('; ')}</p>`
}
const small = (evidence: ReportEvidence): string => `<small>${escapeHtml(fewWords(evidence))}</small>`

/** Dark on white at 4.5:1 and more, so that it prints; sure and possible differ in pattern, and not in colour alone. */
const style = `
:root{color-scheme:light;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--sure:#0b4f79;--may:#7aa7c2;--warn:#7a4100}
*{box-sizing:border-box}body{margin:0;background:#fff;color:var(--ink);font:14px/1.42 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:760px;margin:0 auto;padding:24px}article+article{margin-top:48px;border-top:1px solid var(--line);padding-top:32px}
h1{font-size:22px;line-height:1.2;margin:0}h2{font-size:14px;margin:16px 0 4px;border-bottom:1px solid var(--line);padding-bottom:2px}
.subject{margin:4px 0 12px;color:var(--soft);overflow-wrap:anywhere}ul,ol{margin:0;padding-left:18px}li{margin:2px 0;overflow-wrap:anywhere}
small{color:var(--soft);font-size:11px;overflow-wrap:anywhere}.bars+.bars{margin-top:6px}.bars{width:100%;height:auto;display:block}.bars text{font-size:12px;fill:var(--ink)}
.bars .number{font-weight:600}.sure{fill:var(--sure)}.may{fill:url(#hatch);stroke:var(--may);stroke-width:.5}.ground{fill:#fff}.stroke{stroke:var(--may);stroke-width:3}
.times{list-style:none;padding:0}.times li{padding-left:14px;border-left:3px solid var(--sure);margin:0}.times time{font-variant-numeric:tabular-nums;display:inline-block;min-width:150px;color:var(--soft)}
dl{display:flex;flex-wrap:wrap;gap:8px 24px;margin:8px 0}dl div{min-width:150px;max-width:240px}dt{color:var(--soft);font-size:12px}dd{margin:0;font-size:20px;font-weight:600}dd small{display:block;font-weight:400}
.refs{margin:2px 0 0;font-size:11px;color:var(--soft);overflow-wrap:anywhere}code{font:.92em ui-monospace,Menlo,Consolas,monospace}.unknown li{color:var(--warn)}footer{margin-top:16px;color:var(--soft);font-size:11px}
@page{size:A4;margin:12mm}@media print{body{font-size:10.5px;line-height:1.3}main{max-width:none;padding:0}article{break-after:page;border:0}article+article{margin:0;padding:0;border:0}article:last-child{break-after:auto}h1{font-size:17px}h2{margin:9px 0 2px;font-size:11.5px}small,.refs{font-size:8.5px}section{break-inside:avoid}dd{font-size:15px}footer{margin-top:8px;font-size:8.5px}}
`
