/** Text from systems may hold control characters: on a terminal those are commands. */
// oxlint-disable-next-line no-control-regex -- control characters are what is taken out
export const plainText = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')

export const count = (value: number): string => value.toLocaleString('en-US')

export const interval = ({ atLeast, atMost }: { atLeast: number; atMost: number }): string =>
  atLeast === atMost ? count(atLeast) : `${count(atLeast)} to ${count(atMost)}`

/** `840 ms`, `12.4 s`, `14 min`, `36 h`, `14 d`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 90_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min`
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`
}

export const clockTime = (ms: number): string => new Date(ms).toTimeString().slice(0, 5)
/** `at 19:41, in 15 min`; what lies days ahead has a date instead of a time of day. */
export function timeAhead(ms: number, nowMs: number): string {
  const date = new Date(ms).toISOString().slice(0, 10)
  return `${ms - nowMs < 43_200_000 ? `at ${clockTime(ms)}` : `on ${date}`}, in ${duration(ms - nowMs)}`
}
/** Seconds since the run began. */
export const stamp = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(5)} s`

export type Color = 'red' | 'green' | 'yellow' | 'dim' | 'bold'
const codes: Record<Color, string> = { red: '31', green: '32', yellow: '33', dim: '2', bold: '1' }
export type Paint = (color: Color, text: string) => string
export const paintOf =
  (isColored: boolean): Paint =>
  (color, text) =>
    isColored ? `\u001b[${codes[color]}m${text}\u001b[0m` : text

/** Parts of one line, each with its color; cut and padded to a width by `fit`. */
export type Span = { text: string; color?: Color }
export type Line = Span[]
export const line = (...parts: (string | Span)[]): Line =>
  parts.map((part) => (typeof part === 'string' ? { text: part } : part))
export const tint = (color: Color, text: string): Span => ({ text, color })

/** Exactly `width` columns; what does not fit ends in `…`. Width is counted in code points: the lab writes no wide ones. */
export function fit(parts: Line, width: number, paint: Paint): string {
  let left = width
  let out = ''
  for (const { text, color } of parts) {
    if (left <= 0) break
    const points = Array.from(plainText(text))
    const isCut = points.length > left
    const shown = isCut ? [...points.slice(0, Math.max(0, left - 1)), '…'].join('') : points.join('')
    left -= Math.min(points.length, left)
    out += color === undefined ? shown : paint(color, shown)
  }
  return out + ' '.repeat(Math.max(0, left))
}

/** Breaks at spaces; a longer word is cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let now = ''
  for (const word of plainText(text).split(' ').filter(Boolean)) {
    if (now !== '' && now.length + 1 + word.length > width) {
      lines.push(now)
      now = word
    } else now = now === '' ? word : `${now} ${word}`
  }
  if (now !== '') lines.push(now)
  return lines
}
