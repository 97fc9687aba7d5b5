import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'

import { ManualClock, silentDiagnose, type Clock, type Http } from '#kit'
import { defaultTenant, type EntityId, type IncidentId, type Trigger } from '#model'
import { createPolicy } from '#policy'
import type { ActionDesk, IncidentReport } from '#respond'
import { createRunner, type runnerLimits, type SourcePace } from '#respond/hands'

import { makeUndoSeal } from '../../simulation/undo-seal.ts'
import type { SourceSetup } from '../../../lab/estate/truth.ts'
import type { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { composeResponse } from '../../../src/app/core/response.ts'
import { noHome } from '../../simulation/respond-hands.ts'
import { makeSigner, signApproval, signValue, type Signer } from '../../simulation/respond-world.ts'
import type { Cordon } from './cordon.ts'
import { openSource, registry } from './source.ts'

const tenant = defaultTenant
/** Minutes pass while a call is under way, so hands wait longer for one than they do in the field. */
const patient = { requestTimeoutMs: 5 * 60_000, leaseMs: 15 * 60_000, idleMs: 1_000 }
const stepMs = 500
/** Real pause in each step of virtual time, for what travels over loopback. */
const pauseMs = 2
/** Some leases may end before all is settled: writers of one policy get into each other's way. */
const waitMsMax = 12 * 3_600_000
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, pauseMs))
/** At the twins' speed: neither the source's pace nor the vendor's limits hold anything up. */
export const unlimited: SourcePace = { callsAtOnceMax: 8, callsPerMinuteMax: 1_000_000 }

/** What becomes of hands, and how real time and the clock's keep together. */
export type Fate = {
  /** Of one life: what it asks core, and what it asks the vendor. */
  desk(desk: ActionDesk): ActionDesk
  hands(http: Http): Http
  /** Of all lives: what is on its way goes on, whoever asked. */
  wire(http: Http, connector: string): Http
  /** Where time stands still while a call travels, those of the field will do. */
  limits?: Partial<typeof runnerLimits>
  quiet(): Promise<void>
  isDead(): boolean
  revive(): void
}

/** Nothing more happens to it until a person does something. */
const resting = new Set(['proposed', 'awaiting-approval', 'contained', 'failed', 'unknown', 'undone'])

/** The vendor's time is ours: whoever waits makes it pass for both. */
export class Together extends ManualClock {
  readonly #twin: TwinClock
  constructor(twin: TwinClock) {
    super(twin.nowMs())
    this.#twin = twin
  }
  override async advance(ms: number): Promise<void> {
    this.#twin.pass(ms)
    await super.advance(ms)
  }
}

