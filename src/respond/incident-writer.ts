import { parseOwnJson } from '#kit'
import { severities, type Incident, type IncidentId, type TenantId, type Trust, type Window } from '#model'
import { handler, type Handler, type Tx } from '#store'

import { recordIncident, type RecordIncident } from './commands.ts'
import { RespondError } from './error.ts'
import type { Journal } from './journal.ts'
import { triggerKey } from './keys.ts'
import { needIncident, toIncident, type IncidentRow } from './rows.ts'

export const incidentHandlers = (journal: Journal): Handler[] => [
  handler(recordIncident, (tx, args) => {
    const key = triggerKey(args.trigger)
    const open = tx.get<IncidentRow>(
      `SELECT * FROM incident WHERE tenant = ? AND trigger_key = ? AND state <> 'closed'`,
      args.tenant,
      key,
    )
    const again = tx.get<IncidentRow>('SELECT * FROM incident WHERE tenant = ? AND id = ?', args.tenant, args.id)
    if (args.cursor !== null) moveCursor(tx, args.tenant, args.cursor)
    const id = open?.id ?? again?.id ?? args.id
    const added = addFindings(tx, args, id)
    if (open !== undefined) join(tx, journal, open, args, added)
    else if (again === undefined) insert(tx, journal, args, key)
    return readIncident(tx, args.tenant, id)
  }),
]

function insert(tx: Tx, journal: Journal, args: RecordIncident, key: string): void {
  tx.run(
    `INSERT INTO incident VALUES (?, ?, ?, ?, ?, 'open', ?, ?, ?, NULL, ?, ?, NULL)`,
    args.tenant,
    args.id,
    key,
    args.title,
    args.severity,
    JSON.stringify(args.trigger),
    JSON.stringify(args.window),
    JSON.stringify(args.trust),
    args.atMs,
    args.containBy,
  )
  journal(
    tx,
    args.tenant,
    'incident.opened',
    args.atMs,
    { incident: args.id, severity: args.severity, trigger: args.trigger.kind, origin: args.trust.origin },
    { title: args.title, trigger: JSON.stringify(args.trigger) },
  )
}

/** A later finding about the same trigger widens the incident; it never opens a second one. */
function join(tx: Tx, journal: Journal, open: IncidentRow, args: RecordIncident, added: number): void {
  const known = { window: parseOwnJson<Window>(open.window), trust: parseOwnJson<Trust>(open.trust) }
  const { window, trust } = merged(known, args)
  const isWorse = severities.indexOf(args.severity) > severities.indexOf(open.severity)
  const isWider = JSON.stringify(window) !== open.window
  const isFreed = JSON.stringify(trust) !== open.trust
  if (added === 0 && !isFreed && !isWider && !isWorse && (args.containBy === null || open.contain_by !== null)) return
  tx.run(
    `UPDATE incident SET window = ?, trust = ?, severity = ?, contain_by = coalesce(?, contain_by) WHERE tenant = ? AND id = ?`,
    JSON.stringify(window),
    JSON.stringify(trust),
    isWorse ? args.severity : open.severity,
    args.containBy,
    open.tenant,
    open.id,
  )
  journal(tx, open.tenant, 'incident.joined', args.atMs, { incident: open.id, findings: added, isWider, isWorse })
}

function addFindings(tx: Tx, args: RecordIncident, incident: IncidentId): number {
  let added = 0
  for (const finding of args.findings) {
    added += tx.run(
      'INSERT OR IGNORE INTO incident_finding VALUES (?, ?, ?, ?)',
      args.tenant,
      incident,
      finding,
      args.foundAtMs,
    ).changes
  }
  return added
}

function moveCursor(tx: Tx, tenant: TenantId, cursor: { consumer: string; offset: number }): void {
  tx.run(
    `INSERT INTO respond_cursor VALUES (?, ?, ?) ON CONFLICT (tenant, consumer) DO UPDATE SET at = max(at, excluded.at)`,
    tenant,
    cursor.consumer,
    cursor.offset,
  )
}

const readIncident = (tx: Tx, tenant: TenantId, id: IncidentId): Incident =>
  toIncident(tx, needIncident(tx, tenant, id))

export function refuseClosed(row: IncidentRow): void {
  if (row.state !== 'closed') return
  throw new RespondError('ERR_INCIDENT_CLOSED', `incident \`${row.id}\` is closed`, {
    hint: 'open a new one about the same trigger',
  })
}

type Believed = { window: Window; trust: Trust }

/**
 * The window covers every finding's. Trust follows what made it wide: a finding the exposed scope could have forged may
 * widen the incident, and then automation is confined as that finding is; people's approvals are not.
 */
export function merged(known: Believed, added: Believed): Believed {
  const window = widest(known.window, added.window)
  const isWhole = JSON.stringify(window) === JSON.stringify(added.window)
  const isWider = JSON.stringify(window) !== JSON.stringify(known.window)
  const confines = added.trust.confinedTo !== null && known.trust.confinedTo === null && isWider
  const frees = added.trust.confinedTo === null && known.trust.confinedTo !== null && isWhole
  return { window, trust: confines || frees ? added.trust : known.trust }
}

function widest(a: Window, b: Window): Window {
  return {
    fromMs: Math.min(a.fromMs, b.fromMs),
    toMs: a.toMs === null || b.toMs === null ? null : Math.max(a.toMs, b.toMs),
  }
}
