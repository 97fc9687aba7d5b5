import { parseTimeMs } from '#kit'
import { VendorError } from '#sources/contract'

import { activityRow, parametersOf, type ActivityRow, type Parameters } from '../activity-row.ts'
import { activitiesPath, listAll, type Access } from '../client.ts'

/** Proofs are looked at again for days, and a block may be older than the incident. */
export const lookBackMs = 30 * 24 * 3_600_000

type Filter = { parameter: string; value: string }
export type Told = { atMs: number; row: ActivityRow; parameters: Parameters }

/** Events of one name, newest first. `filter`: a parameter's name and value. */
export async function eventsNamed(
  access: Access,
  application: string,
  name: string,
  sinceMs: number,
  filter?: Filter,
): Promise<Told[]> {
  const path = activitiesPath(application, {
    eventName: name,
    startTime: new Date(sinceMs).toISOString(),
    maxResults: '200',
    ...(filter === undefined ? {} : { filters: `${filter.parameter}==${filter.value}` }),
  })
  const list = { as: 'log', path, key: 'items', what: 'the audit log' }
  const rows = await listAll(access, list)
  return rows
    .flatMap((raw) => {
      const parsed = activityRow.safeParse(raw)
      if (!parsed.success) return []
      const atMs = parseTimeMs(parsed.data.id.time ?? '') ?? 0
      return parsed.data.events
        .filter((event) => event.name === name)
        .map((event) => ({ atMs, row: parsed.data, parameters: parametersOf(event) }))
    })
    .filter(
      ({ parameters }) => filter === undefined || parameters.get(filter.parameter)?.includes(filter.value) === true,
    )
    .sort((a, b) => b.atMs - a.atMs)
}

/**
 * The same of a name that Google may know no more, or not yet (names changed in 2026): it answers 400 then, and there are
 * none under it. Only where finding none proves nothing.
 */
export async function eventsIfKnown(...asked: Asked): Promise<Told[]> {
  return eventsNamed(...asked).catch((error: unknown) => {
    if (error instanceof VendorError && error.code === 'ERR_VENDOR_REFUSED' && !error.retryable) return []
    throw error
  })
}
type Asked = [access: Access, application: string, name: string, sinceMs: number, filter?: Filter]
