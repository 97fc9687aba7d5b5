import { newId, type Clock, type Diagnose, type RandomBytes } from '#kit'
import type { Incident, TenantId, Trigger } from '#model'
import type { Reader, Writer } from '#store'

import type { Assess } from './assessor.ts'
import { recordIncident, recordPlan, type RecordIncident } from './commands.ts'
import { merged } from './incident-writer.ts'
import { triggerKey } from './keys.ts'
import { automationName } from './plan-writer.ts'
import { needIncident, toIncident, type IncidentRow } from './rows.ts'
import type { OpenIncident, Responder } from './types.ts'

/** Plans made anew when the ground moved under them, before the caller hears of it. */
const stalePlansMax = 3

/** Incidents and their plans: assessed outside of the store, kept in one submission, and anew when that came too late. */
export function createOpening(parts: {
  writer: Writer
  reader: Reader
  clock: Clock
  random: RandomBytes
  diagnose: Diagnose
  assess: Assess
  ring: () => void
}): Pick<Responder, 'open' | 'contain'> {
  const { writer, reader, clock, random, diagnose, assess, ring } = parts

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

  return { open, contain }
}

const isStale = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ERR_PLAN_STALE' || error.code === 'ERR_INCIDENT_UNKNOWN')
