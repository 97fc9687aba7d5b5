import { assert, newId, silentDiagnose, type Clock, type Diagnose, type RandomBytes } from '#kit'
import {
  incidentStates,
  type Action,
  type EntityId,
  type Incident,
  type IncidentId,
  type Plan,
  type Severity,
  type TenantId,
  type Trigger,
  type Trust,
  type Window,
} from '#model'
import { usingView, type EstateView } from '#estate'
import type { Policy } from '#policy'
import type { Reader, Writer } from '#store'

import { createAmender } from './amend.ts'
import type { Expose, MakePlan } from './assessing.ts'
import { personsToNotify } from './assess/notice.ts'
import { capWindowMs } from './claiming.ts'
import {
  approvePlan,
  askUndo,
  cancelLoosening,
  closeIncident,
  beginPeople,
  consentLoosening,
  consentPeople,
  doneTask,
  endPeople,
  enrollApprover,
  protectEntity,
  recordIncident,
  recordPlan,
  resumeAutomation,
  retireApprover,
  setLadder,
  settleLoosenings,
  stopAutomation,
  unprotectEntity,
  type Approver,
  type Change,
  type LadderRung,
  type PendingLoosening,
  type ProtectedEntity,
  type RecordIncident,
  type SignedConsent,
} from './commands.ts'
import { merged } from './incident-writer.ts'
import { actionKey, planHash, triggerKey } from './keys.ts'
import { automationName } from './plan-writer.ts'
import { assessmentOf, makeReport } from './report.ts'
import {
  generationOf,
  isStopped,
  needAction,
  needIncident,
  startsOfVerb,
  toIncident,
  type IncidentRow,
} from './rows.ts'
import { approversOf, ladderOf, pendingLoosenings, protectedEntities, rungOf } from './settings.ts'
import { tasksOf } from './tasks.ts'
import type { Assessment, ImpactNow, OpenIncident, Responder } from './types.ts'

export type ResponderOptions<Sources> = {
  writer: Writer
  reader: Reader
  /** The newest estate of a tenant. */
  view(tenant: TenantId): EstateView | Promise<EstateView>
  policy: Policy | (() => Policy)
  /** What connectors can do for a tenant; opaque here, passed to `makePlan`. */
  sources(tenant: TenantId): Sources | Promise<Sources>
  expose: Expose
  makePlan: MakePlan<Sources>
  clock: Clock
  random: RandomBytes
  diagnose?: Diagnose
  /** Rung when hands may have something to do. */
  onWork?: () => void
}

/** What people change about response. Tightening is at once; a loosening waits, or is signed. */
export interface ResponseSettings {
  ladder(tenant: TenantId): LadderRung[]
  setLadder(tenant: TenantId, rung: LadderRung, by: string): Promise<Change>
  approvers(tenant: TenantId): Approver[]
  enrollApprover(
    tenant: TenantId,
    approver: { name: string; publicKey: string; method: string },
    by: string,
  ): Promise<Approver>
  retireApprover(tenant: TenantId, keyId: string, by: string): Promise<void>
  protectedEntities(tenant: TenantId): ProtectedEntity[]
  protect(tenant: TenantId, protectedEntity: ProtectedEntity, by: string): Promise<void>
  unprotect(tenant: TenantId, entity: EntityId, by: string): Promise<Change>
  loosenings(tenant: TenantId): PendingLoosening[]
  consent(tenant: TenantId, signed: SignedConsent): Promise<Change>
  cancelLoosening(tenant: TenantId, id: string, by: string): Promise<void>
}

export interface ResponseCore extends Responder, ResponseSettings {
  undo(tenant: TenantId, action: Action['id'], by: string): Promise<Action & { resurrects: EntityId[] }>
  /** Exposure and plan of an incident as the estate knows them now; changes nothing. */
  reassess(tenant: TenantId, incident: IncidentId): Promise<Assessment>
  /** Whose data, by the incident's trigger and window, as the estate knows it now */
  impactNow(tenant: TenantId, incident: IncidentId): Promise<ImpactNow>
  /** A plan some incident has or had. */
  plan(tenant: TenantId, hash: string): Plan | undefined
  close(tenant: TenantId, incident: IncidentId, by: string, reason: string): Promise<void>
  /**
   * What is due by time: loosenings whose wait is over, incidents that ask for a new plan, plans to which the estate has
   * added somebody. Call every second or so.
   */
  tick(): Promise<{ loosened: string[]; contained: IncidentId[]; amended: IncidentId[] }>
}

