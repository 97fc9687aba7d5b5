import { assert } from '#kit'
import { severities, type IncidentId, type Severity, type TenantId, type Urgency } from '#model'
import { handler, type Handler, type Tx } from '#store'

import { recordIncident, type RecordIncident } from './commands.ts'
import { RespondError } from './error.ts'
import { aboutOf, keepAnchors } from './joining/anchors.ts'
import { endFolded, foldInto, keepParts } from './joining/fold.ts'
import { partsOf, withPart, type Part } from './joining/parts.ts'
import { placeOf, type Placing } from './joining/place.ts'
import type { Journal } from './journal.ts'
import { triggerKey, triggerText } from './keys.ts'
import { needIncident, toIncident, type IncidentRow } from './rows.ts'
import { saidOf, urgencyOf } from './urgency.ts'

export const incidentHandlers = (journal: Journal): Handler[] => [
  handler(recordIncident, (tx, args) => {
    const { tenant, atMs } = args
    const { into, folds } = placeOf(tx, placingOf(args))
    refuseMoved(args, into?.id ?? null, folds)
    if (args.cursor !== null) moveCursor(tx, tenant, args.cursor)
    const id = into?.id ?? args.id
    for (const row of folds) endFolded(tx, row, id, atMs)
    if (into === null) insert(tx, args)
    const added = addFindings(tx, args, id)
    // Of all that becomes one: nobody is called for a part of it alone.
    const severity = worstOf([...(into === null ? folds : [into, ...folds]), args])
    const urgency = urgencyOf(
      tx,
      { ...needIncident(tx, tenant, id), severity },
      folds.map((row) => row.id),
    )
    if (into === null) noteOpened(tx, journal, args, urgency)
    for (const row of folds) foldInto(tx, journal, row, { into: id, atMs, urgency })
    if (into?.state !== 'closed') {
      if (into !== null) join(tx, journal, into, args, added)
      const times = { fromMs: args.window.fromMs, atMs: args.foundAtMs, about: aboutOf(args.trigger) }
      keepAnchors(tx, { tenant, incident: id, finding: args.findings[0] ?? null }, args.anchors, times)
    }
    keepJoins(tx, args, id)
    return toIncident(tx, needIncident(tx, tenant, id))
  }),
]

export const placingOf = (record: Omit<RecordIncident, 'place'>): Placing => ({
  tenant: record.tenant,
  id: record.id,
  naming: record.naming,
  triggerKey: triggerKey(record.trigger),
  joins: record.joins.map(({ incident }) => incident),
})

/** The part that a finding is. */
export const partOf = ({ trigger, window, trust, foundAtMs, containBy }: Omit<RecordIncident, 'place'>): Part => ({
  trigger,
  window,
  trust,
  wanted: containBy !== null,
  firstAtMs: foundAtMs,
})

/** The parts of an incident once the finding has come to it. */
export function partsWith(parts: readonly [Part, ...Part[]], record: Omit<RecordIncident, 'place'>): [Part, ...Part[]] {
  const [first, ...rest] = withPart(parts, partOf(record))
  if (!record.wantsAll) return [first, ...rest]
  return [{ ...first, wanted: true }, ...rest.map((part) => ({ ...part, wanted: true }))]
}

/** Between the look and the command another finding, or a person, was faster. */
function refuseMoved({ place }: RecordIncident, into: IncidentId | null, folds: readonly IncidentRow[]): void {
  const isSame = place.into === into && place.folds.join(' ') === folds.map(({ id }) => id).join(' ')
  if (isSame) return
  throw new RespondError('ERR_PLAN_STALE', 'incidents changed since it was looked where this finding belongs', {
    hint: 'look again',
    retryable: true,
  })
}

