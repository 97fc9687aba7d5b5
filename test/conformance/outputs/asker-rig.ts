import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'

import { createHttp, silentDiagnose, type Http } from '#kit'
import { defaultTenant, entityId, type Edge, type EntityId, type Receipt } from '#model'
import { scrubJson } from '#classify'
import { createMemoryEstate } from '#estate'
import { appendReceipt, receiptArgs } from '#ledger'
import { createPolicy } from '#policy'
import {
  addSource,
  askerJobs,
  createBudgets,
  listSources,
  openSignedHttp,
  pullPatience,
  removeSource,
  type AskingDesk,
} from '#sources'
import { openLocalStore } from '#store'

import type { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { createAskers } from '../../../src/app/core/askers.ts'
import { createAskingDesk } from '../../../src/app/core/asking-desk.ts'
import { createAskingLoop } from '../../../src/app/core/asking-loop.ts'
import { createIdentityDesk } from '../../../src/app/core/identity-desk.ts'
import { createIdentityLook } from '../../../src/app/core/identity-look.ts'
import { composeResponse } from '../../../src/app/core/response.ts'
import { createRegistry } from '../../../src/app/registry.ts'
import { writerModules } from '../../../src/app/writer-modules.ts'

const tenant = defaultTenant
export const dayMs = 86_400_000
const realm = 'brightwater.example'
export const human = (name: string): EntityId => entityId('identity', realm, name)
export const sorter = entityId('identity', realm, 'service/ticket-sorter')
const key = entityId('credential', realm, 'key/1')
const tickets = entityId('resource', realm, 'tickets')
/** Ada made it as well. */
export const mailer = entityId('identity', realm, 'service/mailer')
const mailerKey = entityId('credential', realm, 'key/2')
/** Nobody could know whose. */
export const stray = entityId('identity', realm, 'service/stray')
const strayKey = entityId('credential', realm, 'key/3')
type World = { left: Set<string>; hasMailer: boolean; hasStray: boolean }
/** The likeliest first: who made it, made its key, may become it. The others have nothing to do with it. */
export const people = ['ada', 'bo', 'cy', 'dan', 'eve', 'fay', 'gil'] as const

function estateAt(nowMs: number, { left, hasMailer, hasStray }: World) {
  type Link = [EntityId, Edge['type'], EntityId]
  const mailers: Link[] = [
    [human('ada'), 'CREATED', mailer],
    [mailerKey, 'AUTHENTICATES_AS', mailer],
  ]
  const links: Link[] = [
    [human('ada'), 'CREATED', sorter],
    [human('bo'), 'CREATED', key],
    [human('cy'), 'ASSUMES', sorter],
    [key, 'AUTHENTICATES_AS', sorter],
    [sorter, 'CAN_READ', tickets],
    ...(hasMailer ? mailers : []),
    ...(hasStray ? ([[strayKey, 'AUTHENTICATES_AS', stray]] satisfies Link[]) : []),
  ]
  const facts = [
    ...people.map((name) => ({
      entity: human(name),
      attributes: { kind: 'human', name, email: `${name}@brightwater.example`, enabled: !left.has(name) },
    })),
    {
      entity: sorter,
      attributes: {
        kind: 'service',
        name: 'ticket <!channel> sorter',
        createdAtMs: nowMs - 400 * dayMs,
        lastUsedAtMs: nowMs - dayMs,
      },
    },
    ...(hasMailer ? [{ entity: mailer, attributes: { kind: 'service', name: 'mailer' } }] : []),
    ...(hasStray ? [{ entity: stray, attributes: { kind: 'service', name: 'stray' } }] : []),
    { entity: key, attributes: { kind: 'key' } },
    { entity: tickets, attributes: { kind: 'table' } },
  ]
  return createMemoryEstate({
    edges: links.map(([src, type, dst], n) => ({
      edge: n + 1,
      src,
      type,
      dst,
      validFrom: 1,
      validTo: null,
      observedAtMs: nowMs,
      confidence: 'observed',
      conditional: false,
      note: null,
      evidence: n + 1,
    })),
    facts: facts.map((one) => ({ ...one, observedAtMs: nowMs })),
    people: [{ resource: tickets, persons: [{ person: 'person:hr:1', customer: null }] }],
  })
}

/** Core over an estate with one thing that nobody answers for, an output that asks, and hands that may die after any word. */
export async function openAsker(
  t: TestContext,
  at: {
    connector: string
    config: Record<string, unknown>
    see: Record<string, string>
    url: string
    clock: TwinClock
    /** Asks by itself, and again after so many days. */
    days?: number
  },
) {
  const { clock } = at
  const { writer, reader, close } = openLocalStore([...writerModules()])
  t.after(close)
  const registry = createRegistry(undefined)
  const entry = registry.find(at.connector)
  assert.ok(entry)
  const source = 'chat'
  await writer.submit(
    addSource({
      tenant,
      id: source,
      connector: at.connector,
      config: at.config,
      authority: 'asker.example',
      sealedSee: null,
      sealedContain: null,
      trust: 'vendor',
      scope: { about: [] },
      createdAtMs: 0,
    }),
  )
  const world: World = { left: new Set(), hasMailer: false, hasStray: false }
  const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
  const view = () => Promise.resolve(estateAt(at.clock.nowMs(), world))
  const { responder } = composeResponse({
    writer,
    reader,
    view,
    policy: createPolicy(),
    registry,
    health: new Map(),
    clock,
    random,
    diagnose: silentDiagnose,
    onWork: () => undefined,
  })
  const sources = () => listSources(reader, tenant)
  const stores = {
    tenant,
    clock,
    reader,
    writer,
    diagnose: silentDiagnose,
    scrub: (json: string) => scrubJson(json, { ofValue: () => 'fp:EXAMPLE', ofSha256: () => 'fp:EXAMPLE' }).text,
    receipt: (what: string, facts: Receipt['facts'], sealed: Receipt['sealed']) =>
      appendReceipt(receiptArgs({ tenant, what, atMs: clock.nowMs(), customer: null, facts, sealed }, random)),
  }
  const askers = createAskers({ registry, sources, named: undefined })
  const look = createIdentityLook({ ...stores, sources })
  const identities = createIdentityDesk({ ...stores, view, look, responder, asker: askers.asker })
  const desk = createAskingDesk({ ...stores, view, look, askers, identities, responder })
  const settings = at.days === undefined ? undefined : { output: source, days: at.days }
  const loop = createAskingLoop({ ...stores, settings, askers, asking: desk, identities, responder })
  const config: unknown = entry.connector.config.parse(at.config)
  const http: Http = openSignedHttp({
    http: createHttp([at.url]),
    clock,
    unit: () => 0.5,
    budgets: createBudgets(clock),
    limits: entry.connector.limits ?? {},
    realms: { source, authority: source },
    lane: 'live',
    patience: pullPatience,
    auth: entry.connector.auth?.(config, 'see'),
    origins: [at.url],
    secrets: () => at.see,
  })
  const context = { config, see: at.see, http, clock, diagnose: silentDiagnose }
  return {
    desk,
    loop,
    identities,
    responder,
    reader,
    world,
    disconnect: () => writer.submit(removeSource({ tenant, id: source, atMs: clock.nowMs() })),
    /** One look of hands, who die after saying `deafTo` to core. */
    async turn(deafTo?: keyof AskingDesk): Promise<void> {
      const mortal = deafTo === undefined ? desk : { ...desk, [deafTo]: () => Promise.reject(new Error('killed')) }
      const common = { tenant, source, revision: 1, ...context, config: at.config, see: () => at.see }
      const [job] = askerJobs(entry.connector, { ...common, desk: mortal })
      assert.ok(job)
      for await (const page of job.pull(null, AbortSignal.timeout(30_000))) assert.deepEqual(page.events, [])
    },
    ask: () => identities.ask({ dryRun: false, max: 100 }, 'sam'),
    shown: async (which = sorter) => (await identities.show(which)).identity,
    check: () => entry.connector.check({ ...context, signal: AbortSignal.timeout(30_000) }),
    scopes: () => entry.connector.scopes?.({ ...context, signal: AbortSignal.timeout(30_000) }, 'see'),
  }
}
