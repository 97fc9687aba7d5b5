import assert from 'node:assert/strict'

import type { Clock, Http, Json } from '#kit'
import { defaultTenant, type EntityFact, type LoggedEvent, type Normalized, type ProjectionItem } from '#model'
import { scrubJson } from '#classify'
import { applyProjection, estateItems, estateWriter, openEstate, type Estate as Graph } from '#estate'
import { projectEvent } from '#project'
import { respondWriter } from '#respond'
import { addSource, eventId, sourcesWriter } from '#sources'
import { openLocalStore } from '#store'
import { vendorsWriter } from '#vendors/writer'

import type { SourceSetup } from '../../../lab/estate/truth.ts'
import { fingerprinterOf } from '../../simulation/log-keys.ts'
import { keepReceipt, receiptsModule } from '../../simulation/respond-world.ts'
import type { Registered } from '../../../src/app/connectors.ts'
import { openSource, registered } from './source.ts'

const tenant = defaultTenant
const fingerprinter = fingerprinterOf('example')
const scrub = (json: string): string => scrubJson(json, fingerprinter).text

type Store = Pick<ReturnType<typeof openLocalStore>, 'writer' | 'reader' | 'close'>
/**
 * `path` of the store on disk; absent: in memory. `without`: streams that are left out. `store`: one that is open. `patienceMs`:
 * real time that each stream has. `told`: hears of each stream once it is read. `wire`: what calls go through.
 * `known`: authorities by connector, of servers that cannot answer all that a check asks.
 */
type Options = {
  path?: string
  without?: readonly string[]
  store?: Store
  isUnlimited?: boolean
  patienceMs?: number
  told?: (stream: string, rows: number) => void
  wire?: (http: Http, connector: string) => Http
  known?: Readonly<Record<string, string>>
}
export type Cordon = Awaited<ReturnType<typeof openCordon>>

/** Cordon's own stages over several sources in one process: pull, scrub, project, estate. */
export async function openCordon(
  setups: readonly SourceSetup[],
  clock: Clock,
  /** How much of their logs is read: of all alike, or of each connector. */
  historyMs: number | ((connector: string) => number),
  { path, without = [], store: given, isUnlimited = false, patienceMs, told, wire, known = {} }: Options = {},
) {
  const nowMs = clock.nowMs()
  const store =
    given ??
    openLocalStore(
      [estateWriter, sourcesWriter, receiptsModule, respondWriter({ receipts: keepReceipt }), vendorsWriter],
      path,
    )
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

  type Row = { native: string; eventAtMs: number | null; raw: Json }
  function projected(entry: Registered, source: string, stream: string, { native, eventAtMs, raw }: Row) {
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
    const { normalize } = entry.connector
    return projectEvent(event, { connector: source, authority: authorities.get(source) ?? '', normalize })
  }

  /** What a source gives, page by page. */
  async function take(
    { connector: source }: Pick<SourceSetup, 'connector'>,
    stream: string,
    rows: readonly Row[],
  ): Promise<void> {
    const entry = registered(source)
    await apply(
      source,
      rows.map((row) => projected(entry, source, stream, row)),
    )
  }

  async function add(
    { connector, config }: Pick<SourceSetup, 'connector' | 'config'>,
    authority: string,
  ): Promise<void> {
    const isConnected = authorities.has(connector)
    authorities.set(connector, authority)
    if (isConnected) return
    const { trust, scope } = registered(connector)
    const made = { tenant, id: connector, connector, config, authority, trust, scope: scope(authority) }
    await store.writer.submit(addSource({ ...made, sealedSee: null, sealedContain: null, createdAtMs: nowMs }))
  }

  /** Connects a source, or reads one again that is connected. */
  async function connect(setup: SourceSetup): Promise<void> {
    const patience = patienceMs === undefined ? {} : { patienceMs }
    const through = wire === undefined ? {} : { wire }
    const { entry, streams, pull, authorityOf } = openSource(setup, clock, { isUnlimited, ...patience, ...through })
    const source = setup.connector
    await add(setup, known[source] ?? (await authorityOf()))
    for (const { name: stream, isList } of streams) {
      if (without.includes(stream)) continue
      const items: ProjectionItem[] = []
      let before = 0
      const sinceMs = nowMs - (typeof historyMs === 'number' ? historyMs : historyMs(source))
      for await (const row of pull(stream, sinceMs)) {
        if (row.eventAtMs !== null && row.eventAtMs < nowMs) before++
        const item = projected(entry, source, stream, row)
        for (const { entity, attributes } of isList ? item.facts : [])
          facts.set(entity, { ...facts.get(entity), ...attributes })
        edges.push(...item.edges)
        items.push(item)
      }
      events.set(`${source}/${stream}`, before)
      await apply(source, items)
      told?.(`${source}/${stream}`, items.length)
    }
  }

  for (const setup of setups) await connect(setup)
  return { graph, store, facts, edges, events, authorities, connect, add, take, close: () => store.close() }
}
