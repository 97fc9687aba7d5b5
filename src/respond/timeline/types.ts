import type { EntityId, IncidentId } from '#model'

/**
 * `reached`: from when on something could be used or was made by what is exposed · `event`: a record that a finding rests on ·
 * `decided`: by people, by policy or by Cordon.
 */
export const timelineKinds = ['reached', 'event', 'touched', 'changed', 'finding', 'decided', 'step', 'proof'] as const
export type TimelineKind = (typeof timelineKinds)[number]

/** One moment. `atMs` is when it happened; `arrivedAtMs`, when Cordon was told, null where it happened in Cordon itself. */
export type Moment = {
  key: string
  atMs: number
  arrivedAtMs: number | null
  kind: TimelineKind
  /** Moments of one kind that say the same of several things share this: a rule, a verb, a stream. */
  what: string
  says: string
  entity: EntityId | null
  /** Finding, action, plan or incident. */
  ref: string | null
  /** Log offsets. */
  evidence: number[]
}

/** Like moments of one minute, as one line. */
export type TimelineLine = Omit<Moment, 'key' | 'entity' | 'ref' | 'atMs'> & {
  fromMs: number
  toMs: number
  count: number
  /** The first few. */
  entities: EntityId[]
  refs: string[]
}

export type Timeline = {
  incident: IncidentId
  /** Log offset that the estate stood at for what was reached and touched; null: there is no plan yet. */
  asOf: number | null
  lines: TimelineLine[]
  /** `after` of the next page; null: this was the last. */
  next: string | null
  /** What is left out and of what there is more, in plain sentences. */
  says: string[]
}

/** What the log says of an event besides its content. */
export type EventSeen = { atMs: number; arrivedAtMs: number; source: string; stream: string }
