import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after } from 'node:test'

import { silentDiagnose, systemClock, type Clock, type Http, type Json } from '#kit'
import { defaultTenant, type IncidentId, type Trust } from '#model'
import { createDetectors } from '#detect'
import { estateWriter, openEstate } from '#estate'
import { createPolicy } from '#policy'
import { respondWriter } from '#respond'
import { findingsWriter, keepFindings } from '#respond/findings'
import { createRunner } from '#respond/hands'
import { addSource, listSources, sourcesWriter } from '#sources'
import type { Secrets } from '#sources/contract'
import { openLocalStore } from '#store'
import type { Telling } from '#trim'

import { makeUndoSeal } from '../simulation/undo-seal.ts'
import { toldOf } from '../../src/app/core/detecting.ts'
import { createGiveBack } from '../../src/app/core/give-back.ts'
import { composeResponse } from '../../src/app/core/response.ts'
import { proposing } from '../../src/app/core/trim-desk.ts'
import { createTrimStages } from '../../src/app/core/trim-stages.ts'
import { createRegistry } from '../../src/app/registry.ts'
import { noHome } from '../simulation/respond-hands.ts'
import { keepReceipt, makeSigner, receiptsModule, signApproval } from '../simulation/respond-world.ts'
import type { openHouse, openStages } from './cordon.ts'

const tenant = defaultTenant
const dayMs = 86_400_000
/** The first stage of a trim, as `cordon access trim stage` asks for it. */
export const asked = { windowMs: 90 * dayMs, partly: false, max: 10, waitMs: 7 * dayMs, forGood: false, dryRun: false }

/** Where a trim's own store and the records of a connector meet. */
export function openTrimHouse(): ReturnType<typeof openHouse> {
  const store = openLocalStore([
    estateWriter,
    sourcesWriter,
    receiptsModule,
    respondWriter({ receipts: keepReceipt }),
    findingsWriter,
  ])
  return { store, estate: openEstate({ reader: store.reader, tenant, snapshotPath: null }), items: [], logged: [] }
}

/** Cordon's own pieces around one source, from the log to hands: what is proposed, staged, approved, taken and given back. */
export async function openTrimGround<Config extends object>(parts: {
  connector: string
  config: Config
  authority: string
  clock: Clock
  house: ReturnType<typeof openHouse>
  cordon: Pick<ReturnType<typeof openStages<Config>>, 'pull'>
  /** Of the vendor, as hands reach it. */
  http: Http
  contain: Secrets
  told(): Telling
}) {
  const { connector, config, authority, clock, house, cordon, http, contain, told } = parts
  const { store, estate } = house
  const { writer, reader } = store
  const trust: Trust = { origin: 'vendor', sources: [connector], confinedTo: null }
  const registry = createRegistry(undefined, [])
  const entry = registry.find(connector)
  assert.ok(entry)
  const stored: Record<string, Json> = JSON.parse(JSON.stringify(config))
  const made = { tenant, id: connector, connector, config: stored, authority, trust: 'vendor' } as const
  await writer.submit(
    addSource({
      ...made,
      scope: entry.scope(authority),
      sealedSee: null,
      sealedContain: 'sealed',
      createdAtMs: clock.nowMs(),
    }),
  )
  const detectors = createDetectors({ tenant })
  const pull = async (stream: string): Promise<void> => {
    const items = await cordon.pull(stream)
    const found = items.flatMap((item) => detectors.observe({ ...item, trust }))
    if (found.length > 0)
      await writer.submit(keepFindings({ tenant, findings: [], told: found.map(toldOf), watermarkMs: null }))
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
    undoSeal: makeUndoSeal(),
    desk,
    worker: 'hands-1',
    actionFor: (id, verb) => registry.find(id)?.actions.find((action) => action.verb === verb),
    sourceFor: () => ({ config, authority, http, isOwn: () => false, spared: [] }),
    unseal: () => Promise.resolve({ ...contain }),
    home: noHome,
    lent: () => undefined,
    clock,
    unit: () => 0.5,
  })
  const life = new AbortController()
  const hands = runner.run(life.signal)
  after(async () => {
    life.abort()
    await hands
    store.close()
  })
  const stages = createTrimStages({
    tenant,
    clock,
    view,
    responder,
    sources: { list: () => listSources(reader, tenant) },
    registry,
    propose: proposing({ tenant, clock, tells: () => new Map([[authority, told()]]), spared: () => new Set() }),
  })
  const giveBack = createGiveBack({ tenant, reader, clock, responder, diagnose: silentDiagnose })
  const ann = makeSigner('ann')
  const approver = { name: 'ann', publicKey: ann.publicKey, method: 'ed25519' } as const
  const { keyId } = await responder.enrollApprover(tenant, approver, 'admin')

  const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
    const endMs = performance.now() + 10_000
    while (!(await isSo())) {
      assert.ok(performance.now() < endMs, 'waited in vain')
      await systemClock.sleep(20)
    }
  }
  /** Approves a stage and waits until each of its steps rests. */
  async function take(stage: { incident: IncidentId | null; plan: string | null }): Promise<IncidentId> {
    const { incident: of, plan } = stage
    assert.ok(of !== null && plan !== null)
    const { actions } = await responder.report(tenant, of)
    const envelope = {
      verbs: [...new Set(actions.map(({ verb }) => verb))],
      connectors: [connector],
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
  return { reader, responder, stages, giveBack, pull, take, until, runner }
}
