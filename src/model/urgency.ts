import type { Severity } from './severity.ts'

/** `now`: a person is called, at night too. `working-hours`: a person looks at it when people work. */
export const urgencies = ['working-hours', 'now'] as const
export type Urgency = (typeof urgencies)[number]

/** What calls somebody unless its rule says otherwise. */
export const callsFrom: ReadonlySet<Severity> = new Set(['high', 'critical'])
