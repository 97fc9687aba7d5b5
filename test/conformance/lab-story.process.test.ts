import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { createHttp, silentDiagnose, systemClock, type Http, type Json } from '#kit'
import {
  defaultTenant,
  entityId,
  nativeOf,
  type Edge,
  type EntityId,
  type Normalized,
  type Plan,
  type Trigger,
} from '#model'
import { validateOcsf } from '#model/ocsf'
import { createMemoryEstate, type EstateView } from '#estate'
import { createKeys, keysWriter, readKeyRecords, type Keys } from '#guards'
import { createPolicy } from '#policy'
import { expose, makePlan, type PlanSource } from '#respond'
import type { ActionContext, ContainAction, Probed } from '#respond/contract'
import { pullStream } from '#sources'
import type { Connector } from '#sources/contract'
import { openLocalStore } from '#store'
import { declaredConnector } from '#connectors/declared'
import { hostActions, hostConnector } from '#connectors/host'
import { report, toRecords } from '../../src/connectors/host/reporter/cordon-host-report.mjs'
import { keysActions, keysConnector } from '#connectors/keys'
import { oidcActions, oidcConfig, oidcConnector, oidcOrigins } from '#connectors/oidc'

import { accessRecord, holdings, peopleAuthority } from '../../lab/src/people/declare.ts'
import { audiences } from '../../lab/src/people/api.ts'
import { statusOf } from '../../lab/src/play.ts'
import { plantScene, startRange, type Range, type Scene } from '../../lab/src/range.ts'

// From real records to dead credentials with every stage's pure part, without Cordon's processes around them: what the
// plan leaves alive is compared with what truly still opens something.
let range: Range
let scene: Scene
let folder: string
let keys: Keys
const store = openLocalStore([keysWriter])

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cordon-story-'))
  range = await startRange(5)
  keys = createKeys({
    ...store,
    clock: systemClock,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  })
  const key = await keys.issue(defaultTenant, entityId('identity', 'cordon', 'annotator'), ['gateway'])
  scene = await plantScene(range, folder, key, Date.now())
})
after(async () => {
  await range.close()
  rmSync(folder, { recursive: true, force: true })
})

const config = () =>
  oidcConfig.parse({
    issuer: range.issuer.url,
    adminUrl: `${range.issuer.url}/admin`,
    resourceDenylist: {
      url: `${range.people.url}/denied`,
      audience: audiences.payouts,
      probeUrl: `${range.people.url}/payouts/self`,
    },
  })
const contain = () => ({
  clientSecret: range.secrets.responder,
  adminToken: range.secrets.adminContain,
  denyToken: range.secrets.deny,
})
const asIntakeLeavesIt = (raw: unknown): Json =>
  JSON.parse(JSON.stringify(raw).replaceAll(/"sha256:([0-9a-f]{64})"/g, '"fp:k1.$1"'))

async function readEverything(): Promise<EstateView> {
  const parts: Normalized[] = []
  const take = <Config>(connector: Connector<Config>, stream: string, authority: string, raw: unknown): void => {
    const input = { stream, raw: asIntakeLeavesIt(raw), eventAtMs: Date.now(), arrivedAtMs: Date.now() }
    const part = connector.normalize({ ...input, source: connector.id, authority })
    assert.equal(part.unmapped, undefined, `${connector.id} understands ${JSON.stringify(raw).slice(0, 200)}`)
    assert.deepEqual(part.ocsf.flatMap(validateOcsf), [], `${connector.id} makes valid OCSF`)
    parts.push(part)
  }
  for (const { root, id } of scene.hosts) {
    for (const record of toRecords(report({ root, hostId: id }))) take(hostConnector, 'report', 'host', record)
  }
  for (const { raw } of readKeyRecords(store.reader, defaultTenant).events) take(keysConnector, 'log', 'cordon', raw)
  for (const record of holdings(range.people, range.authority)) take(declaredConnector, 'log', peopleAuthority, record)
  for (const access of range.people.accesses) {
    take(declaredConnector, 'log', peopleAuthority, accessRecord(access, range.authority))
  }
  for (const stream of oidcConnector.streams) {
    const context = { config: config(), see: contain(), http: createHttp(oidcOrigins(config())), clock: systemClock }
    const signal = AbortSignal.timeout(60_000)
    for await (const page of pullStream(stream)?.({ ...context, signal, diagnose: silentDiagnose }, null) ?? []) {
      for (const { raw } of page.events) take(oidcConnector, stream.name, range.authority, raw)
    }
  }
  let number = 0
  const edges = parts.flatMap((part) =>
    part.edges.flatMap((edge): Edge[] => {
      if (edge.op === 'close') return []
      number++
      const from = edge.op === 'span' ? edge.fromMs : edge.atMs
      return [
        {
          edge: number,
          src: edge.src,
          type: edge.type,
          dst: edge.dst,
          validFrom: Math.floor(from / 1000),
          validTo: null,
          observedAtMs: Date.now(),
          confidence: edge.confidence,
          conditional: edge.conditional ?? false,
          note: edge.note ?? null,
          evidence: number,
        },
      ]
    }),
  )
  const people = parts.flatMap((part) => part.people ?? [])
  return createMemoryEstate({
    edges,
    facts: parts.flatMap((part) => part.facts),
    touches: parts.flatMap((part) => part.touches).map((touch, offset) => ({ ...touch, offset })),
    people: [...new Set(people.map(({ resource }) => resource))].map((resource) => ({
      resource,
      persons: people.filter((part) => part.resource === resource).flatMap(({ persons }) => persons),
    })),
  })
}

