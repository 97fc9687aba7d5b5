/** `90s`, `5m`, `2h` or `1d` in milliseconds; undefined for anything else. */
export function spanMs(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit]
  return count === undefined || unitMs === undefined ? undefined : Number(count) * unitMs
}
