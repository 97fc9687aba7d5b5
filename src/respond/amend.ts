import type { Clock, Diagnose } from '#kit'
import type { Exposure, Incident, IncidentId, TenantId } from '#model'
import type { Reader } from '#store'

import { needIncident, toIncident, type IncidentRow } from './rows.ts'
import type { Assessment } from './types.ts'

/** Between two looks at one incident; doubles with every amendment, so that an attacker cannot keep core planning. */
export const amendPauseMsFirst = 2_000
export const amendPauseMsMax = 60_000
/** A look that took long is paid for with this many times its length of rest. */
const restFactor = 20
const incidentsMax = 200

type Watch = { nextMonoMs: number; pauseMs: number; asOf: number }

export type Amender = {
  /** Looks at incidents that are due and keeps what is new; answers with those that got a new plan. */
  run(): Promise<IncidentId[]>
  /** Something was decided: look as soon as possible. */
  soon(incident: IncidentId): void
}

/**
 * What an exposed credential makes after the plan was made must die as well. While an incident is being contained, and
 * afterwards, its exposure is assessed anew whenever the estate has moved on; only when there is somebody or something
 * new in it does the plan change, so that what people are looking at stays as it is otherwise.
 */
export function createAmender<Assessed extends Assessment>(parts: {
  reader: Reader
  clock: Clock
  diagnose: Diagnose
  /** Log offset the estate stands at. */
  asOf(tenant: TenantId): Promise<number>
  assess(incident: Incident): Promise<Assessed>
  keep(incident: Incident, assessed: Assessed): Promise<void>
}): Amender {
  const { reader, clock } = parts
  const watches = new Map<IncidentId, Watch>()

  const look = async (row: IncidentRow): Promise<boolean> => {
    const watch = watches.get(row.id) ?? { nextMonoMs: 0, pauseMs: amendPauseMsFirst, asOf: -1 }
    watches.set(row.id, watch)
    const beganMs = clock.monotonicMs()
    if (beganMs < watch.nextMonoMs || (await parts.asOf(row.tenant)) <= watch.asOf) return false
    const incident = toIncident(reader, needIncident(reader, row.tenant, row.id))
    const assessed = await parts.assess(incident)
    const isNew = hasStrangers(reader, incident, assessed.exposure)
    if (isNew) await parts.keep(incident, assessed)
    const tookMs = clock.monotonicMs() - beganMs
    watch.asOf = assessed.exposure.asOf
    watch.pauseMs = isNew ? Math.min(amendPauseMsMax, watch.pauseMs * 2) : amendPauseMsFirst
    watch.nextMonoMs = clock.monotonicMs() + Math.max(watch.pauseMs, tookMs * restFactor)
    return isNew
  }

  return {
    soon(incident) {
      const watch = watches.get(incident)
      if (watch !== undefined) Object.assign(watch, { nextMonoMs: 0, pauseMs: amendPauseMsFirst })
    },
    async run() {
      const rows = reader.all<IncidentRow>(
        `SELECT * FROM incident WHERE state IN ('containing', 'contained') AND plan IS NOT NULL AND contain_by IS NULL
         ORDER BY opened_at_ms DESC LIMIT ?`,
        incidentsMax,
      )
      const ids = new Set(rows.map(({ id }) => id))
      for (const id of watches.keys()) if (!ids.has(id)) watches.delete(id)
      const amended: IncidentId[] = []
      for (const row of rows) {
        try {
          if (await look(row)) amended.push(row.id)
        } catch (error) {
          parts.diagnose('warn', 'respond.amend-failed', {
            incident: row.id,
            error: error instanceof Error ? error.message.slice(0, 300) : 'unknown',
          })
        }
      }
      return amended
    },
  }
}

/** Members that the incident did not know. */
function hasStrangers(reader: Reader, { tenant, id }: Incident, exposure: Exposure): boolean {
  const known = new Set(
    reader
      .all<{ entity: string }>('SELECT entity FROM exposed WHERE tenant = ? AND incident = ?', tenant, id)
      .map(({ entity }) => entity),
  )
  return (
    exposure.credentials.some(({ credential }) => !known.has(credential)) ||
    exposure.descendants.some(({ entity }) => !known.has(entity))
  )
}
