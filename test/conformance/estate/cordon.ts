import assert from 'node:assert/strict'

import { createHttp, seededRandom, silentDiagnose, type Clock, type Json } from '#kit'
import type { EntityFact, LoggedEvent, Normalized, ProjectionItem } from '#model'
import { scrubJson } from '#classify'
import { awsConnector, awsOrigins } from '#connectors/aws'
import { githubConnector, githubOrigins } from '#connectors/github'
import { googleConnector, googleOrigins } from '#connectors/google'
import { oktaConnector, oktaOrigins } from '#connectors/okta'
import { slackConnector, slackOrigins } from '#connectors/slack'
import { applyProjection, estateItems, estateWriter, openEstate, type Estate as Graph } from '#estate'
import { projectEvent } from '#project'
import { createBudgets, eventId, openSignedHttp, pullPatience, pullStream } from '#sources'
import type { Connector, FeedPage } from '#sources/contract'
import { openLocalStore } from '#store'

import type { CordonUse, Roles } from '../../../lab/estate/part.ts'
import type { SourceSetup } from '../../../lab/estate/truth.ts'
import { fingerprinterOf } from '../../simulation/log-keys.ts'

const tenant = 't_default'
const fingerprinter = fingerprinterOf('example')

/** A connector with its configuration closed over: the harness runs all of them alike. */
type Bound = {
  roleScopes(config: unknown, use: CordonUse): string[]
  open(setup: SourceSetup, clock: Clock): Puller
}
export type Puller = {
  streams: { name: string; isList: boolean }[]
  authority(): Promise<string>
  /** Of a feed what happened since then; of a list all there is. */
  pull(stream: string, sinceMs: number): AsyncIterable<LoggedRow>
  normalize: Connector['normalize']
}
type LoggedRow = { native: string; eventAtMs: number | null; text: string }
const rowOf = (native: string, eventAtMs: number | null, raw: Json): LoggedRow => ({
  native,
  eventAtMs,
  text: scrubJson(JSON.stringify(raw), fingerprinter).text,
})

function bind<Config>(connector: Connector<Config>, originsOf: (config: Config) => string[]): Bound {
  return {
    roleScopes: (config, use) =>
      connector.role?.(connector.config.parse(config), use)?.scopes.map(({ name }) => name) ?? [],
    open(setup, clock) {
      const config = connector.config.parse(setup.config)
      const http = openSignedHttp({
        http: createHttp(originsOf(config)),
        clock,
        unit: seededRandom(7),
        budgets: createBudgets(clock),
        limits: connector.limits ?? {},
        realms: { source: connector.id, authority: connector.id },
        lane: 'live',
        patience: pullPatience,
        auth: connector.auth?.(config, 'see'),
        origins: originsOf(config),
        secrets: () => setup.see,
      })
      const context = () => ({
        config,
        see: setup.see,
        http,
        clock,
        signal: AbortSignal.timeout(600_000),
        diagnose: silentDiagnose,
      })
      return {
        streams: connector.streams.flatMap((stream) =>
          stream.isOn?.(config) !== false && pullStream(stream) !== undefined
            ? [{ name: stream.name, isList: stream.kind === 'snapshot' }]
            : [],
        ),
        authority: async () => (await connector.check(context())).authority,
        normalize: connector.normalize,
        async *pull(name, sinceMs) {
          const stream = connector.streams.find((one) => one.name === name)
          assert.ok(stream, name)
          if ('resumes' in stream && 'page' in stream) {
            let cursor: string | null = null
            for (let isEnd = false; !isEnd;) {
              const page: FeedPage = await stream.page(context(), { sinceMs, untilMs: null, cursor })
              for (const { native, eventAtMs, raw } of page.events) yield rowOf(native, eventAtMs, raw)
              cursor = page.next
              isEnd = page.isEnd
            }
            return
          }
          for await (const page of pullStream(stream)?.(context(), null) ?? []) {
            for (const { native, eventAtMs, raw } of page.events) yield rowOf(native, eventAtMs, raw)
          }
        },
      }
    },
  }
}

const bound: Readonly<Record<string, Bound>> = {
  aws: bind(awsConnector, awsOrigins),
  github: bind(githubConnector, githubOrigins),
  google: bind(googleConnector, googleOrigins),
  okta: bind(oktaConnector, oktaOrigins),
  slack: bind(slackConnector, slackOrigins),
}
const boundOf = (connector: string): Bound => {
  const found = bound[connector]
  assert.ok(found, `a connector \`${connector}\``)
  return found
}

/** What Cordon's apps need, as the connectors say it. */
export const roles: Roles = (connector, config, use) => Promise.resolve(boundOf(connector).roleScopes(config, use))

export type Cordon = Awaited<ReturnType<typeof openCordon>>

/** Cordon's own stages over several sources in one process: pull, scrub, project, estate. */
export async function openCordon(setups: readonly SourceSetup[], clock: Clock, historyMs: number) {
  const nowMs = clock.nowMs()
  const store = openLocalStore([estateWriter])
  const graph: Graph = openEstate({ reader: store.reader, tenant, snapshotPath: null })
  /** As the lists tell them; what a log tells besides goes into the graph alone. */
  const facts = new Map<string, EntityFact['attributes']>()
  const edges: Normalized['edges'] = []
  /** Of each stream, what happened before we came. */
  const events = new Map<string, number>()
  const natives = new Set<string>()
  const authorities = new Map<string, string>()
  let offset = 0

  async function apply(source: string, items: ProjectionItem[]): Promise<void> {
    if (items.length === 0) return
    const args = { tenant, source, skewMs: 0, projectionVersion: 1, through: offset } as const
    const [applied] = await store.writer.submit(applyProjection({ ...args, items: estateItems(items) }))
    assert.ok(applied)
    graph.apply(applied)
  }

  for (const setup of setups) {
    const source = setup.connector
    const puller = boundOf(source).open(setup, clock)
    const authority = await puller.authority()
    authorities.set(source, authority)
    for (const { name: stream, isList } of puller.streams) {
      const items: ProjectionItem[] = []
      let before = 0
      for await (const { native, eventAtMs, text } of puller.pull(stream, nowMs - historyMs)) {
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
          raw: text,
        }
        const item = projectEvent(event, { connector: source, authority, normalize: puller.normalize })
        for (const { entity, attributes } of isList ? item.facts : [])
          facts.set(entity, { ...facts.get(entity), ...attributes })
        edges.push(...item.edges)
        items.push(item)
      }
      events.set(`${source}/${stream}`, before)
      await apply(source, items)
    }
  }
  return { graph, facts, edges, events, authorities, close: () => store.close() }
}
