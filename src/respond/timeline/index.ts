import type { Exposure, Impact, IncidentId, TenantId } from '#model'

import { joinsOf } from '../joining/read.ts'
import { assessmentOf } from '../report.ts'
import { liveIncident, toIncident, type Rows } from '../rows.ts'
import { decidedMoments, stepMoments } from './done.ts'
import { evidenceOf, findingsMax, foundMoments, toldOf } from './found.ts'
import { linesOf, pageOf } from './group.ts'
import { reachedMoments, touchedMoments, withArrival } from './reached.ts'
import type { EventSeen, Timeline } from './types.ts'

export * from './types.ts'

/** Lines of a page. */
export const timelineLinesMax = 500

export type TimelineAsked = { after?: string | undefined; max: number }
export type TimelineParts = {
  rows: Rows
  /** Of these log offsets those that the log still has. */
  events(offsets: readonly number[]): Promise<ReadonlyMap<number, EventSeen>>
  /** Whose data, as the estate knows it now. */
  impact(): Promise<{ asOf: number; impact: Impact }>
}

/**
 * Everything that is known of one incident in the order in which it happened: what went bad and was within reach, the
 * events, what was touched, what was found, decided, done and proven.
 */
export async function timelineOf(
  { rows, events, impact }: TimelineParts,
  tenant: TenantId,
  asked: IncidentId,
  { after, max }: TimelineAsked,
): Promise<Timeline> {
  const row = liveIncident(rows, tenant, asked)
  const { findings } = toIncident(rows, row)
  const { told, forgotten, cut } = toldOf(rows, tenant, findings)
  const exposure = assessmentOf(rows, tenant, row.plan)?.exposure
  const now = exposure === undefined ? null : await impact()
  const reached = exposure === undefined || now === null ? [] : reachedIn(exposure, now.impact)
  const offsets = [...evidenceOf(told), ...reached.flatMap(({ evidence }) => evidence).slice(0, arrivalsMax)]
  const seen = await events([...new Set(offsets)])
  const behind = new Set(evidenceOf(told))
  const lines = linesOf([
    ...foundMoments(told, joinsOf(rows, tenant, row.id), new Map([...seen].filter(([offset]) => behind.has(offset)))),
    ...withArrival(reached, seen),
    ...decidedMoments(rows, row),
    ...stepMoments(rows, tenant, row.id),
  ])
  return {
    incident: row.id,
    asOf: now?.asOf ?? null,
    ...pageOf(lines, after, Math.min(max, timelineLinesMax)),
    says: [
      ...(cut > 0 ? [`of ${findings.length} findings the newest ${findingsMax} are told`] : []),
      ...(forgotten > 0
        ? [`${forgotten} findings are older than the list of findings: \`cordon finding show\` has them no more`]
        : []),
    ],
  }
}

/** Records looked up for when they came, beside those behind findings. */
const arrivalsMax = 500

const reachedIn = (exposure: Exposure, impact: Impact) => [...reachedMoments(exposure), ...touchedMoments(impact)]
