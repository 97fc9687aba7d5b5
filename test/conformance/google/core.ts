import { randomBytes } from 'node:crypto'

import { ManualClock, parseOwnJson, silentDiagnose } from '#kit'
import { defaultTenant, type IncidentId } from '#model'
import { scrubJson } from '#classify'
import { estateWriter, openEstate, projectionState } from '#estate'
import { logWriter, openEventLog } from '#log'
import { createPolicy } from '#policy'
import { createRunner } from '#respond/hands'
import { findingsWriter } from '#respond/findings'
import { respondWriter, type SignedApproval } from '#respond'
import { addSource, pageBatch, sourcesWriter } from '#sources'
import { openLocalStore } from '#store'

import { makeUndoSeal } from '../../simulation/undo-seal.ts'
import { composeResponse } from '../../../src/app/core/response.ts'
import { keep, knownSources, projectScoped } from '../../../src/app/core/projecting.ts'
import { createRegistry } from '../../../src/app/registry.ts'
import { fingerprinterOf, logKeysOf } from '../../simulation/log-keys.ts'
import { noHome } from '../../simulation/respond-hands.ts'
import { keepReceipt, makeSigner, receiptsModule, signApproval, type Signer } from '../../simulation/respond-world.ts'
import { makeRig } from './rig.ts'

const tenant = defaultTenant
const nothingFound = { tenant, findings: [], watermarkMs: null }
export const scenarioStartMs = Date.UTC(2026, 2, 24, 12)
/** Real pause in each step of virtual time, for what travels over loopback. */
const pauseMs = 3
/** Minutes pass while a call is under way, so hands wait longer for one than they do in the field. */
const patient = { requestTimeoutMs: 30 * 60_000, leaseMs: 100 * 60_000, idleMs: 1_000 }

/** The whole of Cordon's middle (log, scrub, projection, estate, response, hands) over the twin, on one clock. */
export async function makeCore() {
  const clock = new ManualClock(scenarioStartMs)
  const rig = await makeRig(clock)
  const registry = createRegistry(undefined)
  const google = registry.find('google')
  if (google === undefined) throw new Error('the registry has google')
  const { writer, reader } = openLocalStore([
    logWriter(),
    sourcesWriter,
    estateWriter,
    receiptsModule,
    respondWriter({ receipts: keepReceipt }),
    findingsWriter,
  ])
  const log = openEventLog({ writer, reader, keys: logKeysOf('example') })
  const estate = openEstate({ reader, tenant, snapshotPath: null })
  const fingerprinter = fingerprinterOf('example')
  await writer.submit(
    addSource({
      tenant,
      id: 'google',
      connector: 'google',
      config: parseOwnJson(JSON.stringify(rig.config)),
      authority: rig.authority,
      sealedSee: null,
      sealedContain: null,
      trust: google.trust,
      scope: google.scope(rig.authority),
      createdAtMs: clock.nowMs(),
    }),
  )
  const counts = { refused: 0, unmapped: 0, unknown: (): void => void counts.unmapped++ }
  const parts = { reader, writer, registry, estate }

  /** Every stream once: pulled, scrubbed, logged, projected. */
  async function pull(...streams: string[]): Promise<void> {
    for (const stream of streams) {
      const events = await whileTimePasses(rig.pull(stream))
      const page = { tenant, source: 'google', stream, events, cursor: null }
      if (events.length > 0)
        await log.append(pageBatch(page, clock.nowMs(), (json) => scrubJson(json, fingerprinter).text))
    }
    for (let after = projectionState(reader, tenant).through; ;) {
      const events = await log.read(tenant, after, 500)
      if (events.length === 0) return
      after = events.at(-1)?.offset ?? after
      const known = knownSources(parts)
      await keep(parts, known, projectScoped(events, known, counts), after, nothingFound)
    }
  }

  const { responder, desk } = composeResponse({
    writer,
    reader,
    view: () => Promise.resolve(estate.view()),
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
    actionFor: (connector, verb) =>
      connector === 'google' ? google.actions.find((action) => action.verb === verb) : undefined,
    sourceFor: () => ({
      config: rig.config,
      authority: rig.authority,
      http: rig.hands,
      isOwn: () => false,
      spared: [],
    }),
    unseal: () => Promise.resolve({}),
    home: noHome,
    lent: () => undefined,
    clock,
    unit: () => 0.5,
    limits: patient,
  })
  const life = new AbortController()
  /** They begin with the first wait: looking for work through a company's quiet hours takes real time. */
  let hands: Promise<void> | undefined

  async function step(stepMs: number): Promise<void> {
    await clock.advance(stepMs)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  async function whileTimePasses<T>(work: Promise<T>): Promise<T> {
    const done = work.then(
      () => 'done' as const,
      () => 'done' as const,
    )
    while ((await Promise.race([done, step(100)])) !== 'done') continue
    return work
  }

  const signers: Signer[] = []
  for (const name of ['on-call']) {
    const made = makeSigner(name)
    const { keyId } = await responder.enrollApprover(
      tenant,
      { name, publicKey: made.publicKey, method: 'ed25519' },
      'admin',
    )
    signers.push({ ...made, keyId })
  }

  return {
    rig,
    clock,
    reader,
    responder,
    counts,
    pull,
    view: () => estate.view(),
    /** The plan's hash is signed, with an envelope for what the same plan may still have to do. */
    approve(incident: IncidentId, plan: string, verbs: string[], furtherTargetsMax: number): Promise<unknown> {
      const [signer] = signers
      if (signer === undefined) throw new Error('an approver')
      const expiresAtMs = clock.nowMs() + 12 * 3_600_000
      const envelope = { verbs, connectors: ['google'], furtherTargetsMax, expiresAtMs }
      const signed: SignedApproval = signApproval(signer, plan, incident, clock.nowMs(), { envelope })
      return responder.approve(tenant, signed)
    },
    /** Time passes until it is so. */
    async until(what: string, isSo: () => Promise<boolean>, atMostMs: number): Promise<void> {
      hands ??= runner.run(life.signal)
      const endMs = clock.nowMs() + atMostMs
      while (!(await isSo())) {
        if (clock.nowMs() > endMs) throw new Error(`${what}: not within ${atMostMs} ms`)
        // In steps of the order of what is waited for.
        await step(Math.max(500, atMostMs / 200))
        await responder.tick()
      }
    },
    async close(): Promise<void> {
      life.abort()
      await Promise.race([hands, step(10_000)])
      await rig.twin.close()
    },
  }
}
