import type { TenantId } from '#model'
import { listGaps, listSources } from '#sources'
import { isStreamOn } from '#sources/contract'
import type { Telling } from '#trim'

import type { Registered } from '../connectors.ts'
import { readSince } from './read-since.ts'
import { openSight, type SightParts } from './sight.ts'

type Stream = Registered['connector']['streams'][number]

/** Gaps looked at of one source; more of them than that, and it tells nothing whole. */
const gapsMax = 1_000
/** Streams that show what somebody did. */
const acts: ReadonlySet<string> = new Set(['reads', 'writes', 'admin', 'logins', 'sessions'])
const showsActs = ({ kind, covers = [] }: Stream): boolean => kind !== 'snapshot' && covers.some((one) => acts.has(one))

/** What the sources of each authority tell of use: which acts, since when, with which holes. Fails closed: unsure is later. */
export function openTellings(parts: SightParts) {
  const { reader, registry, health, clock } = parts
  const { isLate, lateSaid } = openSight(parts)

  return (tenant: TenantId): ReadonlyMap<string, Telling> => {
    const told = new Map<string, Telling>()
    for (const source of listSources(reader, tenant)) {
      const connector = registry.find(source.connector)?.connector
      const config = connector?.config.safeParse(source.config)
      const { authority, id } = source
      if (connector === undefined || config?.success !== true || authority === null) continue
      const { logged, partly = {} } = connector.coverage(config.data)
      const streams = connector.streams.filter((stream) => isStreamOn(stream, config.data))
      const holes = listGaps(reader, tenant, id, gapsMax).filter(({ recovered }) => !recovered)
      const late = streams.find((stream) => isLate(tenant, id, stream))
      const since = streams.filter(showsActs).map((stream) => readSince(source, stream, health))
      const known = told.get(authority)
      told.set(authority, {
        logged: [...new Set([...(known?.logged ?? []), ...logged])],
        partly: { ...known?.partly, ...partly },
        sinceMs: Math.max(known?.sinceMs ?? 0, holes.length >= gapsMax ? clock.nowMs() : 0, ...since),
        gaps: [...(known?.gaps ?? []), ...holes],
        late: known?.late ?? (late === undefined ? null : lateSaid(id, late.name)),
      })
    }
    return told
  }
}
