import type { Severity } from './severity.ts'

/** `now`: a person is called, at night too. `working-hours`: a person looks at it when people work. */
export const urgencies = ['working-hours', 'now'] as const
export type Urgency = (typeof urgencies)[number]
/** What a rule may say. `unless-habit`: `now`, unless whoever did it does just this on other days; then `working-hours`. */
export const ruleUrgencies = [...urgencies, 'unless-habit'] as const
export type RuleUrgency = (typeof ruleUrgencies)[number]

/** What calls somebody unless its rule says otherwise. */
export const callsFrom: ReadonlySet<Severity> = new Set(['high', 'critical'])
