import assert from 'node:assert/strict'

import { createHttp, seededRandom, silentDiagnose, type Clock, type Http } from '#kit'
import type { LoggedEvent, ProjectionItem } from '#model'
import { validateOcsf } from '#model/ocsf'
import { scrubJson } from '#classify'
import { applyProjection, estateItems, estateWriter, openEstate, type Estate } from '#estate'
import { projectEvent } from '#project'
import type { ActionContext, ContainAction } from '#respond/contract'
import { actPatience, createBudgets, eventId, openSignedHttp, pullPatience, pullStream } from '#sources'
import type { Connector, CredentialUse, PullContext, Secrets } from '#sources/contract'
import { openLocalStore } from '#store'

import { fingerprinterOf } from '../simulation/log-keys.ts'

const tenant = 't_default'
const fingerprinter = fingerprinterOf('example')

/** Cordon's own stages around one connector, on the clock of its twin: pull, scrub, project, estate; and a context to act in. */
export function openStages<Config>(parts: {
  connector: Connector<Config>
  config: Config
  authority: string
  clock: Clock
  origins: string[]
  secretsOf(use: CredentialUse): Secrets
}) {
  const { connector, config, authority, clock, origins, secretsOf } = parts
  const { id } = connector
  const budgets = createBudgets(clock)
  const store = openLocalStore([estateWriter])
  const estate: Estate = openEstate({ reader: store.reader, tenant, snapshotPath: null })
  const cursors = new Map<string, string | null>()
  const items: ProjectionItem[] = []
  /** All that was pulled, as the log would hold it. */
  const logged: LoggedEvent[] = []

  const httpFor = (use: CredentialUse, base: Http = createHttp(origins)): Http =>
    openSignedHttp({
      http: base,
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

  /** One run of a stream from where it stood; what it says is valid OCSF and goes into the estate. */
  async function pull(name: string, http = see): Promise<ProjectionItem[]> {
    const stream = connector.streams.find((one) => one.name === name)
    assert.ok(stream)
    const found: ProjectionItem[] = []
    for await (const page of pullStream(stream)?.(pullContext(http), cursors.get(name) ?? null) ?? []) {
      cursors.set(name, page.cursor)
      for (const { native, eventAtMs, raw } of page.events) {
        const event: LoggedEvent = {
          id: eventId(tenant, id, name, native),
          tenant,
          offset: logged.length + 1,
          source: id,
          stream: name,
          eventAtMs,
          arrivedAtMs: clock.nowMs(),
          raw: scrubJson(JSON.stringify(raw), fingerprinter).text,
        }
        logged.push(event)
        found.push(projectEvent(event, { connector: id, authority, normalize: connector.normalize }))
      }
    }
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
      keyState: () => Promise.reject(new Error('not asked')),
    },
    lent: () => undefined,
    isOwn: () => false,
    ...over,
  })

  return {
    authority,
    ofSha256: fingerprinter.ofSha256,
    pull,
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
