import { createBell, hashId, ManualClock, seededBytes, seededRandom } from '#kit'
import {
  defaultTenant,
  entityId,
  kindOf,
  type Edge,
  type EdgeType,
  type EntityFact,
  type EntityId,
  type Finding,
  type TenantId,
  type Trigger,
} from '#model'
import { createMemoryEstate } from '#estate'
import { createPolicy } from '#policy'
import { createActionDesk, createResponder, expose, makePlan, respondWriter, type PlanSource } from '#respond'
import { findingsWriter, keepFindings, type ToldFinding } from '#respond/findings'
import { openLocalStore } from '#store'

import { createAutomation } from '../../src/app/core/automation.ts'
import { keepReceipt, receiptsModule, startMs } from './respond-world.ts'

/** A vault that disables each of its keys; automation may. */
const vault: PlanSource = {
  source: 'vault-1',
  connector: 'vault',
  connectorVersion: 1,
  authority: 'vault',
  ladder: 'auto',
  actions: [
    {
      verb: 'vault.key.disable',
      phase: 'revoke',
      title: 'disable a key',
      scopes: [],
      proofs: ['read-back'],
      targetFor: ({ entity }) => (kindOf(entity) === 'credential' ? entity : undefined),
      preview: (target) => ({
        effects: [`${target} stops`],
        reversible: true,
        undoWithinMs: null,
        residualMs: 0,
        scopes: [],
        proofs: ['read-back'],
      }),
    },
  ],
}
const policy = createPolicy()

export const host = (name: string): EntityId => entityId('host', 'host', name)
export const key = (name: string): EntityId => entityId('credential', 'vault', `key/${name}`)
export const user = (name: string): EntityId => entityId('identity', 'vault', `user/${name}`)

export type FindingWish = {
  name: string
  entities: EntityId[]
  atMs?: number
  trigger?: Trigger
  rule?: string
  severity?: Finding['severity']
  urgency?: Finding['urgency']
  evidence?: number[]
  confinedTo?: EntityId[]
  tenant?: TenantId
}

/** Findings, the estate and the store as they are; what a vendor would do, tests say themselves. */
export function makeJoinWorld(path?: string) {
  const clock = new ManualClock(startMs)
  const edges: Edge[] = []
  const facts: EntityFact[] = []
  const store = openLocalStore([receiptsModule, findingsWriter, respondWriter({ receipts: keepReceipt })], path)
  const view = () => createMemoryEstate({ edges: [...edges], facts, asOf: edges.length })
  let isEstateDown = false
  const start = () => {
    const responder = createResponder<readonly PlanSource[]>({
      ...store,
      view: () => (isEstateDown ? Promise.reject(new Error('the estate is down')) : view()),
      policy,
      sources: () => [vault],
      expose: ({ trigger, window, further, view: estate, atMs }) => expose(estate, trigger, window, atMs, { further }),
      makePlan: ({ atMs, ladder: _ladder, startsOfVerb, key: _key, hash: _hash, ...input }) =>
        makePlan({ ...input, nowMs: atMs, startsOf: startsOfVerb }),
      clock,
      random: seededBytes(seededRandom(1)),
    })
    const automation = createAutomation({
      ...store,
      responder,
      tenant: defaultTenant,
      bell: createBell(),
      clock,
      diagnose: () => undefined,
    })
    return { responder, automation, desk: createActionDesk({ ...store, clock }) }
  }
  const findingOf = ({ name, entities, tenant = defaultTenant, ...wish }: FindingWish): Finding => {
    const atMs = wish.atMs ?? startMs
    return {
      id: hashId('fnd', tenant, name),
      tenant,
      rule: wish.rule ?? 'house.rule',
      ruleVersion: 1,
      title: name,
      severity: wish.severity ?? 'high',
      entities,
      trigger: wish.trigger ?? triggerOf(entities),
      window: { fromMs: atMs, toMs: null },
      trust: { origin: 'vendor', sources: ['vault-1'], confinedTo: wish.confinedTo ?? null },
      evidence: wish.evidence ?? [1],
      atMs,
      ...(wish.urgency === undefined ? {} : { urgency: wish.urgency }),
    }
  }
  let running = start()
  return {
    clock,
    edges,
    facts,
    ...store,
    get responder() {
      return running.responder
    },
    get desk() {
      return running.desk
    },
    restart: () => void (running = start()),
    estateIs: (state: 'up' | 'down') => void (isEstateDown = state === 'down'),
    state: (src: EntityId, type: EdgeType, dst: EntityId, fields: Partial<Edge> = {}) =>
      void edges.push({
        edge: edges.length + 1,
        src,
        type,
        dst,
        validFrom: startMs / 1000 - 86_400,
        validTo: null,
        observedAtMs: startMs,
        confidence: 'observed',
        conditional: false,
        note: null,
        evidence: edges.length + 1,
        ...fields,
      }),
    findingOf,
    /** Several at once, as rules find them in one event. */
    async findTogether(...wishes: FindingWish[]): Promise<void> {
      const findings = wishes.map(findingOf)
      await store.writer.submit(
        keepFindings({ tenant: defaultTenant, findings, told: findings.map(toldOf), watermarkMs: null }),
      )
      await running.automation.openWaiting()
    },
    /** As detection hands findings on. */
    async find(...wishes: FindingWish[]): Promise<void> {
      for (const wish of wishes) {
        const finding = findingOf(wish)
        await store.writer.submit(
          keepFindings({ tenant: finding.tenant, findings: [finding], told: [toldOf(finding)], watermarkMs: null }),
        )
        await running.automation.openWaiting()
      }
    },
  }
}
export type JoinWorld = ReturnType<typeof makeJoinWorld>

const toldOf = ({ id, rule, title, severity, entities, evidence, atMs, window }: Finding): ToldFinding => {
  const shown = { id, rule, title, severity, entities, evidence, atMs, fromMs: window.fromMs }
  return { ...shown, opens: true, late: false, group: {}, place: null }
}

function triggerOf([first]: readonly EntityId[]): Trigger {
  if (first?.startsWith('host:') === true) return { kind: 'host', host: first }
  if (first?.startsWith('credential:') === true) return { kind: 'credential', credential: first }
  return { kind: 'identity', identity: first ?? user('nobody') }
}
