import type { PullContext } from './stream.ts'

/** A task of a person's, as it may leave: what it says of entities is the output's setting. */
export type TrackedTask = {
  /** Stands in the issue and nowhere else there: by it an issue is found whose making was not heard of. */
  marker: string
  title: string
  /** Plain text, a paragraph each. */
  lines: readonly string[]
  dueAtMs: number
}
/** `by`: the vendor's own name or id of who closed it; null where it does not tell. */
export type TrackedIssue = { key: string; url: string; closed: { by: string | null } | null }

/** Where tasks become issues. Every call may come again after a death. */
export type Tracker<Config> = {
  everyMs: number
  /** How long an issue may be made and not yet be found by its marker. */
  settleMs: number
  entities(config: Config): 'kinds' | 'ids'
  scopes?: readonly string[]
  find(context: PullContext<Config>, marker: string, sinceMs: number): Promise<TrackedIssue | undefined>
  open(context: PullContext<Config>, task: TrackedTask): Promise<TrackedIssue>
  /** As they stand; what is gone is left out. At most `lookKeysMax` keys. */
  look(context: PullContext<Config>, keys: readonly string[]): Promise<TrackedIssue[]>
  /** One that is closed already stays so. */
  close(context: PullContext<Config>, key: string): Promise<void>
}
export const lookKeysMax = 50
export const tasksStream = 'out.tasks'
