import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

import {
  canonicalJson,
  ManualClock,
  seededBytes,
  seededRandom,
  toBase64url,
  utf8,
  type Clock,
  type RandomBytes,
} from '#kit'
import {
  defaultTenant,
  entityId,
  type Approval,
  type Edge,
  type EntityId,
  type ExposedCredential,
  type Exposure,
  type IncidentId,
  type Plan,
  type PlanStep,
  type Receipt,
  type TenantId,
  type Trigger,
} from '#model'
import { createMemoryEstate, type EstateView } from '#estate'
import type { Policy } from '#policy'
import { refuseUnfit } from '../../src/ledger/receipt-guard.ts'
import {
  command,
  handler,
  openLocalStore,
  type Command,
  type Reader,
  type Tx,
  type Writer,
  type WriterModule,
} from '#store'
import {
  createActionDesk,
  createResponder,
  respondWriter,
  type ActionDesk,
  type ActionDeskOptions,
  type PlanInput,
  type ResponseCore,
  type SignedApproval,
} from '#respond'

export const startMs = Date.UTC(2026, 2, 24, 12)
export const verbKill = 'lab.key.disable'

/** Leaves land in a plain table here: what matters is that they share the transaction. */
const leaf = command<Receipt, null>('test-receipts.leaf')
export const receiptsModule: WriterModule = {
  name: 'test-receipts',
  migrations: ['CREATE TABLE test_receipt (n INTEGER PRIMARY KEY, tenant TEXT NOT NULL, leaf TEXT NOT NULL) STRICT'],
  handlers: [
    handler(leaf, (tx, receipt) => {
      keepReceipt(tx, receipt)
      return null
    }),
  ],
}
/** Leaves that desks submit beside their own commands. */
export const appendReceiptHere =
  (tenant: TenantId, clock: Pick<Clock, 'nowMs'>) =>
  (what: string, facts: Receipt['facts'], sealed: Receipt['sealed']): Command<unknown> =>
    leaf({ tenant, what, atMs: clock.nowMs(), customer: null, facts, sealed })
/** As a ledger would: what no leaf can hold is refused. */
export const keepReceipt = (tx: Tx, receipt: Receipt): void => {
  refuseUnfit(receipt)
  tx.run('INSERT INTO test_receipt (tenant, leaf) VALUES (?, ?)', receipt.tenant, JSON.stringify(receipt))
}
export const receiptsOf = (reader: Reader, what?: string): Receipt[] =>
  reader
    .all<{ leaf: string }>('SELECT leaf FROM test_receipt ORDER BY n')
    .map(({ leaf }): Receipt => JSON.parse(leaf))
    .filter((receipt) => what === undefined || receipt.what === what)

export type Facts = Map<EntityId, Record<string, string | number | boolean | null>>

export const viewOf = (facts: Facts): EstateView => ({
  asOf: 1,
  edgesFrom: () => Promise.resolve([]),
  edgesTo: () => Promise.resolve([]),
  reach: () => Promise.resolve([]),
  whoCanReach: () => Promise.resolve([]),
  explain: () => Promise.resolve(undefined),
  facts: (entities) =>
    Promise.resolve(new Map(entities.flatMap((one) => (facts.has(one) ? [[one, facts.get(one) ?? {}] as const] : [])))),
  find: () => Promise.resolve([]),
  touches: () => Promise.resolve([]),
  people: () => Promise.resolve(new Map()),
  personsOf: () => Promise.resolve([]),
  customersOf: () => Promise.resolve(new Map()),
})

const noPolicy: Policy = {
  version: 'test-1',
  decideStep: () => ({ level: 0, decidedBy: ['test'], errors: [] }),
  authorize: () => ({ allowed: false, decidedBy: [], errors: [] }),
}

export const credential = (name: string): EntityId => entityId('credential', 'lab', name)
export const exposedAs = (id: EntityId, over: Partial<ExposedCredential> = {}): ExposedCredential => ({
  credential: id,
  kind: 'key',
  identity: null,
  role: 'readable',
  epoch: startMs / 1000 - 3600,
  reason: [],
  conditional: false,
  ...over,
})

