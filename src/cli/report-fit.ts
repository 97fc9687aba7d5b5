import { evidenceInWords, type ReportDocument, type ReportEvidence } from './report-words.ts'

/*
 * How much of a document one printed sheet of A4 holds, told beforehand from the style of the page: pixels of CSS at 96 to
 * the inch, 12 mm of margin. Letters are taken as wide as those of a wide typeface, since whoever prints has their own;
 * `test/console/reports.system.test.ts` prints the longest there is.
 */
const sheetPx = 1031
/** What wider letters than thought of may take. */
const sparePx = 60
const rowPx = 13.7
const gapPx = 2.5
const headingPx = 30
const rowChars = 104
/** Small letters, in which evidence stands. */
const smallShare = 0.82
const smallRowPx = 11.1
const barPx = 25
const footerPx = 22
/** Where figures stand side by side, three to a row. */
const figureChars = 44
const figuresPerRow = 3

/** One line may not fill a sheet by itself: what is cut off stands in the JSON and the Markdown. */
export const saysCharsMax = 420
export const subjectCharsMax = 240
/** On a sheet one place to look each thing up, and how many more there are. */
export const refsMax = 2

export const cut = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}…`)

export function fewWords(evidence: ReportEvidence, most = refsMax): string {
  const more = evidence.length - most
  return `${evidenceInWords(evidence.slice(0, most))}${more > 0 ? ` and ${more} more` : ''}`
}

const rowsPx = (chars: number): number => Math.ceil(chars / rowChars) * rowPx

/** What a line takes, its evidence among it, in letters of full size. */
export const charsOf = ({ says, evidence }: ReportDocument['sections'][number]['lines'][number]): number =>
  Math.min(says.length, saysCharsMax) + Math.ceil((fewWords(evidence).length + 1) * smallShare)

function figuresPx({ kind, figures }: Pick<ReportDocument, 'kind' | 'figures'>): number {
  if (figures.length === 0) return 0
  if (kind === 'report') {
    const units = new Set(figures.map(({ unit }) => unit)).size
    const sources = figures.reduce(
      (sum, { label, evidence }) => sum + label.length + fewWords(evidence, 1).length + 4,
      0,
    )
    return figures.length * barPx + units * 8 + Math.ceil((sources * smallShare) / rowChars) * smallRowPx
  }
  const tallest = Math.max(
    ...figures.map(
      ({ label, evidence }) =>
        Math.ceil(label.length / figureChars) * 16 +
        20 +
        Math.ceil(fewWords(evidence).length / figureChars) * smallRowPx,
    ),
  )
  return Math.ceil(figures.length / figuresPerRow) * (tallest + 8) + 16
}

/**
 * Of each part how many lines one sheet holds: each part gets of them in turn, so that none is crowded out by another. A part
 * is the letters of each of its lines.
 */
export function roomOn(
  document: Pick<ReportDocument, 'kind' | 'subject' | 'figures' | 'times'>,
  parts: readonly (readonly number[])[],
  linesMax: number,
): number[] {
  const { subject, times } = document
  const head = 37 + rowsPx(Math.min(subject.length, subjectCharsMax))
  const when = times.length === 0 ? 0 : headingPx + times.reduce((sum, { says }) => sum + rowsPx(says.length + 22), 0)
  // Each part may have to say how many lines it leaves out.
  const headings = parts.length * (headingPx + rowPx + gapPx)
  let leftPx = sheetPx - sparePx - head - figuresPx(document) - when - headings - footerPx
  const room = parts.map(() => 0)
  const isFull = parts.map(() => false)
  for (let left = linesMax, grew = true; left > 0 && grew;) {
    grew = false
    for (const [n, lines] of parts.entries()) {
      const has = room[n] ?? 0
      const next = lines[has]
      if (left === 0 || isFull[n] === true || next === undefined) continue
      const px = rowsPx(next) + gapPx
      if (px > leftPx) {
        isFull[n] = true
        continue
      }
      leftPx -= px
      room[n] = has + 1
      left--
      grew = true
    }
  }
  return room
}
