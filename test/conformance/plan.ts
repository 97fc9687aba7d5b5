import { createPolicy } from '#policy'
import { expose, makePlan, type PlanSource } from '#respond'

import type { openHouse } from './cordon.ts'

/** What a trigger exposed since `fromMs` by all that the house holds, and the plan, could each of `sources` act. */
export async function planOf(parts: {
  house: Pick<ReturnType<typeof openHouse>, 'estate'>
  sources: readonly (Pick<PlanSource, 'authority' | 'actions' | 'places'> & {
    connector: { id: string; version: number }
  })[]
  trigger: Parameters<typeof expose>[1]
  fromMs: number
  nowMs: number
  /** The source whose word the trigger is. */
  by?: string
}) {
  const { house, sources, trigger, fromMs, nowMs, by = 'osv' } = parts
  const view = house.estate.view()
  const exposure = await expose(view, trigger, { fromMs, toMs: null }, nowMs)
  const plan = await makePlan({
    tenant: 't_default',
    incident: null,
    severity: 'critical',
    trust: { origin: 'vendor', sources: [by], confinedTo: null },
    exposure,
    view,
    sources: sources.map(({ connector, authority, actions, places = [] }): PlanSource => ({
      source: connector.id,
      connector: connector.id,
      connectorVersion: connector.version,
      authority,
      actions,
      places,
      ladder: 'auto',
    })),
    policy: createPolicy(),
    nowMs,
  })
  return { exposure, plan }
}
