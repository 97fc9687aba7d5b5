import { CordonError, isId, type Clock } from '#kit'
import { parseEntityId, type ActionId, type SourceId, type TenantId } from '#model'
import { linkClosed, linkOpened, linkOpening, linksOf, linksSeen, OutputError } from '#outputs'
import { tasksMax, type Responder, type Task } from '#respond'
import { findSource, type TrackerDesk } from '#sources'
import { lookKeysMax, type TrackedTask } from '#sources/contract'
import type { Reader, Writer } from '#store'

import type { Registry } from '../registry.ts'

/** Issues that one turn makes, and looks at. A flood is spread over turns. */
const openMax = 50
const watchMax = 4 * lookKeysMax

/**
 * Tasks of people as issues elsewhere. What is closed there is done here by whom the vendor names: somebody's word, kept
 * as such and never a proof; whoever may close issues there may say so.
 */
export function createTrackerDesk(parts: {
  tenant: TenantId
  reader: Reader
  writer: Writer
  registry: Registry
  clock: Clock
  responder: Pick<Responder, 'tasks' | 'taskDone'>
}): TrackerDesk {
  const { tenant, reader, writer, registry, clock, responder } = parts
  const settingOf = (id: SourceId): 'kinds' | 'ids' => {
    const source = findSource(reader, tenant, id)
    const connector = source && registry.find(source.connector)?.connector
    if (source?.state !== 'active' || connector?.tracker === undefined)
      throw new OutputError('ERR_OUTPUT_OFF', `\`${id}\` tracks no tasks now`)
    return connector.tracker.entities(connector.config.parse(source.config))
  }
  const done = async (source: SourceId, action: ActionId, key: string, by: string | null): Promise<void> => {
    const who = by === null ? source : `${source}/${by}`
    await responder.taskDone(tenant, action, who, `closed as ${key} in ${source}`).catch((error: unknown) => {
      // Somebody was faster here: it is done on both sides.
      if (!(error instanceof CordonError) || error.code !== 'ERR_TASK_STATE') throw error
    })
  }
  return {
    work(source) {
      const entities = settingOf(source)
      const links = new Map(linksOf(reader, tenant, source).map((link) => [link.action, link]))
      const tasks = new Map(responder.tasks(tenant, null).map((task) => [task.action, task]))
      const open = [...tasks.values()].flatMap((task) => {
        const link = links.get(task.action)
        if (link === undefined ? task.done !== null : link.key !== null) return []
        return [{ action: task.action, task: trackedOf(task, entities), intentAtMs: link?.intentAtMs ?? null }]
      })
      const linked = [...links.values()].flatMap(({ action, key, closedAtMs }) =>
        key === null || closedAtMs !== null ? [] : [{ action, key }],
      )
      // What a whole list does not have is of a closed incident, or no step of its plan any more: nobody waits for it.
      const isOver = (action: string): boolean => {
        const task = isId('act', action) ? tasks.get(action) : undefined
        return task === undefined ? tasks.size < tasksMax : task.done !== null
      }
      return Promise.resolve({
        open: open.slice(0, openMax),
        close: linked.filter(({ action }) => isOver(action)).slice(0, openMax),
        watch: linked.filter(({ action }) => !isOver(action)).slice(0, watchMax),
      })
    },
    async opening(source, action) {
      await writer.submit(linkOpening({ tenant, source, action, atMs: clock.nowMs() }))
    },
    async opened(source, action, { key, url }) {
      await writer.submit(linkOpened({ tenant, source, action, key, url, atMs: clock.nowMs() }))
    },
    async closedHere(source, action) {
      await writer.submit(linkClosed({ tenant, source, action, atMs: clock.nowMs() }))
    },
    async seen(source, seen) {
      settingOf(source)
      const atMs = clock.nowMs()
      // INVARIANT: only a task that is this very issue's, whatever hands says of others.
      const keys = new Map(linksOf(reader, tenant, source).map(({ action, key }) => [action, key]))
      for (const { action, issue } of seen) {
        if (issue?.closed == null || keys.get(action) !== issue.key || !isId('act', action)) continue
        await done(source, action, issue.key, issue.closed.by)
        await writer.submit(linkClosed({ tenant, source, action, atMs }))
      }
      await writer.submit(linksSeen({ tenant, source, actions: seen.map(({ action }) => action), atMs }))
    },
  }
}

/** Without `ids`: what kind of thing in which realm; what it is called stands in Cordon alone. */
function trackedOf({ action, incident, phase, target, says, dueAtMs }: Task, entities: 'kinds' | 'ids'): TrackedTask {
  const { kind = 'thing', authority = '' } = parseEntityId(target) ?? {}
  const isWhole = entities === 'ids'
  return {
    marker: action,
    title: `Cordon: ${phase} ${isWhole ? target : `a ${kind} of ${authority}`}`.slice(0, titleCharsMax),
    lines: [
      'A step of a containment that only a person can do.',
      ...(isWhole ? says : []),
      `Due ${new Date(dueAtMs).toISOString()}.`,
      `What, and whose: \`cordon task list ${incident}\`, task ${action}.`,
      'Closing this issue says that it was done. That is kept with your name, and proves nothing: the credential counts as alive until a proof says otherwise.',
    ],
    dueAtMs,
  }
}
const titleCharsMax = 200
