import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after } from 'node:test'

import { silentDiagnose, systemClock, type Clock } from '#kit'
import { defaultTenant, entityId, type EntityId, type IncidentId, type Trust } from '#model'
import { createDetectors } from '#detect'
import { estateWriter, openEstate } from '#estate'
import { oktaConnector, oktaOrigins } from '#connectors/okta'
import { createPolicy } from '#policy'
import { respondWriter } from '#respond'
import { findingsWriter, keepFindings } from '#respond/findings'
import { createRunner } from '#respond/hands'
import { addSource, listSources, sourcesWriter } from '#sources'
import { openLocalStore } from '#store'

import { makeApp, makeGrant } from '../../../lab/twins/okta/apps.ts'
import { makeGroup } from '../../../lab/twins/okta/directory.ts'
import { toldOf } from '../../../src/app/core/detecting.ts'
import { createGiveBack } from '../../../src/app/core/give-back.ts'
import { composeResponse } from '../../../src/app/core/response.ts'
import { proposing } from '../../../src/app/core/trim-desk.ts'
import { createTrimStages } from '../../../src/app/core/trim-stages.ts'
import { createRegistry } from '../../../src/app/registry.ts'
import { noHome } from '../../simulation/respond-hands.ts'
import { keepReceipt, makeSigner, receiptsModule, signApproval } from '../../simulation/respond-world.ts'
import { openStages, type openHouse } from '../cordon.ts'
import { foundCompany, passwords } from './company.ts'
import { ask, signIn, withSession } from './thief.ts'

const tenant = defaultTenant
export const dayMs = 86_400_000
const authorityTrust: Trust = { origin: 'vendor', sources: ['okta'], confinedTo: null }
export const asked = { windowMs: 90 * dayMs, partly: false, max: 10, waitMs: 7 * dayMs, dryRun: false }

/**
 * A hundred days at Okta: Ada and Grace are in two groups that open an app each, and Ada alone opens them. Cordon's own
 * pieces stand around it, from the log to hands; what opens the twin says.
 */