/** Cordon's response and hands over the estate's sources, on one clock. */
export async function openContainment(
  cordon: Cordon,
  setups: readonly SourceSetup[],
  clock: Clock,
  /** Absent: the pace a source has in the field, and the limits its vendor is known to have. */
  pace?: SourcePace,
  /** Hands that die, and a wire whose calls time waits for. */
  fate: Fate = {
    desk: (desk) => desk,
    hands: (http) => http,
    wire: (http) => http,
    quiet: () => pause(),
    isDead: () => false,
    revive: () => {},
  },
  /** Who approves already: a second key would wait for the first one's consent. */
  known?: Signer,
) {
  const { store, graph, authorities } = cordon
  const { responder, desk } = composeResponse({
    writer: store.writer,
    reader: store.reader,
    view: () => Promise.resolve(graph.view()),
    policy: createPolicy(),
    registry,
    health: new Map(),
    clock,
    random: (length) => new Uint8Array(randomBytes(length)),
    diagnose: silentDiagnose,
    onWork: () => undefined,
  })
  const handles = new Map(
    setups.map((setup) => {
      const { entry, config, httpFor } = openSource(setup, clock, { isUnlimited: pace === unlimited, wire: fate.wire })
      const authority = authorities.get(setup.connector) ?? ''
      const own = new Set(entry.own(config, authority))
      const isOwn = (entity: EntityId): boolean => own.has(entity)
      return [setup.connector, { config, authority, http: httpFor('contain'), isOwn, spared: [] }]
    }),
  )
  const secrets = new Map(setups.map(({ connector, contain }) => [connector, contain]))
  let lives = 0
  const hire = () => {
    const mine = new Map([...handles].map(([name, handle]) => [name, { ...handle, http: fate.hands(handle.http) }]))
    return createRunner({
      undoSeal: makeUndoSeal(),
      desk: fate.desk(desk),
      worker: `hands-${++lives}`,
      actionFor: (connector, verb) => registry.find(connector)?.actions.find((action) => action.verb === verb),
      sourceFor: ({ source }) => mine.get(source ?? ''),
      unseal: (source) => Promise.resolve(secrets.get(source ?? '') ?? {}),
      home: noHome,
      lent: () => undefined,
      clock,
      unit: () => 0.5,
      limits: fate.limits ?? patient,
      ...(pace === undefined ? {} : { paceOf: () => pace }),
    })
  }
  const enrolled = async (name: string): Promise<Signer> => {
    const made = makeSigner(name)
    const about = { name, publicKey: made.publicKey, method: 'ed25519' }
    return { ...made, keyId: (await responder.enrollApprover(tenant, about, 'admin')).keyId }
  }
  const first = known ?? (await enrolled('on-call'))
  const signers = [first]
  /** More than the cap of one verb takes two, and the first one consents to the second. */
  const addSigner = async (): Promise<void> => {
    signers.push(await enrolled('deputy'))
    const [asked] = responder.loosenings(tenant)
    const consent = { loosening: asked?.id ?? '', approver: first.name, nonce: 'consent-EXAMPLE', atMs: clock.nowMs() }
    await responder.consent(tenant, { consent, keyId: first.keyId, signature: signValue(first.privateKey, consent) })
  }

  async function begin(trigger: Trigger): Promise<IncidentId> {
    const nowMs = clock.nowMs()
    const { id } = await responder.open({
      tenant,
      title: trigger.kind === 'offboarding' ? 'people who left' : 'a stolen credential',
      severity: 'critical',
      trigger,
      window: { fromMs: nowMs - 3_600_000, toMs: null },
      trust: { origin: 'person', sources: [], confinedTo: null },
      findings: [],
    })
    await approve(id)
    return id
  }

  /** All of its plan, by everybody who may. */
  async function approve(id: IncidentId): Promise<void> {
    const nowMs = clock.nowMs()
    const { plan } = await responder.contain(tenant, id, 'on-call')
    const verbs = [...new Set(plan.steps.map(({ verb }) => verb))]
    const connectors = [...new Set(plan.steps.map(({ connector }) => connector))]
    const envelope = { verbs, connectors, furtherTargetsMax: 0, expiresAtMs: nowMs + 12 * 3_600_000 }
    for (const signer of signers)
      await responder.approve(tenant, signApproval(signer, plan.hash, id, nowMs, { envelope }))
  }

  /** One incident for each stolen credential, approved by one person and run to its end. */
  const contain = (stolen: readonly EntityId[]): Promise<IncidentReport[]> =>
    run(stolen.map((credential) => ({ kind: 'credential', credential })))

  async function run(triggers: readonly Trigger[]): Promise<IncidentReport[]> {
    const incidents: IncidentId[] = []
    for (const one of triggers) incidents.push(await begin(one))
    return settle(incidents)
  }

  /** A clock of the test's own is moved; the system's goes by itself. */
  const pass = (ms: number): Promise<void> => (clock instanceof ManualClock ? clock.advance(ms) : clock.sleep(ms))

  /** Hands work until nothing more happens by itself. */
  async function settle(
    incidents: readonly IncidentId[],
    onLook: (steps: readonly Record<string, number>[]) => void = () => undefined,
  ): Promise<IncidentReport[]> {
    const looks = () => incidents.map((id) => responder.progress(tenant, id))
    let life = new AbortController()
    let hands = hire().run(life.signal)
    const endMs = clock.nowMs() + waitMsMax
    for (let last = looks(); ; last = looks()) {
      const open = last.flatMap(({ steps }) =>
        Object.entries(steps).filter(([state, n]) => !resting.has(state) && n > 0),
      )
      onLook(last.map(({ steps }) => steps))
      if (open.length === 0) break
      assert.ok(clock.nowMs() < endMs, `still open: ${JSON.stringify(open)}`)
      for (let n = 0; n < 10; n++) {
        await pass(stepMs)
        await fate.quiet()
        if (!fate.isDead()) continue
        life.abort()
        hands.catch(() => undefined)
        fate.revive()
        life = new AbortController()
        hands = hire().run(life.signal)
      }
    }
    life.abort()
    await Promise.race([hands, pass(10_000)])
    return Promise.all(incidents.map((id) => responder.report(tenant, id)))
  }
  return { contain, run, approve, settle, addSigner, responder, signer: first }
}
