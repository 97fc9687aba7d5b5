import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'

import { createHttp, seededRandom, sendTrusting, silentDiagnose, type Clock, type Http, type Json } from '#kit'
import { actPatience, createBudgets, openSignedHttp, pullPatience, pullStream } from '#sources'
import { isStreamOn, type CredentialUse, type FeedPage } from '#sources/contract'

import { makeOwnKeys, type Roles } from '../../../lab/estate/part.ts'
import type { SourceSetup } from '../../../lab/estate/truth.ts'
import type { Registered } from '../../../src/app/connectors.ts'
import { createRegistry } from '../../../src/app/registry.ts'

export const registry = createRegistry(undefined, [tmpdir()])
export function registered(connector: string): Registered {
  const found = registry.find(connector)
  assert.ok(found, `a connector \`${connector}\``)
  return found
}

/** What Cordon's apps need, as the connectors say it. */
export const roles: Roles = (id, given, use) => {
  const { connector } = registered(id)
  return Promise.resolve(connector.role?.(connector.config.parse(given), use)?.scopes.map(({ name }) => name) ?? [])
}

export const keys = makeOwnKeys()

type Row = { native: string; eventAtMs: number | null; raw: Json }
/** Real time that one stream has. */
const streamMsMax = 600_000

/** One connector as the product runs it, with the credentials of the estate. */
export function openSource(
  setup: SourceSetup,
  clock: Clock,
  { isUnlimited = false, wire = (http: Http, _connector: string): Http => http, patienceMs = streamMsMax } = {},
) {
  const entry = registered(setup.connector)
  const { connector } = entry
  const config: unknown = connector.config.parse(setup.config)
  const origins = entry.origins(config)
  const ca = connector.trusts?.(config)
  const base = ca === undefined ? createHttp(origins) : createHttp(origins, sendTrusting(ca))
  const budgets = createBudgets(clock)
  const httpFor = (use: CredentialUse): Http =>
    openSignedHttp({
      http: wire(base, connector.id),
      clock,
      unit: seededRandom(7),
      budgets,
      limits: isUnlimited ? {} : (connector.limits ?? {}),
      realms: { source: connector.id, authority: connector.id },
      lane: 'live',
      patience: use === 'see' ? pullPatience : actPatience,
      auth: connector.auth?.(config, use),
      origins,
      secrets: () => setup[use],
    })
  const http = httpFor('see')
  const context = () => ({
    config,
    see: setup.see,
    http,
    clock,
    signal: AbortSignal.timeout(patienceMs),
    diagnose: silentDiagnose,
  })
  return {
    entry,
    config,
    httpFor,
    streams: connector.streams.flatMap((stream) =>
      isStreamOn(stream, config) && pullStream(stream) !== undefined
        ? [{ name: stream.name, isList: stream.kind === 'snapshot' }]
        : [],
    ),
    authorityOf: async () => (await connector.check(context())).authority,
    /** Of a feed what happened since then (and until then); of a list all there is. */
    async *pull(name: string, sinceMs: number, untilMs: number | null = null): AsyncGenerator<Row> {
      const stream = connector.streams.find((one) => one.name === name)
      assert.ok(stream, name)
      if ('resumes' in stream && 'page' in stream) {
        let cursor: string | null = null
        for (let isEnd = false; !isEnd;) {
          const page: FeedPage = await stream.page(context(), { sinceMs, untilMs, cursor })
          yield* page.events
          cursor = page.next
          isEnd = page.isEnd
        }
        return
      }
      for await (const page of pullStream(stream)?.(context(), null) ?? []) yield* page.events
    },
  }
}
