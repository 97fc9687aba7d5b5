import { parseTimeMs } from '#kit'
import { VendorError } from '#sources/contract'

import { activityRow, parametersOf, type ActivityRow, type Parameters } from '../activity-row.ts'
import { activitiesPath, listAll, type Access } from '../client.ts'

/** Proofs are looked at again for days, and a block may be older than the incident. */
export const lookBackMs = 30 * 24 * 3_600_000

export type Told = { atMs: number; row: ActivityRow; parameters: Parameters }

/**
 * Events of one name, newest first. Google answers 400 to a name it knows no more (names changed in 2026): then there are
 * none under it. `filter`: a parameter's name and value; values with Google's own separators never match.
 */
export async function eventsNamed(
  access: Access,
  application: string,
  name: string,
  sinceMs: number,
  filter?: { parameter: string; value: string },
): Promise<Told[]> {
  const path = activitiesPath(application, {
    eventName: name,
    startTime: new Date(sinceMs).toISOString(),
    maxResults: '200',
    ...(filter === undefined ? {} : { filters: `${filter.parameter}==${filter.value}` }),
  })
  const list = { as: 'log', path, key: 'items', what: 'the audit log' }
  const rows = await listAll(access, list).catch((error: unknown) => {
    if (error instanceof VendorError && error.code === 'ERR_VENDOR_REFUSED' && !error.retryable) return []
    throw error
  })
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