export async function openYard() {
  const company = await foundCompany()
  const { twin, clock: day, ada, grace, root, config, keys } = company
  const { org, state } = twin
  twin.settings.logDelayMs = 0
  const shared = ['Reporting', 'Payroll'].map((name) => {
    const group = makeGroup(org, name)
    const app = makeApp(org, { name: name.toLowerCase(), label: name, signOnMode: 'SAML_2_0' })
    state.members.set(group.id, new Set([ada.id, grace.id]))
    state.appGroups.set(app.id, new Map([[group.id, { id: group.id, priority: 0 }]]))
    return { group: group.id, app: app.id }
  })
  for (const name of ['okta.groups.manage', 'okta.users.read'])
    makeGrant(org, company.cordonActs, { scopeId: name, issuer: twin.url, user: null, by: root.id })

  // The company's own time, and the real one on top of it: hands wait as they do in the field.
  let heardMs = performance.now()
  const clock: Clock = {
    nowMs() {
      const now = performance.now()
      day.pass(Math.floor(now - heardMs))
      heardMs += Math.floor(now - heardMs)
      return day.nowMs()
    },
    monotonicMs: () => Math.floor(performance.now()),
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
  }
  const store = openLocalStore([
    estateWriter,
    sourcesWriter,
    receiptsModule,
    respondWriter({ receipts: keepReceipt }),
    findingsWriter,
  ])
  const estate = openEstate({ reader: store.reader, tenant, snapshotPath: null })
  const house: ReturnType<typeof openHouse> = { store, estate, items: [], logged: [] }
  const { writer, reader } = store
  const authority = state.org
  const cordon = openStages({
    connector: oktaConnector,
    config,
    authority,
    clock: day,
    origins: oktaOrigins(config),
    secretsOf: (use) => ({ privateKey: keys[use] }),
    house,
  })
  const registry = createRegistry(undefined, [])
  const entry = registry.find('okta')
  assert.ok(entry)
  const sinceMs = day.nowMs()
  const made = { tenant, id: 'okta', connector: 'okta', config, authority, trust: 'vendor' } as const
  await writer.submit(
    addSource({
      ...made,
      scope: entry.scope(authority),
      sealedSee: null,
      sealedContain: 'sealed',
      createdAtMs: sinceMs,
    }),
  )
  const detectors = createDetectors({ tenant })
  const pull = async (stream: string): Promise<void> => {
    const items = await cordon.pull(stream)
    const found = items.flatMap((item) => detectors.observe({ ...item, trust: authorityTrust }))
    if (found.length > 0)
      await writer.submit(keepFindings({ tenant, findings: [], told: found.map(toldOf), watermarkMs: null }))
  }
  const open = async (who: 'ada' | 'grace', app: string): Promise<number> => {
    const sid = await signIn(twin.url, { username: `${who}@brightwater.example`, password: passwords[who] })
    assert.ok(sid !== undefined, 'signed in')
    return (await ask(`${twin.url}/app/${app}/sso`, withSession(sid))).status
  }
  for (const stream of ['directory', 'log']) await pull(stream)
  for (let n = 0; n < 10; n++) {
    day.pass(10 * dayMs)
    for (const { app } of shared) assert.equal(await open('ada', app), 200)
    assert.equal(await open('grace', company.crm.id), 200)
    await pull('log')
  }

  const view = () => Promise.resolve(estate.view())
  const { responder, desk } = composeResponse({
    writer,
    reader,
    view,
    policy: createPolicy(),
    registry,
    health: new Map(),
    clock,
    random: (length) => new Uint8Array(randomBytes(length)),
    diagnose: silentDiagnose,
    onWork: () => undefined,
  })
  const runner = createRunner({
    desk,
    worker: 'hands-1',
    actionFor: (connector, verb) => registry.find(connector)?.actions.find((action) => action.verb === verb),
    sourceFor: () => ({ config, authority, http: cordon.httpFor('contain'), isOwn: () => false, spared: [] }),
    unseal: () => Promise.resolve({ privateKey: keys.contain }),
    home: noHome,
    lent: () => undefined,
    clock,
    unit: () => 0.5,
  })
  const life = new AbortController()
  const hands = runner.run(life.signal)
  const tells = () => new Map([[authority, { ...told(), sinceMs }]])
  const told = () => ({ ...oktaConnector.coverage(config), partly: {}, gaps: [], late: null })
  const stages = createTrimStages({
    tenant,
    clock,
    view,
    responder,
    sources: { list: () => listSources(reader, tenant) },
    registry,
    propose: proposing({ tenant, clock, tells, spared: () => new Set() }),
  })
  const giveBack = createGiveBack({ tenant, reader, clock, responder, diagnose: silentDiagnose })
  const id = (native: string): EntityId => entityId('identity', authority, native)
  const ann = makeSigner('ann')
  const { keyId } = await responder.enrollApprover(
    tenant,
    { name: 'ann', publicKey: ann.publicKey, method: 'ed25519' },
    'admin',
  )

  /** Approves a stage and waits until each of its steps rests. */
  async function take({
    incident: of,
    plan,
  }: {
    incident: IncidentId | null
    plan: string | null
  }): Promise<IncidentId> {
    assert.ok(of !== null && plan !== null)
    const envelope = {
      verbs: ['okta.membership.remove'],
      connectors: ['okta'],
      furtherTargetsMax: 0,
      expiresAtMs: clock.nowMs() + 3_600_000,
    }
    await responder.approve(tenant, signApproval({ ...ann, keyId }, plan, of, clock.nowMs(), { envelope }))
    runner.wake()
    await until(async () =>
      (await responder.report(tenant, of)).actions.every(({ state }) => state === 'contained' || state === 'undone'),
    )
    const { assessment } = await responder.report(tenant, of)
    assert.ok(assessment)
    detectors.watch(of, assessment.exposure)
    return of
  }
  const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
    const endMs = performance.now() + 10_000
    while (!(await isSo())) {
      assert.ok(performance.now() < endMs, 'waited in vain')
      await systemClock.sleep(20)
    }
  }
  const isIn = (user: { id: string }, group: string): boolean => state.members.get(group)?.has(user.id) === true
  after(async () => {
    life.abort()
    await hands
    store.close()
    await twin.close()
  })
  return {
    ...company,
    shared,
    reader,
    cordon,
    responder,
    stages,
    giveBack,
    pull,
    open,
    take,
    until,
    isIn,
    id,
    runner,
    day,
  }
}
