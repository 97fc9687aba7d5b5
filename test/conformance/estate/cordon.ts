import assert from 'node:assert/strict'

import { type Clock } from '#kit'
import { defaultTenant, type EntityFact, type LoggedEvent, type Normalized, type ProjectionItem } from '#model'
import { scrubJson } from '#classify'
import { applyProjection, estateItems, estateWriter, openEstate, type Estate as Graph } from '#estate'
import { projectEvent } from '#project'
import { respondWriter } from '#respond'
import { addSource, eventId, sourcesWriter } from '#sources'
import { openLocalStore } from '#store'

import type { SourceSetup } from '../../../lab/estate/truth.ts'
import { fingerprinterOf } from '../../simulation/log-keys.ts'
import { keepReceipt, receiptsModule } from '../../simulation/respond-world.ts'
import { openSource } from './source.ts'

const tenant = defaultTenant
const fingerprinter = fingerprinterOf('example')
const scrub = (json: string): string => scrubJson(json, fingerprinter).text

type Store = Pick<ReturnType<typeof openLocalStore>, 'writer' | 'reader' | 'close'>
/** `path` of the store on disk; absent: in memory. `without`: streams that are left out. `store`: one that is open. */
type Options = { path?: string; without?: readonly string[]; store?: Store; isUnlimited?: boolean }
export type Cordon = Awaited<ReturnType<typeof openCordon>>

/** Cordon's own stages over several sources in one process: pull, scrub, project, estate. */
export async function openCordon(
  setups: readonly SourceSetup[],
  clock: Clock,
  /** How much of their logs is read: of all alike, or of each connector. */
  historyMs: number | ((connector: string) => number),
  { path, without = [], store: given, isUnlimited = false }: Options = {},
) {
  const nowMs = clock.nowMs()
  const store =
    given ??
    openLocalStore([estateWriter, sourcesWriter, receiptsModule, respondWriter({ receipts: keepReceipt })], path)
  const graph: Graph = openEstate({ reader: store.reader, tenant, snapshotPath: null })
  /** As the lists tell them; what a log tells besides goes into the graph alone. */
  const facts = new Map<string, EntityFact['attributes']>()
  const edges: Normalized['edges'] = []
  /** Of each stream, what happened before we came. */
  const events = new Map<string, number>()
  const natives = new Set<string>()
  const authorities = new Map<string, string>()
  // Of a store that was filled before, the log goes on.
  let offset = graph.view().asOf

  async function apply(source: string, items: ProjectionItem[]): Promise<void> {
    if (items.length === 0) return
    const args = { tenant, source, skewMs: 0, projectionVersion: 1, through: offset } as const
    const [applied] = await store.writer.submit(applyProjection({ ...args, items: estateItems(items) }))
    assert.ok(applied)
    graph.apply(applied)
  }

  /** Connects a source, or reads one again that is connected. */
  async function connect(setup: SourceSetup): Promise<void> {
    const { entry, streams, pull, authorityOf } = openSource(setup, clock, { isUnlimited })
    const source = setup.connector
    const authority = await authorityOf()
    const isConnected = authorities.has(source)
    authorities.set(source, authority)
    const { trust, scope, connector } = entry
    const made = {
      tenant,
      id: source,
      connector: source,
      config: setup.config,
      authority,
      trust,
      scope: scope(authority),
    }
    if (!isConnected)
      await store.writer.submit(addSource({ ...made, sealedSee: null, sealedContain: null, createdAtMs: nowMs }))
    for (const { name: stream, isList } of streams) {
      if (without.includes(stream)) continue
      const items: ProjectionItem[] = []
      let before = 0
      for await (const { native, eventAtMs, raw } of pull(
        stream,
        nowMs - (typeof historyMs === 'number' ? historyMs : historyMs(source)),
      )) {
        if (eventAtMs !== null && eventAtMs < nowMs) before++
        assert.ok(!natives.has(`${source} ${stream} ${native}`), `${stream} ${native} came twice`)
        natives.add(`${source} ${stream} ${native}`)
        const event: LoggedEvent = {
          id: eventId(tenant, source, stream, native),
          tenant,
          offset: ++offset,
          source,
          stream,
          eventAtMs,
          arrivedAtMs: clock.nowMs(),
          raw: scrub(JSON.stringify(raw)),
        }
        const item = projectEvent(event, { connector: source, authority, normalize: connector.normalize })
        for (const { entity, attributes } of isList ? item.facts : [])
          facts.set(entity, { ...facts.get(entity), ...attributes })
        edges.push(...item.edges)
        items.push(item)
      }
      events.set(`${source}/${stream}`, before)
      await apply(source, items)
    }
  }

  for (const setup of setups) await connect(setup)
  return { graph, store, facts, edges, events, authorities, connect, close: () => store.close() }
}