function insert(tx: Tx, args: RecordIncident): void {
  const { tenant, id, naming } = args
  tx.run(
    `INSERT INTO incident (tenant, id, trigger_key, title, severity, state, trigger, window, trust, opened_at_ms, contain_by,
       wanted, named_rank, named_at_ms, named_by) VALUES (?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    tenant,
    id,
    triggerKey(args.trigger),
    args.title,
    args.severity,
    JSON.stringify(args.trigger),
    JSON.stringify(args.window),
    JSON.stringify(args.trust),
    args.atMs,
    args.containBy,
    args.containBy === null ? 0 : 1,
    naming.rank,
    Math.floor(naming.atMs),
    naming.by,
  )
}

const worstOf = (all: readonly { severity: Severity }[]): Severity =>
  severities.findLast((one) => all.some(({ severity }) => severity === one)) ?? 'low'

/** Once its finding stands beside it: that says whether somebody is called. */
function noteOpened(tx: Tx, journal: Journal, args: RecordIncident, urgency: Urgency): void {
  const { tenant, id, severity } = args
  journal(
    tx,
    tenant,
    'incident.opened',
    args.atMs,
    { incident: id, severity, urgency, trigger: args.trigger.kind, origin: args.trust.origin },
    { title: args.title, trigger: triggerText(args.trigger) },
  )
}

/** A later finding of the same story widens the incident; it never opens a second one. */
function join(tx: Tx, journal: Journal, row: IncidentRow, args: RecordIncident, added: number): void {
  const known = needIncident(tx, row.tenant, row.id)
  const before = partsOf(tx, known)
  const after = partsWith(before, args)
  const isWorse = severities.indexOf(args.severity) > severities.indexOf(known.severity)
  const isWider = JSON.stringify(after) !== JSON.stringify(before)
  if (added === 0 && !isWider && !isWorse && (args.containBy === null || known.contain_by !== null)) return
  keepParts(tx, known, after)
  tx.run(
    `UPDATE incident SET severity = ?, contain_by = coalesce(?, contain_by) WHERE tenant = ? AND id = ?`,
    isWorse ? args.severity : known.severity,
    args.containBy,
    row.tenant,
    row.id,
  )
  journal(tx, row.tenant, 'incident.joined', args.atMs, {
    incident: row.id,
    urgency: urgencyOf(tx, needIncident(tx, row.tenant, row.id)),
    findings: added,
    isWider,
    isWorse,
    over: args.joins.length > 0 ? 'estate' : 'trigger',
  })
}

function keepJoins(tx: Tx, { tenant, findings, joins, atMs }: RecordIncident, incident: IncidentId): void {
  const [finding] = findings
  if (joins.length === 0) return
  assert(finding !== undefined, 'what joins is a finding')
  for (const { incident: joined, reason } of joins) {
    tx.run(
      'INSERT OR IGNORE INTO incident_join VALUES (?, ?, ?, ?, ?, ?)',
      tenant,
      incident,
      finding,
      joined,
      JSON.stringify(reason),
      atMs,
    )
  }
}

function addFindings(tx: Tx, args: RecordIncident, incident: IncidentId): number {
  let added = 0
  for (const finding of args.findings) {
    added += tx.run(
      'INSERT OR IGNORE INTO incident_finding VALUES (?, ?, ?, ?, ?, ?, ?)',
      args.tenant,
      incident,
      finding,
      args.foundAtMs,
      ...saidOf(args),
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

export function refuseClosed(row: IncidentRow): void {
  if (row.state !== 'closed') return
  throw new RespondError('ERR_INCIDENT_CLOSED', `incident \`${row.id}\` is closed`, {
    hint: 'open a new one about the same trigger',
  })
}

/** What is done to a whole incident is asked of the one it is part of, by its own id: nobody ends more than they meant. */
export function refuseFolded(row: IncidentRow): void {
  if (row.folded_into === null) return
  throw new RespondError('ERR_INCIDENT_FOLDED', `incident \`${row.id}\` is part of \`${row.folded_into}\` since`, {
    hint: `look at \`${row.folded_into}\`, and ask it of that one`,
  })
}