export type StepWish = Partial<Omit<PlanStep, 'key' | 'target'>> & { target: EntityId }

/** What the estate and the planner would say; tests change it while incidents run. */
export type Ground = {
  /** What the estate says beside facts: findings join by it. */
  edges: Edge[]
  facts: Facts
  credentials: ExposedCredential[]
  descendants: EntityId[]
  steps: StepWish[]
  survivorsForeseen: Plan['survivorsForeseen']
  asOf: number
}

export const exposureOf = (ground: Ground, trigger: Trigger, window: Exposure['window']): Exposure => ({
  trigger,
  window,
  asOf: ground.asOf,
  hosts: [],
  credentials: ground.credentials,
  descendants: ground.descendants.map((entity) => ({ entity, epoch: startMs / 1000, reason: [] })),
  impact: {
    couldReach: [],
    didTouch: [],
    didChange: [],
    unknown: [],
    people: {
      couldReach: { atLeast: 0, atMost: 0 },
      didTouch: { atLeast: 0, atMost: 0 },
      didChange: { atLeast: 0, atMost: 0 },
      unknown: { atLeast: 0, atMost: 0 },
    },
    customers: [],
    blindSpots: ['no source reports reads of the lab'],
  },
})

export function planOf(ground: Ground, input: PlanInput<null>): Plan {
  const steps = ground.steps.map((wish): PlanStep => {
    const verb = wish.verb ?? verbKill
    const generation = wish.generation ?? input.generationOf(verb, wish.target)
    return {
      key: input.key(verb, wish.target, generation),
      phase: wish.phase ?? 'revoke',
      source: wish.source === undefined ? 'lab-1' : wish.source,
      ...(wish.placeSource === undefined ? {} : { placeSource: wish.placeSource }),
      connector: wish.connector ?? 'lab',
      verb,
      target: wish.target,
      serves: wish.serves ?? [wish.target],
      generation,
      preview: wish.preview ?? {
        effects: [`disables ${wish.target}`],
        reversible: true,
        undoWithinMs: null,
        residualMs: 0,
        scopes: [],
        proofs: ['read-back'],
      },
      cutsOff: [],
      level: wish.level === undefined ? 0 : wish.level,
      decidedBy: wish.decidedBy ?? ['test'],
    }
  })
  const plan = {
    tenant: input.tenant,
    incident: input.incident,
    inputs: { asOf: ground.asOf, policyVersion: 'test-1', connectorVersions: { lab: 1 }, epoch: startMs / 1000 },
    steps,
    survivorsForeseen: ground.survivorsForeseen,
  }
  return { ...plan, hash: input.hash(plan) }
}

export type Core = {
  clock: ManualClock
  ground: Ground
  writer: Writer
  reader: Reader
  responder: ResponseCore
  desk: ActionDesk
  /** The store stays, core itself starts anew. */
  reboot(options?: Partial<ActionDeskOptions>): ActionDesk
  close(): void
  open(wishes: StepWish[], over?: { tenant?: TenantId; trigger?: Trigger; containBy?: string }): Promise<IncidentId>
}

