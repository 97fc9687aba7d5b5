/** Letters at either end that a redacted value must show to say anything. */
const shownMin = 3

/**
 * Could `redacted` (`sk-admin...x4Qd`) be of this value? Used one way alone: to keep Cordon from its own key. INVARIANT:
 * it names nobody else's key, since a few letters fit many, and it is never kept.
 */
export function isRedactionOf(redacted: string, value: string | undefined): boolean {
  const [, start = '', end = ''] = /^([^.*…]+)(?:\.{2,}|\*+|…)([^.*…]+)$/.exec(redacted) ?? []
  if (value === undefined || start.length < shownMin || end.length < shownMin) return false
  return value.length > start.length + end.length && value.startsWith(start) && value.endsWith(end)
}