/** Plans made anew when the ground moved under them, before the caller hears of it. */
const stalePlansMax = 3
const incidentsPerTickMax = 20
const listMax = 1_000
const asking: { severity: Severity; trust: Trust } = {
  severity: 'high',
  trust: { origin: 'person', sources: [], confinedTo: null },
}

export function createResponder<Sources>(options: ResponderOptions<Sources>): ResponseCore {
  const { writer, reader, clock, random } = options
  const diagnose = options.diagnose ?? silentDiagnose
  const ring = options.onWork ?? ((): void => undefined)
  const policy = (): Policy => (typeof options.policy === 'function' ? options.policy() : options.policy)
  const newChange = (): string => newId('lsn', random)

  const assess = (
    tenant: TenantId,
    trigger: Trigger,
    window: Window,
    incident: IncidentId | null,
    about: { severity: Severity; trust: Trust },
  ): Promise<Assessment & { protectedTargets: ProtectedEntity[] }> =>
    usingView(options.view(tenant), async (view) => {
      const atMs = clock.nowMs()
      const exposure = await options.expose({ tenant, trigger, window, view, atMs })
      const named = new Map(protectedEntities(reader, tenant).map(({ entity, why }) => [entity, why]))
      const plan = await options.makePlan({
        tenant,
        incident,
        exposure,
        severity: about.severity,
        trust: about.trust,
        view,
        policy: policy(),
        sources: await options.sources(tenant),
        atMs,
        ladder: (connector, verb, population) => rungOf(reader, tenant, connector, verb, population),
        generationOf: (verb, target) => generationOf(reader, tenant, verb, target),
        startsOfVerb: (connector, verb) => startsOfVerb(reader, tenant, connector, verb, atMs - capWindowMs),
        isProtected: (entity) => named.has(entity),
        key: (verb, target, generation) => actionKey(tenant, verb, target, generation),
        hash: planHash,
      })
      return {
        exposure,
        plan,
        protectedTargets: await protectedAmong(
          view,
          plan.steps.map(({ target }) => target),
        ),
      }
    })

  const contain: Responder['contain'] = async (tenant, id, by) => {
    for (let tries = 1; ; tries++) {
      const incident = toIncident(reader, needIncident(reader, tenant, id))
      const { protectedTargets, ...assessment } = await assess(tenant, incident.trigger, incident.window, id, incident)
      try {
        const args = { tenant, incident: id, by, atMs: clock.nowMs(), assessment, protectedTargets, start: true }
        const [result] = await writer.submit(recordPlan(args))
        ring()
        return { plan: assessment.plan, ...result }
      } catch (error) {
        if (!isStale(error) || tries >= stalePlansMax) throw error
      }
    }
  }

  const amender = createAmender({
    reader,
    clock,
    diagnose,
    asOf: (tenant) => usingView(options.view(tenant), (view) => Promise.resolve(view.asOf)),
    assess: ({ tenant, trigger, window, id, severity, trust }) =>
      assess(tenant, trigger, window, id, { severity, trust }),
    keep: async ({ tenant, id }, { protectedTargets, ...assessment }) => {
      const args = { tenant, incident: id, by: automationName, atMs: clock.nowMs(), assessment, protectedTargets }
      await writer.submit(recordPlan({ ...args, start: true }))
      ring()
    },
  })

  const openOf = (tenant: TenantId, trigger: Trigger): IncidentRow | undefined =>
    reader.get<IncidentRow>(
      `SELECT * FROM incident WHERE tenant = ? AND trigger_key = ? AND state <> 'closed'`,
      tenant,
      triggerKey(trigger),
    )

  /** Incident, plan, intents, leaves and cursor are one submission: all of it is kept, or none. */
  const open = async (request: OpenIncident): Promise<Incident> => {
    const { tenant, trigger } = request
    for (let tries = 1; ; tries++) {
      const known = openOf(tenant, trigger)
      const id = known?.id ?? newId('inc', random)
      const atMs = clock.nowMs()
      const containBy = request.containBy ?? null
      const record: RecordIncident = {
        tenant,
        id,
        title: request.title,
        severity: request.severity,
        trigger,
        window: request.window,
        trust: request.trust,
        findings: request.findings,
        foundAtMs: request.foundAtMs ?? atMs,
        containBy,
        cursor: request.cursor ?? null,
        atMs,
      }
      // A running incident keeps its plan until somebody asks for containment.
      if (known !== undefined && known.plan !== null && containBy === null) {
        return (await writer.submit(recordIncident(record)))[0]
      }
      const joined = known === undefined ? request : merged(toIncident(reader, known), request)
      const about = { severity: request.severity, trust: joined.trust }
      const assessed = await assess(tenant, trigger, joined.window, id, about).catch((error: unknown) => {
        diagnose('error', 'the exposure could not be assessed; the incident opens without a plan', {
          incident: id,
          error: error instanceof Error ? error.message : String(error),
        })
        return undefined
      })
      if (assessed === undefined) return (await writer.submit(recordIncident(record)))[0]
      const { protectedTargets, ...assessment } = assessed
      const start = containBy !== null
      const by = containBy ?? automationName
      try {
        await writer.submit(
          recordIncident(record),
          recordPlan({ tenant, incident: id, by, atMs, assessment, protectedTargets, start }),
        )
        ring()
        return toIncident(reader, needIncident(reader, tenant, id))
      } catch (error) {
        if (!isStale(error) || tries >= stalePlansMax) throw error
      }
    }
  }

  return {
    async assess(tenant, trigger, window, incident) {
      const row = incident === undefined ? undefined : toIncident(reader, needIncident(reader, tenant, incident))
      const { exposure, plan } = await assess(tenant, trigger, window, incident ?? null, row ?? asking)
      return { exposure, plan }
    },
    async reassess(tenant, id) {
      const { trigger, window, ...about } = toIncident(reader, needIncident(reader, tenant, id))
      const { exposure, plan } = await assess(tenant, trigger, window, id, about)
      return { exposure, plan }
    },
    impactNow(tenant, id) {
      const { trigger, window } = toIncident(reader, needIncident(reader, tenant, id))
      return usingView(options.view(tenant), async (view) => {
        const { asOf, impact } = await options.expose({ tenant, trigger, window, view, atMs: clock.nowMs() })
        return { asOf, impact }
      })
    },
    plan: (tenant, hash) => assessmentOf(reader, tenant, hash)?.plan,
    open,
    list(tenant, states = incidentStates) {
      return reader
        .all<IncidentRow>(
          `SELECT * FROM incident WHERE tenant = ? AND state IN (SELECT value FROM json_each(?))
           ORDER BY opened_at_ms DESC, id LIMIT ?`,
          tenant,
          JSON.stringify(states),
          listMax,
        )
        .map((row) => toIncident(reader, row))
    },
    async report(tenant, incident) {
      return usingView(options.view(tenant), (view) => makeReport(reader, view, tenant, incident, clock.nowMs()))
    },
    contain,
    async approve(tenant, signed) {
      const [result] = await writer.submit(approvePlan({ tenant, signed, atMs: clock.nowMs() }))
      amender.soon(signed.approval.incident)
      ring()
      return result
    },
    async undo(tenant, id, by) {
      const [action] = await writer.submit(askUndo({ tenant, id, by, atMs: clock.nowMs() }))
      ring()
      return action
    },
    tasks(tenant, incident) {
      if (incident !== null) needIncident(reader, tenant, incident)
      return tasksOf(reader, tenant, incident)
    },
    async taskDone(tenant, id, by, note) {
      await writer.submit(doneTask({ tenant, id, by, note, atMs: clock.nowMs() }))
      const { incident } = needAction(reader, tenant, id)
      const task = tasksOf(reader, tenant, incident).find(({ action }) => action === id)
      assert(task !== undefined, 'a task that was done is listed')
      return task
    },
    async personsToNotify(tenant, id, set) {
      const { trigger, window } = toIncident(reader, needIncident(reader, tenant, id))
      return usingView(options.view(tenant), async (view) => {
        const atMs = clock.nowMs()
        const exposure = await options.expose({ tenant, trigger, window, view, atMs })
        const persons = await personsToNotify(view, exposure, set, atMs)
        const { people, blindSpots } = exposure.impact
        return { asOf: exposure.asOf, persons, interval: people[set], blindSpots }
      })
    },
    async consentPeople(tenant, signed) {
      return (await writer.submit(consentPeople({ tenant, signed, atMs: clock.nowMs() })))[0]
    },
    async beginPeople(tenant, incident, people, by, persons) {
      await writer.submit(beginPeople({ tenant, incident, people, by, persons, atMs: clock.nowMs() }))
    },
    async endPeople(tenant, incident, people, counts) {
      await writer.submit(endPeople({ tenant, incident, people, ...counts, atMs: clock.nowMs() }))
    },
    async stop(tenant, by, reason) {
      await writer.submit(stopAutomation({ tenant, by, reason, atMs: clock.nowMs() }))
    },
    async resume(tenant, by) {
      await writer.submit(resumeAutomation({ tenant, by, atMs: clock.nowMs() }))
      ring()
    },
    isStopped: (tenant) => isStopped(reader, tenant),

    async close(tenant, incident, by, reason) {
      await writer.submit(closeIncident({ tenant, incident, by, reason, atMs: clock.nowMs() }))
    },
    async tick() {
      const [{ effective }] = await writer.submit(settleLoosenings({ atMs: clock.nowMs() }))
      const wishes = reader.all<{ tenant: TenantId; id: IncidentId; contain_by: string }>(
        `SELECT tenant, id, contain_by FROM incident WHERE contain_by IS NOT NULL AND state <> 'closed' LIMIT ?`,
        incidentsPerTickMax,
      )
      const contained: IncidentId[] = []
      for (const { tenant, id, contain_by } of wishes) {
        try {
          await contain(tenant, id, contain_by)
          contained.push(id)
        } catch (error) {
          diagnose('error', 'an incident still has no plan', { incident: id, error: messageOf(error) })
        }
      }
      return { loosened: effective, contained, amended: await amender.run() }
    },

    ladder: (tenant) => ladderOf(reader, tenant),
    async setLadder(tenant, rung, by) {
      const [change] = await writer.submit(setLadder({ tenant, rung, by, id: newChange(), atMs: clock.nowMs() }))
      return change
    },
    approvers: (tenant) => approversOf(reader, tenant),
    async enrollApprover(tenant, { name, publicKey, method }, by) {
      const args = { tenant, name, publicKey, method, by, id: newChange(), atMs: clock.nowMs() }
      return (await writer.submit(enrollApprover(args)))[0]
    },
    async retireApprover(tenant, keyId, by) {
      await writer.submit(retireApprover({ tenant, keyId, by, atMs: clock.nowMs() }))
    },
    protectedEntities: (tenant) => protectedEntities(reader, tenant),
    async protect(tenant, { entity, why }, by) {
      await writer.submit(protectEntity({ tenant, entity, why, by, atMs: clock.nowMs() }))
    },
    async unprotect(tenant, entity, by) {
      const args = { tenant, entity, by, id: newChange(), atMs: clock.nowMs() }
      return (await writer.submit(unprotectEntity(args)))[0]
    },
    loosenings: (tenant) => pendingLoosenings(reader, tenant),
    async consent(tenant, signed) {
      return (await writer.submit(consentLoosening({ tenant, signed, atMs: clock.nowMs() })))[0]
    },
    async cancelLoosening(tenant, id, by) {
      await writer.submit(cancelLoosening({ tenant, id, by, atMs: clock.nowMs() }))
    },
  }
}

/** Break-glass and own by the estate's facts: what `createActionDesk` takes as `protectedNow`, too. */
export async function protectedAmong(view: EstateView, entities: readonly EntityId[]): Promise<ProtectedEntity[]> {
  const facts = await view.facts([...new Set(entities)])
  return [...facts].flatMap(([entity, known]): ProtectedEntity[] => {
    if (known['breakGlass'] === true) return [{ entity, why: 'break-glass' }]
    return known['own'] === true ? [{ entity, why: 'own' }] : []
  })
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
const isStale = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ERR_PLAN_STALE' || error.code === 'ERR_INCIDENT_UNKNOWN')
