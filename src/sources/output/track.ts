import type { SourceId } from '#model'
import {
  lookKeysMax,
  tasksStream,
  type Connector,
  type Page,
  type PullContext,
  type TrackedIssue,
  type TrackedTask,
  type Tracker,
} from '#sources/contract'

import type { OpenSource, PullJob } from '../runner/job.ts'
import { makeOnce } from './once.ts'
import { progressPage, workJob } from './work-job.ts'

/** `intentAtMs`: an issue was about to be made then, and nobody heard whether it was. */
export type TaskToOpen = { action: string; task: TrackedTask; intentAtMs: number | null }
export type TaskWork = {
  open: TaskToOpen[]
  /** Done here, not yet closed there. */
  close: { action: string; key: string }[]
  /** Open on both sides, the ones looked at longest ago first. */
  watch: { action: string; key: string }[]
}

/** The side that keeps tasks and which issue each one is. All of it is durable before it resolves. */
export type TrackerDesk = {
  work(source: SourceId): Promise<TaskWork>
  /** Noted before an issue is made. */
  opening(source: SourceId, action: string): Promise<void>
  opened(source: SourceId, action: string, issue: TrackedIssue): Promise<void>
  closedHere(source: SourceId, action: string): Promise<void>
  /** Of those that were looked at: which of them somebody closed there. */
  seen(source: SourceId, seen: readonly { action: string; issue: TrackedIssue | null }[]): Promise<void>
}

/** One job of a source that tracks tasks: it opens, closes and looks, one issue after the other. */
export function trackerJobs<Config>(
  connector: Connector<Config>,
  source: OpenSource & { desk: TrackerDesk },
): PullJob[] {
  const { tracker } = connector
  if (tracker === undefined) return []
  const work = (context: PullContext<Config>, id: SourceId) =>
    track({ tracker, context, desk: source.desk, source: id })
  return [workJob(connector, source, { stream: tasksStream, everyMs: tracker.everyMs, work })]
}

async function* track<Config>(way: {
  tracker: Tracker<Config>
  context: PullContext<Config>
  desk: TrackerDesk
  source: SourceId
}): AsyncGenerator<Page> {
  const { tracker, context, desk, source } = way
  const { open, close, watch } = await desk.work(source)
  for (const one of open) {
    const issue = await openOnce(way, one)
    if (issue !== undefined) await desk.opened(source, one.action, issue)
    yield progressPage(`${open.length} to open`)
  }
  for (const { action, key } of close) {
    await tracker.close(context, key)
    await desk.closedHere(source, action)
    yield progressPage(`${close.length} to close`)
  }
  for (let at = 0; at < watch.length; at += lookKeysMax) {
    const part = watch.slice(at, at + lookKeysMax)
    const found = await tracker.look(
      context,
      part.map(({ key }) => key),
    )
    const issues = new Map(found.map((issue) => [issue.key, issue]))
    await desk.seen(
      source,
      part.map(({ action, key }) => ({ action, issue: issues.get(key) ?? null })),
    )
    yield progressPage(`${watch.length} open`)
  }
}

/** Undefined: too early to say. */
const openOnce = <Config>(
  { tracker, context, desk, source }: Parameters<typeof track<Config>>[0],
  { action, task, intentAtMs }: TaskToOpen,
): Promise<TrackedIssue | undefined> =>
  makeOnce(context, {
    intentAtMs,
    settleMs: tracker.settleMs,
    find: (sinceMs) => tracker.find(context, task.marker, sinceMs),
    note: () => desk.opening(source, action),
    make: () => tracker.open(context, task),
  })
