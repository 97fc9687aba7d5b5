import type { Clock, Diagnose } from '#kit'
import { defaultTenant, type EntityId, type Exposure, type IncidentId, type SourceId, type WeightStep } from '#model'
import {
  createBehaviour,
  type ActorSummary,
  type Behaviour,
  type BehaviourFinding,
  type BehaviourStream,
  type Habit,
  type ShownActor,
} from '#detect/behaviour'

import type { Connectors, Known, Scoped } from './projecting.ts'
import type { StateFile } from './state-file.ts'

/** What the next start has to read again is bounded by this, and by what writing costs. */
const saveEveryMs = 300_000
/** What took long is paid for with this many times its length of rest. */
const restFactor = 50
/** A feed that promises less is still given this much: clocks are never quite together. */
const latenessMinMs = 2_000

export type BehaviourHealth = Behaviour['counts'] & Behaviour['size'] & { failed: number }
export const noBehaviour: BehaviourHealth = {
  realms: 0,
  actors: 0,
  warm: 0,
  pairs: 0,
  waiting: 0,
  late: 0,
  hurried: 0,
  evicted: 0,
  frozenDays: 0,
  failed: 0,
}
export type BehaviourDesk = ReturnType<typeof createBehaviourDesk>

/**
 * Behaviour over the log, inside worker D. INVARIANT: state on disk is never ahead of the findings on disk; `save` is called
 * only when none wait.
 */
export function createBehaviourDesk(parts: {
  registry: Connectors
  clock: Clock
  diagnose: Diagnose
  /** Null: nothing is kept, and nothing read back. */
  stateFile: StateFile | null
}) {
  const { registry, clock, diagnose, stateFile } = parts
  const behaviour = createBehaviour({ tenant: defaultTenant, streams: [], startedMs: clock.nowMs() })
  let sources: ReadonlyMap<SourceId, Known> = new Map()
  let streamsKey = ''
  let observed = 0
  let failed = 0
  let saved = { offset: -1, notBeforeMs: -Infinity }

  const ensure = (known: ReadonlyMap<SourceId, Known>): void => {
    sources = known
    const key = JSON.stringify([...known].map(([id, { source }]) => [id, source.connector, source.authority]))
    if (key === streamsKey) return
    behaviour.setStreams([...known].flatMap(([id, from]) => streamsOf(id, from, registry)))
    streamsKey = key
  }
  const take = ({ item, trust }: Scoped, teaches: boolean): void => {
    if (item.gap !== undefined) return
    try {
      const realm = realmOf(item.source, sources.get(item.source))
      const event = { ...item, trust, ...(teaches ? { backfill: true as const } : {}) }
      behaviour.observe({ realm, stream: `${item.source}/${item.stream}`, event })
    } catch (error) {
      failed++
      diagnose('error', 'behaviour.failed', {
        offset: item.offset,
        error: error instanceof Error ? error.message.slice(0, 300) : 'unknown',
      })
    }
  }
  const save = (): void => {
    if (stateFile === null || observed === saved.offset || clock.monotonicMs() < saved.notBeforeMs) return
    const beganMs = clock.monotonicMs()
    try {
      stateFile.write(observed, behaviour.snapshot())
      saved.offset = observed
    } catch (error) {
      // The log holds everything; the next start reads more of it again.
      diagnose('warn', 'behaviour.state-not-saved', {
        error: error instanceof Error ? error.message.slice(0, 300) : 'unknown',
      })
    }
    const tookMs = clock.monotonicMs() - beganMs
    saved.notBeforeMs = clock.monotonicMs() + Math.max(saveEveryMs, tookMs * restFactor)
  }
  return {
    /**
     * State as it stood, at a start. What lies behind the offset it gives is to be replayed; undefined: there is none, and
     * what the log still tells is only to be learnt from. `through`: up to where the log is projected.
     */
    open(through: number, known: ReadonlyMap<SourceId, Known>): number | undefined {
      ensure(known)
      const state = stateFile?.read()
      if (state === undefined || state.offset > through) return undefined
      behaviour.restore(state.lines, clock.nowMs())
      saved.offset = state.offset
      observed = state.offset
      return state.offset
    },
    /** What was projected before this start: its findings have the ids they had. */
    replay(item: Scoped, teaches: boolean): void {
      take(item, teaches)
      observed = item.item.offset
    },
    observe(items: readonly Scoped[], known: ReadonlyMap<SourceId, Known>): void {
      ensure(known)
      for (const one of items) {
        if (one.item.offset <= observed) continue
        take(one, false)
        observed = one.item.offset
      }
    },
    advance: (nowMs: number): BehaviourFinding[] => behaviour.advance(nowMs),
    /** Whether these were done as by who did them on other days; without a word of behaviour's, no. */
    habit: (items: readonly Scoped[]): Habit =>
      behaviour.habit(
        items.map(({ item, trust }) => ({
          realm: realmOf(item.source, sources.get(item.source)),
          event: { ...item, trust },
        })),
      ),
    watch: (incident: IncidentId, exposure: Exposure) => behaviour.watch(incident, exposure),
    unwatch: (incident: IncidentId) => behaviour.unwatch(incident),
    weigh: (steps: readonly WeightStep[]) => behaviour.weigh(steps),
    show: (entity: EntityId): ShownActor[] => behaviour.show(entity, clock.nowMs()),
    list: (max: number): ActorSummary[] => behaviour.list(max, clock.nowMs()),
    save,
    /** At the end, however short ago the last one was. */
    finish(): void {
      saved.notBeforeMs = -Infinity
      save()
    },
    health: (): BehaviourHealth => ({ ...behaviour.counts, ...behaviour.size, failed }),
  }
}

const realmOf = (id: SourceId, from: Known | undefined): string => from?.source.authority ?? id

/** Inventories say how things are, and are waited for by nobody: what happens is told by the others. */
function streamsOf(id: SourceId, from: Known, registry: Connectors): BehaviourStream[] {
  const streams = registry.find(from.source.connector)?.connector.streams ?? []
  return streams
    .filter(({ kind }) => kind === 'feed' || kind === 'push')
    .map(({ name, delayMs }) => ({
      name: `${id}/${name}`,
      realm: realmOf(id, from),
      latenessMs: Math.max(latenessMinMs, delayMs.worst),
    }))
}
