import assert from 'node:assert/strict'

import { createHttp, HttpError, seededRandom, silentDiagnose, type Clock, type Http } from '#kit'
import type { LoggedEvent, ProjectionItem } from '#model'
import { validateOcsf } from '#model/ocsf'
import { scrubJson } from '#classify'
import { applyProjection, estateItems, estateWriter, openEstate, type Estate } from '#estate'
import { projectEvent } from '#project'
import type { ActionContext, ContainAction } from '#respond/contract'
import { actPatience, createBudgets, eventId, openSignedHttp, pullPatience, pullStream, readUpload } from '#sources'
import { isStreamOn, type Connector, type CredentialUse, type PullContext, type Secrets } from '#sources/contract'
import { openLocalStore } from '#store'

import { fingerprinterOf } from '../simulation/log-keys.ts'

const tenant = 't_default'
const fingerprinter = fingerprinterOf('example')

/** Where the records of connectors meet: a store, and the estate over it. */
export function openHouse() {
  const store = openLocalStore([estateWriter])
  const estate: Estate = openEstate({ reader: store.reader, tenant, snapshotPath: null })
  const items: ProjectionItem[] = []
  /** All that came in, as the log would hold it. */
  const logged: LoggedEvent[] = []
  return { store, estate, items, logged }
}

/**
 * Cordon's own stages around one connector, on the clock of its twin: pull, scrub, project, estate; and a context to act in.
 * `house`: of its own, unless several connectors share one.
 */
export function openStages<Config>(parts: {
  connector: Connector<Config>
  config: Config
  authority: string
  clock: Clock
  origins: string[]
  secretsOf(use: CredentialUse): Secrets
  house?: ReturnType<typeof openHouse>
  /** What carries the requests; absent: a client that trusts what everybody does. */
  base?: Http
}) {
  const { connector, config, authority, clock, origins, secretsOf } = parts
  const { house = openHouse(), base = createHttp(origins) } = parts
  const { store, estate, items, logged } = house
  const { id } = connector
  const budgets = createBudgets(clock)
  const cursors = new Map<string, string | null>()

  const httpFor = (use: CredentialUse, http: Http = base): Http =>
    openSignedHttp({
      http,
      clock,
      unit: seededRandom(7),
      budgets,
      limits: connector.limits ?? {},
      realms: { source: id, authority: `${id} ${authority}` },
      lane: 'live',
      patience: use === 'see' ? pullPatience : actPatience,
      auth: connector.auth?.(config, use),
      origins,
      secrets: () => secretsOf(use),
    })
  const see = httpFor('see')
  const acts = httpFor('contain')
  const pullContext = (http = see): PullContext<Config> => ({
    config,
    see: secretsOf('see'),
    http,
    clock,
    signal: AbortSignal.timeout(60_000),
    diagnose: silentDiagnose,
  })

  const scrub = (json: string): string => scrubJson(json, fingerprinter).text

  /** Scrubbed events into the log and the estate; what they say is valid OCSF. */
  async function take(stream: string, events: readonly Pick<LoggedEvent, 'id' | 'eventAtMs' | 'raw'>[]) {
    const found = events.map((one): ProjectionItem => {
      const event: LoggedEvent = {
        ...one,
        tenant,
        offset: logged.length + 1,
        source: id,
        stream,
        arrivedAtMs: clock.nowMs(),
      }
      logged.push(event)
      return projectEvent(event, { connector: id, authority, normalize: connector.normalize })
    })
    assert.deepEqual(found.flatMap(({ ocsf }) => ocsf).flatMap(validateOcsf), [])
    items.push(...found)
    if (found.length > 0) {
      const args = { tenant, source: id, skewMs: 0, projectionVersion: 1, through: logged.length } as const
      const [applied] = await store.writer.submit(applyProjection({ ...args, items: estateItems(found) }))
      assert.ok(applied)
      estate.apply(applied)
    }
    return found
  }

  /** One run of a stream from where it stood. */
  async function pull(name: string, http = see): Promise<ProjectionItem[]> {
    const stream = connector.streams.find((one) => one.name === name && isStreamOn(one, config))
    assert.ok(stream)
    const events: Pick<LoggedEvent, 'id' | 'eventAtMs' | 'raw'>[] = []
    for await (const page of pullStream(stream)?.(pullContext(http), cursors.get(name) ?? null) ?? []) {
      cursors.set(name, page.cursor)
      for (const { native, eventAtMs, raw, text } of page.events)
        events.push({ id: eventId(tenant, id, name, native), eventAtMs, raw: scrub(text ?? JSON.stringify(raw)) })
    }
    return take(name, events)
  }

  /** One upload into a pushed stream, as the intake takes it; what came before is left out, as the log does. */
  async function receive(name: string, text: string): Promise<ProjectionItem[]> {
    const stream = connector.streams.find((one) => one.name === name)
    assert.ok(stream?.kind === 'push')
    const { keep } = stream
    const upload = await readUpload(Buffer.from(text), {
      tenant,
      source: id,
      stream: name,
      batch: `b${logged.length}`,
      partial: 'reject',
      nowMs: clock.nowMs(),
      scrub,
      ...(keep === undefined ? {} : { keep }),
    })
    assert.deepEqual(upload.bad, [])
    const known = new Set(logged.map((event) => event.id))
    return take(
      name,
      upload.events.filter((event) => !known.has(event.id)),
    )
  }

  const context = (over: Partial<ActionContext<Config>> = {}): ActionContext<Config> => ({
    config,
    authority,
    contain: secretsOf('contain'),
    http: acts,
    clock,
    signal: AbortSignal.timeout(60_000),
    key: 'act_test01',
    home: {
      killKey: () => Promise.reject(new Error('not asked')),
      reviveKey: () => Promise.reject(new Error('not asked')),
      lendKey: () => Promise.reject(new Error('not asked')),
      keyState: () => Promise.reject(new Error('not asked')),
      keySuccessor: () => Promise.reject(new Error('not asked')),
      issueSuccessor: () => Promise.reject(new Error('not asked')),
      withdrawSuccessor: () => Promise.reject(new Error('not asked')),
    },
    lent: () => undefined,
    isOwn: () => false,
    ...over,
  })

  return {
    authority,
    ofSha256: fingerprinter.ofSha256,
    pull,
    receive,
    pullContext,
    context,
    httpFor,
    estate,
    items,
    logged,
    close: () => store.close(),
  }
}

export function verbIn<Config>(actions: readonly ContainAction<Config>[], verb: string): ContainAction<Config> {
  const action = actions.find((one) => one.verb === verb)
  assert.ok(action, verb)
  return action
}

/** All that a twin holds, as text: twice is once when it does not change. */
export const stateText = (state: unknown): string =>
  JSON.stringify(state, (_, value: unknown) =>
    value instanceof Map || value instanceof Set ? Array.from<unknown>(value) : value,
  )

/** The change itself is lost: its request never arrives, or its answer never comes back. */
export function lostAt(
  origins: readonly string[],
  when: 'before' | 'behind',
  isChange: (url: URL, method: string, says: string) => boolean,
): Http {
  const http = createHttp(origins)
  return {
    async request(url, request = {}) {
      const says = `${new Headers(request.headers).get('x-amz-target') ?? ''} ${String(request.body ?? '')}`
      const isLost = isChange(new URL(url), request.method ?? 'GET', says)
      if (isLost && when === 'before') throw new HttpError('ERR_HTTP_NETWORK', 'lost', { retryable: true })
      const response = await http.request(url, request)
      if (isLost) throw new HttpError('ERR_HTTP_NETWORK', 'lost', { retryable: true })
      return response
    },
  }
}