export function makeCore(
  options: {
    seed?: number
    path?: string
    clock?: Clock
    random?: RandomBytes
    desk?: Partial<ActionDeskOptions>
    /** Hears of each proven step; with the module that keeps it. */
    proven?: Parameters<typeof respondWriter>[0]['proven']
    modules?: readonly WriterModule[]
  } = {},
): Core {
  const clock = new ManualClock(startMs)
  const used = options.clock ?? clock
  const random = seededRandom(options.seed ?? 1)
  const { proven, modules = [] } = options
  const respond = respondWriter({ receipts: keepReceipt, ...(proven === undefined ? {} : { proven }) })
  const { writer, reader, close } = openLocalStore([receiptsModule, respond, ...modules], options.path)
  const ground: Ground = {
    edges: [],
    facts: new Map(),
    credentials: [],
    descendants: [],
    steps: [],
    survivorsForeseen: [],
    asOf: 1,
  }
  const responder = createResponder<null>({
    writer,
    reader,
    view: () => {
      const { edgesFrom, edgesTo } = createMemoryEstate({ edges: ground.edges })
      return { ...viewOf(ground.facts), edgesFrom, edgesTo, asOf: ground.asOf }
    },
    policy: noPolicy,
    sources: () => null,
    expose: ({ trigger, window }) => Promise.resolve(exposureOf(ground, trigger, window)),
    makePlan: (input) => planOf(ground, input),
    clock: used,
    random: options.random ?? seededBytes(random),
  })
  let boots = 0
  const reboot = (over: Partial<ActionDeskOptions> = {}): ActionDesk =>
    createActionDesk({ writer, reader, clock: used, boot: `boot_${boots++}`, ...options.desk, ...over })
  return {
    clock,
    ground,
    writer,
    reader,
    close,
    responder,
    desk: reboot(),
    reboot,
    async open(wishes, over = {}) {
      ground.steps = wishes
      ground.credentials = [...new Set(wishes.flatMap((wish) => wish.serves ?? [wish.target]))].map((id) =>
        exposedAs(id),
      )
      const incident = await responder.open({
        tenant: over.tenant ?? defaultTenant,
        title: 'a harvester ran on runner-7',
        severity: 'high',
        trigger: over.trigger ?? { kind: 'host', host: entityId('host', 'host', 'runner-7') },
        window: { fromMs: startMs - 3_600_000, toMs: null },
        trust: { origin: 'vendor', sources: ['lab-1'], confinedTo: null },
        findings: ['fnd_aaaaaaaa'],
        ...(over.containBy === undefined ? {} : { containBy: over.containBy }),
      })
      return incident.id
    },
  }
}

export type Signer = { name: string; keyId: string; publicKey: string; privateKey: KeyObject }

export function makeSigner(name: string): Omit<Signer, 'keyId'> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const { x } = publicKey.export({ format: 'jwk' })
  return { name, publicKey: x ?? '', privateKey }
}

export const signValue = (privateKey: KeyObject, value: unknown): string =>
  toBase64url(sign(null, utf8(canonicalJson(value)), privateKey))

let nonces = 0
export function signApproval(
  signer: Signer,
  plan: string,
  incident: IncidentId,
  nowMs: number,
  over: Partial<Approval> = {},
): SignedApproval {
  const approval: Approval = {
    plan,
    incident,
    approver: signer.name,
    envelope: { verbs: [verbKill], connectors: ['lab'], furtherTargetsMax: 0, expiresAtMs: nowMs + 3_600_000 },
    nonce: `nonce-EXAMPLE-${nonces++}`,
    atMs: nowMs,
    ...over,
  }
  return { approval, keyId: signer.keyId, signature: signValue(signer.privateKey, approval) }
}

/** Enrols, and lets a second and later one through by the first's consent. */
export async function enroll(
  core: Pick<Core, 'responder' | 'clock'>,
  name: string,
  first?: Signer,
  tenant = defaultTenant,
): Promise<Signer> {
  const made = makeSigner(name)
  const approver = await core.responder.enrollApprover(
    tenant,
    { name, publicKey: made.publicKey, method: 'ed25519' },
    'admin',
  )
  const signer = { ...made, keyId: approver.keyId }
  if (first !== undefined) {
    const pending = core.responder.loosenings(tenant).find(({ loosening }) => loosening.kind === 'approver')
    const consent = {
      loosening: pending?.id ?? '',
      approver: first.name,
      nonce: `consent-EXAMPLE-${nonces++}`,
      atMs: core.clock.nowMs(),
    }
    await core.responder.consent(tenant, {
      consent,
      keyId: first.keyId,
      signature: signValue(first.privateKey, consent),
    })
  }
  return signer
}

export const codeIs =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof Error && 'code' in error && error.code === code
