import { escapeHtml } from './report-html-text.ts'
import { figureInWords, momentInWords, type ReportDocument, type ReportFigure } from './report-words.ts'

const width = 680
const labelWidth = 250
const rowHeight = 24

/** Once a page: what is possible and not sure is drawn in this pattern. */
export const hatch =
  '<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" class="ground"/><line x1="0" y1="0" x2="0" y2="6" class="stroke"/></pattern></defs></svg>'

/** One picture for each unit: credentials and people share no scale. */
export const pictureOf = (figures: readonly ReportFigure[]): string =>
  [...Map.groupBy(figures, ({ unit }) => unit).values()].map(barsOf).join('')

/**
 * Each number as a bar: full as far as it is sure, hatched as far as it may be. One scale for all of one picture; what has
 * no bound goes to the end of it with an arrow. Pure: an inline SVG with a text of its own for who cannot see it.
 */
function barsOf(figures: readonly ReportFigure[]): string {
  const most = Math.max(1, ...figures.map(({ atLeast, atMost }) => atMost ?? atLeast))
  const room = width - labelWidth - 90
  const x = (n: number): number => Math.round((n / most) * room)
  const rows = figures.map((figure, n) => {
    const { label, atLeast, atMost } = figure
    const y = n * rowHeight
    const [sure, possible] = [x(atLeast), x(atMost ?? most)]
    const end = labelWidth + Math.max(sure, possible)
    return [
      `<text x="${labelWidth - 8}" y="${y + 15}" text-anchor="end">${escapeHtml(label)}</text>`,
      `<rect class="may" x="${labelWidth}" y="${y + 4}" width="${Math.max(possible, 1)}" height="14"/>`,
      `<rect class="sure" x="${labelWidth}" y="${y + 4}" width="${sure}" height="14"/>`,
      `<text class="number" x="${end + 6}" y="${y + 15}">${escapeHtml(figureInWords(figure))}${atMost === null ? ' →' : ''}</text>`,
    ].join('')
  })
  const says = figures.map((figure) => `${figure.label}: ${figureInWords(figure)}`).join('; ')
  const height = figures.length * rowHeight + 2
  return `<svg class="bars" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(says)}">${rows.join('')}</svg>`
}

/** What came when, in order and in equal steps: times that lie days and seconds apart fit one line of no scale. */
export function timesPicture(times: ReportDocument['times']): string {
  if (times.length === 0) return ''
  const steps = times.map(
    ({ atMs, says }) =>
      `<li><time datetime="${new Date(atMs).toISOString()}">${escapeHtml(momentInWords(atMs))}</time> ${escapeHtml(says)}</li>`,
  )
  return `<ol class="times">${steps.join('')}</ol>`
}
