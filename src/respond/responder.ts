import { assert, silentDiagnose, type Diagnose, type RandomBytes } from '#kit'
import {
  incidentStates,
  type Action,
  type EntityId,
  type Finding,
  type IncidentId,
  type Plan,
  type Severity,
  type TenantId,
  type Trust,
} from '#model'
import { usingView } from '#estate'
import type { Writer } from '#store'

import { createAmender } from './amend.ts'
import { createAssessor, type AssessorOptions } from './assessor.ts'
import {
  approvePlan,
  askUndo,
  closeIncident,
  doneTask,
  recordPlan,
  resumeAutomation,
  settleLoosenings,
  stopAutomation,
} from './commands.ts'
import { partsOf } from './joining/parts.ts'
import { createOpening } from './opening.ts'
import { createPeopleNotice } from './people-notice.ts'
import { automationName } from './plan-writer.ts'
import { progressOf, type Progress } from './progress.ts'
import { assessmentOf, makeReport } from './report.ts'
import { createResponseSettings, type ResponseSettings } from './response-settings.ts'
import { isStopped, liveIncident, needAction, needIncident, toIncident, type IncidentRow } from './rows.ts'
import { tasksOf } from './tasks.ts'
import { timelineOf, type Timeline, type TimelineAsked, type TimelineParts } from './timeline/index.ts'
import type { Assessment, ImpactNow, Responder } from './types.ts'

export type ResponderOptions<Sources> = AssessorOptions<Sources> & {
  writer: Writer
  random: RandomBytes
  diagnose?: Diagnose
  /** Rung when hands may have something to do. */
  onWork?: () => void
}

export interface ResponseCore extends Responder, ResponseSettings {
  undo(tenant: TenantId, action: Action['id'], by: string): Promise<Action & { resurrects: EntityId[] }>
  /** Exposure and plan of an incident as the estate knows them now; changes nothing. */
  reassess(tenant: TenantId, incident: IncidentId): Promise<Assessment>
  /** What the plan would be if this were found now; changes nothing. */
  foresee(tenant: TenantId, of: Pick<Finding, 'trigger' | 'window' | 'severity' | 'trust'>): Promise<Assessment>
  /** Whose data, by the incident's trigger and window, as the estate knows it now */
  impactNow(tenant: TenantId, incident: IncidentId): Promise<ImpactNow>
  progress(tenant: TenantId, incident: IncidentId): Progress
  /** A page of what happened, in the order in which it did. */
  timeline(
    tenant: TenantId,
    incident: IncidentId,
    asked: TimelineAsked,
    events: TimelineParts['events'],
  ): Promise<Timeline>
  /** A plan some incident has or had. */
  plan(tenant: TenantId, hash: string): Plan | undefined
  close(tenant: TenantId, incident: IncidentId, by: string, reason: string): Promise<void>
  /**
   * What is due by time: loosenings whose wait is over, incidents that ask for a new plan, plans to which the estate has
   * added somebody. Call every second or so.
   */
  tick(): Promise<{ loosened: string[]; contained: IncidentId[]; amended: IncidentId[] }>
}

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
  const assess = createAssessor(options)
  const opening = createOpening({ ...options, random, diagnose, assess, ring })
  const amender = createAmender({
    reader,
    clock,
    diagnose,
    asOf: (tenant) => usingView(options.view(tenant), (view) => Promise.resolve(view.asOf)),
    assess: ({ tenant, id, severity }) =>
      assess(tenant, partsOf(reader, needIncident(reader, tenant, id)), id, severity),
    keep: async ({ tenant, id }, { protectedTargets, held, ...assessment }) => {
      const args = { tenant, incident: id, by: automationName, atMs: clock.nowMs(), assessment, protectedTargets, held }
      await writer.submit(recordPlan({ ...args, start: true }))
      ring()
    },
  })

  const impactNow: ResponseCore['impactNow'] = (tenant, id) => {
    const { trigger, window, further = [] } = toIncident(reader, liveIncident(reader, tenant, id))
    return usingView(options.view(tenant), async (view) => {
      const { asOf, impact } = await options.expose({ tenant, trigger, window, further, view, atMs: clock.nowMs() })
      return { asOf, impact }
    })
  }

  return {
    ...createResponseSettings(options),
    ...createPeopleNotice(options),
    ...opening,
    async assess(tenant, trigger, window, incident) {
      const known = incident === undefined ? undefined : toIncident(reader, needIncident(reader, tenant, incident))
      const { severity, trust } = known ?? asking
      const part = { trigger, window, trust, wanted: true }
      const { exposure, plan } = await assess(tenant, [part], incident ?? null, severity)
      return { exposure, plan }
    },
    async reassess(tenant, id) {
      const row = needIncident(reader, tenant, id)
      const { exposure, plan } = await assess(tenant, partsOf(reader, row), id, row.severity)
      return { exposure, plan }
    },
    async foresee(tenant, { trigger, window, severity, trust }) {
      const { exposure, plan } = await assess(tenant, [{ trigger, window, trust, wanted: true }], null, severity)
      return { exposure, plan }
    },
    impactNow,
    timeline: (tenant, id, asked, events) =>
      timelineOf({ rows: reader, events, impact: () => impactNow(tenant, id) }, tenant, id, asked),
    progress: (tenant, incident) => progressOf(reader, tenant, liveIncident(reader, tenant, incident).id),
    plan: (tenant, hash) => assessmentOf(reader, tenant, hash)?.plan,
    list(tenant, states = incidentStates) {
      return reader
        .all<IncidentRow>(
          `SELECT * FROM incident WHERE tenant = ? AND state IN (SELECT value FROM json_each(?)) AND folded_into IS NULL
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
    async approve(tenant, signed) {
      const [result] = await writer.submit(approvePlan({ tenant, signed, atMs: clock.nowMs() }))
      amender.soon(liveIncident(reader, tenant, signed.approval.incident).id)
      ring()
      return result
    },
    async undo(tenant, id, by) {
      const [action] = await writer.submit(askUndo({ tenant, id, by, atMs: clock.nowMs() }))
      ring()
      return action
    },
    tasks(tenant, incident) {
      return tasksOf(reader, tenant, incident === null ? null : liveIncident(reader, tenant, incident).id)
    },
    async taskDone(tenant, id, by, note) {
      await writer.submit(doneTask({ tenant, id, by, note, atMs: clock.nowMs() }))
      const { id: incident } = liveIncident(reader, tenant, needAction(reader, tenant, id).incident)
      const task = tasksOf(reader, tenant, incident).find(({ action }) => action === id)
      assert(task !== undefined, 'a task that was done is listed')
      return task
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
          await opening.contain(tenant, id, contain_by)
          contained.push(id)
        } catch (error) {
          diagnose('error', 'an incident still has no plan', { incident: id, error: messageOf(error) })
        }
      }
      return { loosened: effective, contained, amended: await amender.run() }
    },
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
