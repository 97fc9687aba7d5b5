import { hashId, newId, type Clock, type Diagnose, type RandomBytes } from '#kit'
import { severities, type Incident, type TenantId, type Trigger } from '#model'
import { usingView, type EstateView } from '#estate'
import type { Reader, Writer } from '#store'

import type { Assess } from './assessor.ts'
import { recordIncident, recordPlan, type RecordIncident } from './commands.ts'
import { partsWith, partOf, placingOf } from './incident-writer.ts'
import { aboutOf, joinsBy } from './joining/anchors.ts'
import { partsOf, withPart, type Part } from './joining/parts.ts'
import { placeOf, type Place } from './joining/place.ts'
import { surroundingsOf, type Anchor } from './joining/surroundings.ts'
import { automationName } from './plan-writer.ts'
import { liveIncident, needIncident, toIncident, type IncidentRow } from './rows.ts'
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
  view(tenant: TenantId): EstateView | Promise<EstateView>
  assess: Assess
  ring: () => void
}): Pick<Responder, 'open' | 'contain'> {
  const { writer, reader, clock, random, diagnose, assess, ring } = parts

  const contain: Responder['contain'] = async (tenant, asked, by) => {
    for (let tries = 1; ; tries++) {
      const row = liveIncident(reader, tenant, asked)
      const { id, severity } = row
      const [first, ...further] = partsOf(reader, row)
      // A person asks for all of it; automation only for what was asked for before, where anything was.
      const wantsAll = by !== automationName || ![first, ...further].some(({ wanted }) => wanted)
      const want = (part: Part): Part => ({ ...part, wanted: wantsAll || part.wanted })
      const assessed = await assess(tenant, [want(first), ...further.map(want)], id, severity)
      const { protectedTargets, held, ...assessment } = assessed
      try {
        const args = { tenant, incident: id, by, atMs: clock.nowMs(), assessment, protectedTargets, held, start: true }
        const [result] = await writer.submit(recordPlan(args))
        ring()
        return { plan: assessment.plan, ...result }
      } catch (error) {
        if (!isStale(error) || tries >= stalePlansMax) throw error
      }
    }
  }

  /** What stands close to what the finding names. Without it the incident opens all the same, and joins only its like. */
  const anchorsOf = async (request: OpenIncident): Promise<Anchor[]> => {
    const { tenant, trigger, about = [], window, foundAtMs } = request
    if (isPlanned(trigger) || (request.isDerived === true && request.joins !== true)) return []
    const own = aboutOf(trigger)
    const times = { fromMs: window.fromMs, atMs: foundAtMs ?? window.toMs ?? clock.nowMs() }
    try {
      const named = own === null ? about : [own, ...about]
      return (await usingView(parts.view(tenant), (view) => surroundingsOf(view, named, times))).anchors
    } catch (error) {
      diagnose('error', 'what stands close to a finding could not be read; it joins nothing over the estate', {
        error: messageOf(error),
      })
      return []
    }
  }

  /** Incident, plan, intents, leaves and cursor are one submission: all of it is kept, or none. */
  const open = async (request: OpenIncident): Promise<Incident> => {
    const { tenant, trigger, window } = request
    const anchors = await anchorsOf(request)
    const opens = newId('inc', random)
    for (let tries = 1; ; tries++) {
      const atMs = clock.nowMs()
      const [finding] = request.findings
      const foundAtMs = request.foundAtMs ?? atMs
      const isJoining = request.joins === true && finding !== undefined && !isPlanned(trigger)
      const seen = { fromMs: window.fromMs, atMs: foundAtMs, about: aboutOf(trigger) }
      const record: Omit<RecordIncident, 'place'> = {
        tenant,
        // One finding opens one incident, whenever it comes and however often it is told.
        id: isJoining ? hashId('inc', tenant, finding) : opens,
        title: request.title,
        severity: request.severity,
        trigger,
        window,
        trust: request.trust,
        findings: request.findings,
        foundAtMs,
        containBy: request.containBy ?? null,
        cursor: request.cursor ?? null,
        ...(request.told === undefined ? {} : { told: request.told }),
        naming: isJoining
          ? { rank: request.isDerived === true ? 2 : 1, atMs: Math.floor(foundAtMs), by: finding }
          : { rank: 0, atMs, by: opens },
        anchors,
        joins: isJoining ? joinsBy(reader, tenant, anchors, seen) : [],
        wantsAll: request.wantsAll === true,
        atMs,
      }
      try {
        return await place(record)
      } catch (error) {
        if (!isStale(error) || tries >= stalePlansMax) throw error
      }
    }
  }

  const place = async (found: Omit<RecordIncident, 'place'>): Promise<Incident> => {
    const { tenant, containBy, atMs } = found
    const { into, folds } = placeOf(reader, placingOf(found))
    const record = { ...found, place: { into: into?.id ?? null, folds: folds.map(({ id }) => id) } }
    const id = into?.id ?? found.id
    const joined = partsAfter({ into, folds }, found)
    // A running incident keeps its plan until somebody asks for containment, or something else turns out to be of it.
    const isSettled = (row: IncidentRow): boolean =>
      row.state === 'closed' ||
      (row.plan !== null && containBy === null && folds.length === 0 && joined.length === partsOf(reader, row).length)
    if (into !== null && isSettled(into)) return (await writer.submit(recordIncident(record)))[0]
    const rows = into === null ? folds : [into, ...folds]
    const severity = rows.reduce(
      (worst, row) => (severities.indexOf(row.severity) > severities.indexOf(worst) ? row.severity : worst),
      found.severity,
    )
    const assessed = await assess(tenant, joined, id, severity).catch((error: unknown) => {
      diagnose('error', 'the exposure could not be assessed; the incident opens without a plan', {
        incident: id,
        error: messageOf(error),
      })
      return undefined
    })
    if (assessed === undefined) return (await writer.submit(recordIncident(record)))[0]
    const { protectedTargets, held, ...assessment } = assessed
    const start = containBy !== null || rows.some(({ state }) => state !== 'open')
    const by = containBy ?? automationName
    await writer.submit(
      recordIncident(record),
      recordPlan({ tenant, incident: id, by, atMs, assessment, protectedTargets, held, start }),
    )
    ring()
    return toIncident(reader, needIncident(reader, tenant, id))
  }

  const partsAfter = ({ into, folds }: Place, found: Omit<RecordIncident, 'place'>): [Part, ...Part[]] => {
    const of = folds.flatMap((row) => partsOf(reader, row))
    if (into === null) return of.reduce(withPart, [partOf(found)])
    return partsWith(of.reduce(withPart, partsOf(reader, into)), found)
  }

  return { open, contain }
}

/** Nothing was stolen: it is no part of anybody's story. */
const isPlanned = ({ kind }: Trigger): boolean => planned.has(kind)
const planned: ReadonlySet<Trigger['kind']> = new Set(['offboarding', 'weakness', 'pause', 'trim', 'lease'])

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
const staleCodes: ReadonlySet<unknown> = new Set(['ERR_PLAN_STALE', 'ERR_INCIDENT_UNKNOWN', 'ERR_INCIDENT_CLOSED'])
const isStale = (error: unknown): boolean => error instanceof Error && 'code' in error && staleCodes.has(error.code)
