import type { ActionState, IncidentId, IncidentState, TenantId } from '#model'

import { needIncident, type Rows } from './rows.ts'

/** How far an incident is, in figures alone: cheap to ask every second, whatever its size. */
export type Progress = {
  incident: IncidentId
  state: IncidentState
  plan: string | null
  /** Steps of the plan that a connector does, by state; tasks of people are counted apart. */
  steps: Partial<Record<ActionState, number>>
  tasks: number
  dead: number
  left: number
}

export function progressOf(rows: Rows, tenant: TenantId, incident: IncidentId): Progress {
  const { state, plan } = needIncident(rows, tenant, incident)
  const counted = rows.all<{ state: ActionState; task: number; n: number }>(
    `SELECT a.state AS state, a.source IS NULL AS task, count(*) AS n FROM action_incident s
       JOIN action a ON a.tenant = s.tenant AND a.id = s.action
     WHERE s.tenant = ? AND s.incident = ? AND s.is_current = 1 GROUP BY a.state, a.source IS NULL`,
    tenant,
    incident,
  )
  const members = rows.get<{ dead: number | null; n: number }>(
    'SELECT sum(dead) AS dead, count(*) AS n FROM exposed WHERE tenant = ? AND incident = ?',
    tenant,
    incident,
  )
  const dead = members?.dead ?? 0
  return {
    incident,
    state,
    plan,
    steps: Object.fromEntries(counted.filter(({ task }) => task === 0).map((row) => [row.state, row.n])),
    tasks: counted.filter(({ task }) => task === 1).reduce((sum, { n }) => sum + n, 0),
    dead,
    left: (members?.n ?? 0) - dead,
  }
}
