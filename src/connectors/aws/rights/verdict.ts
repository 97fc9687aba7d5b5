/** `maybe`: it depends on a condition that the given context does not decide. */
export type Verdict = 'allow' | 'maybe' | 'deny'
/** Ordered, so that layers are a minimum and alternatives a maximum. */
export type Sure = 0 | 1 | 2
export const no: Sure = 0
export const maybe: Sure = 1
export const yes: Sure = 2
export const verdicts: readonly Verdict[] = ['deny', 'maybe', 'allow']

export type Request = {
  /** ARN of who asks: a user, or the role behind a session. */
  principal: string
  account: string
  action: string
  resource: string
  /** Values known for condition keys (lower case). A key that is absent here is not decided, never taken as absent. */
  context: Readonly<Record<string, string>>
}
