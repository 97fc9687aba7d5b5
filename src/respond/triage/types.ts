import type { Id } from '#kit'
import type { EntityId, FindingId, TenantId } from '#model'
import { command } from '#store'

export const triageStates = ['new', 'in-progress', 'done'] as const
export type TriageState = (typeof triageStates)[number]
/** `true`: it was what the rule says · `false`: it was not · `benign`: it was, and was allowed. */
export const verdicts = ['true', 'false', 'benign'] as const
export type Verdict = (typeof verdicts)[number]

/** What people said of a finding; nobody said anything: state `new`, all else null. */
export type Triage = {
  state: TriageState
  verdict: Verdict | null
  owner: string | null
  note: string | null
  by: string | null
  atMs: number | null
}
export const untouched: Triage = { state: 'new', verdict: null, owner: null, note: null, by: null, atMs: null }

/** What findings of a rule are excepted by: an entity they are about, or a value of the correlation's group. */
export type ExceptionOf = { entity: EntityId } | { field: string; value: string }
export type RuleException = {
  id: Id<'exc'>
  rule: string
  of: ExceptionOf
  reason: string
  owner: string
  by: string
  createdAtMs: number
  /** Findings about what happened from then on are excepted no more. */
  untilMs: number
}
export const exceptionsMax = 1_000
export const exceptionMsMax = 90 * 86_400_000

type By = { tenant: TenantId; by: string; atMs: number }

/** ERR_FINDING_UNKNOWN; ERR_FINDING_STATE where `done` has no verdict, or another state has one. */
export const triageFinding = command<
  By & { id: FindingId; state: TriageState; verdict: Verdict | null; note: string | null },
  Triage
>('finding.triage')
/** Null: nobody's. */
export const assignFinding = command<By & { id: FindingId; owner: string | null }, Triage>('finding.assign')
/** ERR_EXCEPTION_RULE for a rule that must not have one, ERR_EXCEPTION_TERM for one that would never end. */
export const addException = command<
  By & Pick<RuleException, 'id' | 'rule' | 'of' | 'reason' | 'owner' | 'untilMs'>,
  RuleException
>('finding.except')
export const endException = command<By & { id: string }, RuleException>('finding.end-exception')
