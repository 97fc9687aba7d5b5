import assert from 'node:assert/strict'

import { createHttp, HttpError, seededRandom, silentDiagnose, type Http, type Json } from '#kit'
import type { EntityId, LoggedEvent, ProjectionItem } from '#model'
import { validateOcsf } from '#model/ocsf'
import { scrubJson } from '#classify'
import { applyProjection, estateItems, estateWriter, openEstate, type Estate } from '#estate'
import { projectEvent } from '#project'
import type { PlanSource } from '#respond'
import type { ActionContext, ContainAction } from '#respond/contract'
import { actPatience, createBudgets, eventId, openSignedHttp, pullPatience, pullStream, withinScope } from '#sources'
import type { CredentialUse, PullContext } from '#sources/contract'
import { openLocalStore } from '#store'

import type { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { createRegistry } from '../../../src/app/registry.ts'
import { fingerprinterOf } from '../../simulation/log-keys.ts'

const tenant = 't_default'
const fingerprinter = fingerprinterOf('example')

/** A source as a customer has set it up; `secrets` by use. */
export type SetUp = {
  connector: string
  authority: string
  config: unknown
  secrets: Record<CredentialUse, Record<string, string>>
}

/**
 * Cordon's own stages around several connectors at once, on one clock and over one estate: pull or push, scrub, project,
 * scope, estate. What connectors say of each other's hosts meets here.
 */
export function openCordon(clock: TwinClock, setUps: readonly SetUp[]) {
  const registry = createRegistry(undefined)
  const budgets = createBudgets(clock)
  const store = openLocalStore([estateWriter])
  const estate: Estate = openEstate({ reader: store.reader, tenant, snapshotPath: null })
  const cursors = new Map<string, string | null>()
  const items: ProjectionItem[] = []
  /** All that came in, as the log would hold it. */
  const logged: LoggedEvent[] = []
  let refused = 0

  const sourceOf = (connector: string) => {
    const setUp = setUps.find((one) => one.connector === connector)
    const registered = registry.find(connector)
    assert.ok(setUp !== undefined && registered !== undefined, connector)
    const config: unknown = registered.connector.config.parse(setUp.config)
    return { ...setUp, config, registered }
  }
  function httpFor(connector: string, use: CredentialUse, base?: Http): Http {
    const { registered, config, authority, secrets } = sourceOf(connector)
    const origins = registered.origins(config)
    return openSignedHttp({
      http: base ?? createHttp(origins),
      clock,
      unit: seededRandom(7),
      budgets,
      limits: registered.connector.limits ?? {},
      realms: { source: connector, authority: `${connector} ${authority}` },
      lane: 'live',
      patience: use === 'see' ? pullPatience : actPatience,
      auth: registered.connector.auth?.(config, use),
      origins,
      secrets: () => secrets[use],
    })
  }
  const pullContext = (connector: string): PullContext<unknown> => ({
    config: sourceOf(connector).config,
    see: sourceOf(connector).secrets.see,
    http: httpFor(connector, 'see'),
    clock,
    signal: AbortSignal.timeout(60_000),
    diagnose: silentDiagnose,
  })

  async function take(
    connector: string,
    stream: string,
    events: readonly { native: string; eventAtMs: number | null; raw: Json }[],
    boundTo?: EntityId,
  ): Promise<ProjectionItem[]> {
    const { registered, authority } = sourceOf(connector)
    const found = events.map(({ native, eventAtMs, raw }): ProjectionItem => {
      const event: LoggedEvent = {
        id: eventId(tenant, connector, stream, native),
        tenant,
        offset: logged.length + 1,
        source: connector,
        stream,
        eventAtMs,
        arrivedAtMs: clock.nowMs(),
        raw: scrubJson(JSON.stringify(raw), fingerprinter).text,
      }
      logged.push(event)
      const normalizer = { connector, authority, normalize: registered.connector.normalize }
      const item = projectEvent(event, normalizer)
      const scoped = withinScope({ scope: registered.scope(authority), trust: registered.trust }, boundTo, item)
      refused += scoped.refused
      return { ...item, ...scoped.normalized }
    })
    assert.deepEqual(found.flatMap(({ ocsf }) => ocsf).flatMap(validateOcsf), [])
    items.push(...found)
    if (found.length > 0) {
      const args = { tenant, source: connector, skewMs: 0, projectionVersion: 1, through: logged.length } as const
      const [applied] = await store.writer.submit(applyProjection({ ...args, items: estateItems(found) }))
      assert.ok(applied)
      estate.apply(applied)
    }
    return found
  }

  /** One run of a stream from where it stood. */
  async function pull(connector: string, name: string): Promise<ProjectionItem[]> {
    const stream = sourceOf(connector).registered.connector.streams.find((one) => one.name === name)
    assert.ok(stream, name)
    const found: ProjectionItem[] = []
    const key = `${connector} ${name}`
    for await (const page of pullStream(stream)?.(pullContext(connector), cursors.get(key) ?? null) ?? []) {
      cursors.set(key, page.cursor)
      found.push(...(await take(connector, name, page.events)))
    }
    return found
  }
  /** Records that were handed in, under a token bound to `boundTo`. */
  const push = (connector: string, stream: string, raws: readonly Json[], boundTo?: EntityId) =>
    take(
      connector,
      stream,
      raws.map((raw, at) => ({ native: `${logged.length}/${at}`, eventAtMs: null, raw })),
      boundTo,
    )

  const context = (connector: string, over: Partial<ActionContext<unknown>> = {}): ActionContext<unknown> => {
    const { config, authority, secrets } = sourceOf(connector)
    return {
      config,
      authority,
      contain: secrets.contain,
      http: httpFor(connector, 'contain'),
      clock,
      signal: AbortSignal.timeout(60_000),
      key: 'act_test',
      home: {
        killKey: () => Promise.reject(new Error('not asked')),
        reviveKey: () => Promise.reject(new Error('not asked')),
        keyState: () => Promise.reject(new Error('not asked')),
      },
      lent: () => undefined,
      isOwn: () => false,
      ...over,
    }
  }
  function actionOf(verb: string): ContainAction {
    const [connector = ''] = verb.split('.')
    const action = registry.find(connector)?.actions.find((one) => one.verb === verb)
    assert.ok(action, verb)
    return action
  }
  /** What the plan may use of the sources. */
  const planSources = (): PlanSource[] =>
    setUps.map(({ connector, authority }) => ({
      source: connector,
      connector,
      connectorVersion: sourceOf(connector).registered.connector.version,
      authority,
      actions: sourceOf(connector).registered.actions,
      ladder: 'auto',
    }))

  return {
    pull,
    push,
    pullContext,
    context,
    httpFor,
    actionOf,
    planSources,
    estate,
    items,
    logged,
    connectorOf: (id: string) => sourceOf(id).registered.connector,
    refused: () => refused,
    close: () => store.close(),
  }
}
export type Cordon = ReturnType<typeof openCordon>

/** All that a twin holds, as text: twice is once when it does not change. */
export const stateText = (state: unknown): string =>
  JSON.stringify(state, (_, value: unknown) =>
    value instanceof Map || value instanceof Set ? [...(value as Map<unknown, unknown>)] : value,
  )
/** The change itself is lost: its request never arrives, or its answer never comes back. */
export function lostAt(
  origins: readonly string[],
  when: 'before' | 'behind',
  isChange: (url: URL, method: string) => boolean,
): Http {
  const http = createHttp(origins)
  return {
    async request(url, request = {}) {
      const isLost = isChange(new URL(url), request.method ?? 'GET')
      if (isLost && when === 'before') throw new HttpError('ERR_HTTP_NETWORK', 'lost', { retryable: true })
      const response = await http.request(url, request)
      if (isLost) throw new HttpError('ERR_HTTP_NETWORK', 'lost', { retryable: true })
      return response
    },
  }
}