const hooks = () => ({
  isolate: range.isolation.hook('isolate'),
  release: range.isolation.hook('release'),
  check: range.isolation.hook('check'),
})
type Ability = Omit<PlanSource, 'source' | 'connectorVersion' | 'ladder'> & {
  run(step: Plan['steps'][number], http: Http): Promise<Probed>
}
const ability = <Config>(
  connector: string,
  authority: string,
  config: Config,
  actions: readonly ContainAction<Config>[],
): Ability => ({
  connector,
  authority,
  actions,
  async run({ key, verb, target }, http) {
    const action = actions.find((candidate) => candidate.verb === verb)
    assert.ok(action, verb)
    const context: ActionContext<Config> = {
      config,
      authority,
      contain: contain(),
      http,
      clock: systemClock,
      signal: AbortSignal.timeout(60_000),
      key,
      home: keys.home(defaultTenant),
      lent: () => undefined,
      isOwn: () => false,
    }
    await action.apply(context, target)
    return action.probe.run(context, target)
  },
})
const abilities = (): Ability[] => [
  ability('host', 'host', { hooks: hooks() }, hostActions({ hooks: hooks() })),
  ability('keys', 'cordon', { successors: [] }, keysActions),
  ability('oidc', range.authority, config(), oidcActions),
]

test('a poisoned release: exactly what it could read is found, and what the plan leaves alive is what still opens', async () => {
  const taken = await fetch(`${range.people.url}/contractors?max=50`, {
    headers: { authorization: `Bearer ${scene.stolen.access}` },
  })
  assert.equal(taken.status, 200)

  const view = await readEverything()
  const trigger: Trigger = { kind: 'artefact', purl: 'pkg:pypi/litellm', versions: ['1.82.7', '1.82.8'] }
  const exposure = await expose(view, trigger, { fromMs: Date.now() - 1_800_000, toMs: null }, Date.now(), {
    coverage: { [peopleAuthority]: { logged: ['read'], blind: [] } },
  })
  const poisoned = scene.hosts.filter(({ litellm }) => litellm !== '1.82.6').map(({ id }) => id)
  assert.deepEqual(new Set(exposure.hosts.map(({ host }) => nativeOf(host))), new Set(poisoned))
  const found = new Set<string>(exposure.credentials.map(({ credential }) => credential))
  for (const { entity, isExposed, label } of scene.planted) {
    if (entity !== null) assert.equal(found.has(entity), isExposed, label)
  }
  assert.equal([...found].filter((credential) => credential.startsWith('credential:fp:')).length, 1, 'the vendor key')

  const { people, customers } = exposure.impact
  assert.deepEqual(people.couldReach, { atLeast: 4200, atMost: 4200 })
  assert.ok(people.didTouch.atLeast <= 50 && people.didTouch.atMost >= 50, JSON.stringify(people.didTouch))
  assert.equal(customers.length, 3)

  const plan = await makePlan({
    tenant: defaultTenant,
    incident: null,
    severity: 'critical',
    trust: { origin: 'person', sources: [], confinedTo: null },
    exposure,
    view,
    sources: abilities().map(({ connector, authority, actions }): PlanSource => ({
      source: connector,
      connector,
      connectorVersion: 1,
      authority,
      actions,
      ladder: 'observe',
    })),
    policy: createPolicy(),
    nowMs: Date.now(),
  })
  const verbs = plan.steps.map(({ verb }) => verb)
  for (const verb of ['host.isolate', 'oidc.jwt.deny', 'oidc.grant.revoke', 'oidc.token.revoke', 'keys.key.kill']) {
    assert.ok(verbs.includes(verb), `${verb} in ${verbs.join(', ')}`)
  }
  assert.ok(
    verbs.lastIndexOf('host.isolate') < verbs.indexOf('oidc.jwt.deny'),
    'hosts first: what runs there must not see its token die',
  )

  const http = createHttp(oidcOrigins(config()))
  const proven = new Set<EntityId>()
  for (const step of plan.steps.filter(({ verb }) => verb !== 'manual.task')) {
    const probed = await abilities()
      .find(({ connector }) => connector === step.connector)
      ?.run(step, http)
    if (probed?.verdict === 'dead') for (const served of step.serves) proven.add(served)
  }
  assert.ok(poisoned.every((id) => range.isolation.isIsolated(id)))

  const opens = new Map([
    ['people API access token', (await statusOf(`${range.people.url}/contractors/self`, scene.stolen.access)) === 200],
    ['payouts JWT', (await statusOf(`${range.people.url}/payouts/self`, scene.stolen.payouts)) === 200],
    ['interviews JWT', (await statusOf(`${range.people.url}/interviews/self`, scene.stolen.interviews)) === 200],
    ['AI gateway key (Cordon)', (await keys.verify(defaultTenant, scene.stolen.key)).verdict === 'live'],
    ['bystander token', (await statusOf(`${range.people.url}/contractors/self`, scene.bystander.accessToken)) === 200],
  ])
  assert.deepEqual(Object.fromEntries(opens), {
    'people API access token': false,
    'payouts JWT': false,
    'interviews JWT': true,
    'AI gateway key (Cordon)': false,
    'bystander token': true,
  })
  for (const { entity, label, isExposed } of scene.planted) {
    if (entity === null || !isExposed || !opens.has(label)) continue
    assert.equal(proven.has(entity), !opens.get(label), `${label}: proven dead exactly when it is`)
  }
})
