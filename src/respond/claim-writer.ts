import { parseOwnJson } from '#kit'
import type { Action, EntityId, Errand, IncidentId, TenantId } from '#model'
import { handler, type Handler, type Tx } from '#store'

import {
  capPerVerbMax,
  capWindowMs,
  claimHoldMs,
  claimMax,
  fencesPerEpoch,
  sourceClaimsMax,
  type Claiming,
} from './claiming.ts'
import { claimActions } from './commands.ts'
import { killersOf } from './death.ts'
import type { Journal } from './journal.ts'
import { letGo, move, tellAction } from './moves.ts'
import { holdsBack, type Hold, type Ordered } from './precedence.ts'
import {
  fenceEpoch,
  isStopped,
  needIncident,
  servesOf,
  startsOfVerb,
  stepColumns,
  toAction,
  type ActionRow,
  type StepRow,
} from './rows.ts'

/** Rows looked at for one claim; the rest come with the next one. Most claims are for a few: they are read by the page. */
const candidatesMax = 256
const pageRows = 32
const rechecksLookedAtMax = 512

export const claimHandlers = (journal: Journal): Handler[] => [
  handler(claimActions, (tx, args) => {
    startHoldsOver(tx, args)
    const claim = new Claim(tx, journal, args)
    for (const row of running(tx, args, claim.saturated())) claim.take(row, errandOf(row))
    for (const row of claim.isFull ? [] : approved(tx, journal, args, claim.saturated)) {
      claim.take(row, 'apply')
      if (claim.isFull) break
    }
    for (const row of claim.isFull ? [] : dueRechecks(tx, args, claim.saturated())) claim.take(row, 'recheck')
    return claim.taken
  }),
]

/** Monotonic times of an earlier boot mean nothing: their holds begin anew, at full length. */
function startHoldsOver(tx: Tx, { boot, monoMs }: Claiming): void {
  tx.run(
    `UPDATE action SET held_boot = ?, held_until_ms = ? + held_for_ms
     WHERE state IN ('approved', 'executing', 'applied', 'probing', 'contained', 'unknown', 'undo-executing')
       AND held_until_ms > 0 AND held_boot <> ?`,
    boot,
    monoMs,
    boot,
  )
}

/** Sources of which hands hold enough: a JSON list of `tenant source`. Their steps could not be taken, and hide others'. */
type Saturated = string
const hasRoom = `(a.source IS NULL OR a.tenant || ' ' || a.source NOT IN (SELECT value FROM json_each(?)))`

const running = (tx: Tx, { monoMs }: Claiming, saturated: Saturated): ActionRow[] =>
  tx.all<ActionRow>(
    `SELECT a.* FROM action a WHERE a.state IN ('executing', 'applied', 'probing', 'undo-executing')
       AND a.held_until_ms <= ? AND ${hasRoom} ORDER BY a.held_until_ms, a.approved_at_ms LIMIT ?`,
    monoMs,
    saturated,
    candidatesMax,
  )

/** Of those due longest: thousands may be due at once, and most of a source that is full by now. */
const dueRechecks = (tx: Tx, { monoMs, atMs }: Claiming, saturated: Saturated): ActionRow[] =>
  tx.all<ActionRow>(
    `SELECT a.* FROM (SELECT * FROM recheck WHERE next_at_ms <= ? ORDER BY next_at_ms LIMIT ${rechecksLookedAtMax}) r
       JOIN action a ON a.tenant = r.tenant AND a.id = r.action
     WHERE a.state IN ('contained', 'unknown') AND a.held_until_ms <= ? AND ${hasRoom} ORDER BY r.next_at_ms LIMIT ?`,
    atMs,
    monoMs,
    saturated,
    claimMax,
  )

function errandOf(row: ActionRow): Errand {
  if (row.state === 'executing') return 'reconcile'
  if (row.state === 'undo-executing') return row.undo_attempts > 0 ? 'undo-reconcile' : 'undo'
  return 'probe'
}

/**
 * Approved steps whose earlier phases let them go: incident by incident, whoever waits longest first; first phases first.
 * What was taken meanwhile counts: thousands of steps of a source that is full by now are not looked at.
 */
function* approved(tx: Tx, journal: Journal, args: Claiming, saturated: () => Saturated): Iterable<ActionRow> {
  const seen = new Set<string>()
  for (const { tenant, incident } of waitingIncidents(tx, args, saturated)) {
    const isNew = !seen.has(`${tenant} ${incident}`)
    seen.add(`${tenant} ${incident}`)
    if (!isNew || isStopped(tx, tenant) || needIncident(tx, tenant, incident).state === 'closed') continue
    yield* stepsOf(tx, journal, { ...args, tenant, incident }, saturated)
  }
}

type Waiting = { tenant: TenantId; incident: IncidentId }

/**
 * The incidents that intended the approved steps first, each by a look-up; then, while a source with room still has any,
 * all, which reads every approved step: those that joined a step of another incident are found so.
 */
function* waitingIncidents(tx: Tx, { monoMs }: Claiming, saturated: () => Saturated): Iterable<Waiting> {
  type Place = Waiting & { approvedAtMs: number }
  let last: { tenant: string; incident: string; approvedAtMs: number } = { tenant: '', incident: '', approvedAtMs: -1 }
  for (let looked = 0; looked < candidatesMax && anyWaits(tx, saturated()); looked++) {
    const next = tx.get<Place>(
      `SELECT tenant, incident, approved_at_ms AS approvedAtMs FROM action a INDEXED BY action_approved
       WHERE state = 'approved' AND (approved_at_ms, tenant, incident) > (?, ?, ?) AND held_until_ms <= ? AND ${hasRoom}
       ORDER BY approved_at_ms, tenant, incident LIMIT 1`,
      last.approvedAtMs,
      last.tenant,
      last.incident,
      monoMs,
      saturated(),
    )
    if (next === undefined) break
    yield next
    last = next
  }
  if (!anyWaits(tx, saturated())) return
  yield* tx.all<Waiting>(
    `SELECT s.tenant, s.incident FROM action a JOIN action_incident s ON s.tenant = a.tenant AND s.action = a.id
     WHERE a.state = 'approved' AND a.held_until_ms <= ? AND ${hasRoom} AND s.is_current = 1 AND s.level IS NOT NULL
     GROUP BY s.tenant, s.incident ORDER BY min(a.approved_at_ms), s.incident LIMIT ?`,
    monoMs,
    saturated(),
    candidatesMax,
  )
}

/** Whether a source with room has an approved step: source by source, however many steps it has. */
function anyWaits(tx: Tx, saturated: Saturated): boolean {
  const full = new Set(parseOwnJson<string[]>(saturated))
  for (let last = ''; ;) {
    const next = tx.get<{ source: string }>(
      `SELECT tenant || ' ' || coalesce(source, '') AS source FROM action INDEXED BY action_approved_source
       WHERE state = 'approved' AND tenant || ' ' || coalesce(source, '') > ? ORDER BY 1 LIMIT 1`,
      last,
    )
    if (next === undefined) return false
    if (!full.has(next.source)) return true
    last = next.source
  }
}

type Standing = Claiming & Waiting

function* stepsOf(tx: Tx, journal: Journal, args: Standing, saturated: () => Saturated): Iterable<ActionRow> {
  const { tenant, incident } = args
  let earlier: OpenSteps = { ofAll: [], of: new Map(), every: [] }
  let readTo = -1
  for (const steps of pagesOf(tx, args, saturated)) {
    // Pages go on in the order of phases: what comes before is read again only where one goes further.
    const phase = steps.at(-1)?.phase_no ?? readTo
    if (phase > readTo) earlier = openSteps(tx, tenant, incident, phase)
    readTo = phase
    for (const step of steps) {
      const hold = holdOf(step, earlier, args)
      if (hold === 'holds' || (step.phase === 'release' && !isReleasable(tx, step))) continue
      if (hold === 'waived') waiveIsolation(tx, journal, tenant, incident, args.atMs)
      yield step
    }
  }
}

type Page = StepRow & { row: number }

/** What was taken from one page drops out of the next: pages go on behind the last row, not by count. */
function* pagesOf(tx: Tx, { tenant, incident, monoMs }: Standing, saturated: () => Saturated): Iterable<Page[]> {
  let [phase, row] = [-1, -1]
  for (let looked = 0; looked < candidatesMax; looked += pageRows) {
    const steps = tx.all<Page>(
      `SELECT s.rowid AS row, ${stepColumns} WHERE s.tenant = ? AND s.incident = ? AND s.is_current = 1
         AND s.level IS NOT NULL AND a.state = 'approved' AND a.held_until_ms <= ? AND ${hasRoom}
         AND (s.phase_no, s.rowid) > (?, ?) ORDER BY s.phase_no, s.rowid LIMIT ?`,
      tenant,
      incident,
      monoMs,
      saturated(),
      phase,
      row,
      pageRows,
    )
    const last = steps.at(-1)
    if (last === undefined) return
    yield steps
    phase = last.phase_no
    row = last.row
    if (steps.length < pageRows) return
  }
}

const ordered = (row: StepRow): Ordered => ({
  phase: row.phase,
  state: row.state,
  proposedAtMs: row.proposed_at_ms,
  approvedAtMs: row.approved_at_ms,
  startedAtMs: row.started_at_ms,
  serves: new Set(servesOf(row)),
})

/** Open steps of an incident: those about everything, and of each credential those about it. */
type OpenSteps = { ofAll: Ordered[]; of: Map<EntityId, Ordered[]>; every: Ordered[] }

function openSteps(tx: Tx, tenant: TenantId, incident: IncidentId, beforePhase: number): OpenSteps {
  const every = tx
    .all<StepRow>(
      `SELECT ${stepColumns} WHERE s.tenant = ? AND s.incident = ? AND s.is_current = 1 AND s.level IS NOT NULL
         AND s.phase_no < ? AND a.state NOT IN ('contained', 'failed', 'unknown', 'undone')`,
      tenant,
      incident,
      beforePhase,
    )
    .map(ordered)
  const of = new Map<EntityId, Ordered[]>()
  for (const step of every) {
    for (const entity of step.serves) {
      const known = of.get(entity)
      if (known === undefined) of.set(entity, [step])
      else known.push(step)
    }
  }
  return { ofAll: every.filter(({ phase, serves }) => phase === 'isolate' || serves.size === 0), of, every }
}

/** Only what is about everything, or about a credential of this step's, can hold it back: see `holdsBack`. */
function holdOf(step: StepRow, { ofAll, of, every }: OpenSteps, { atMs, isolation }: Claiming): Hold {
  const later = ordered(step)
  const near = later.serves.size === 0 ? every : [...ofAll, ...[...later.serves].flatMap((one) => of.get(one) ?? [])]
  let hold: Hold = 'free'
  for (const other of near) {
    const one = holdsBack(other, later, atMs, isolation)
    if (one === 'holds') return 'holds'
    if (one === 'waived') hold = 'waived'
  }
  return hold
}

/** A deny is let go only when everything behind it is proven dead by something other than that deny. */
function isReleasable(tx: Tx, step: StepRow): boolean {
  return servesOf(step).every((entity: EntityId) => {
    const killers = killersOf(tx, step.tenant, step.step_incident, entity).filter(
      (row) => row.phase !== 'deny' && row.is_current === 1,
    )
    return killers.length > 0 && killers.every((row) => row.state === 'contained')
  })
}

function waiveIsolation(tx: Tx, journal: Journal, tenant: TenantId, incident: IncidentId, atMs: number): void {
  const { changes } = tx.run(
    'UPDATE incident SET isolation_waived_at_ms = ? WHERE tenant = ? AND id = ? AND isolation_waived_at_ms IS NULL',
    atMs,
    tenant,
    incident,
  )
  if (changes === 1) journal(tx, tenant, 'isolation.waived', atMs, { incident })
}

/** Hands out rows one by one, within the bounds of the claim, and only what the code before policy lets pass. */
class Claim {
  readonly taken: Action[] = []
  readonly #tx: Tx
  readonly #journal: Journal
  readonly #args: Claiming
  readonly #bySource = new Map<string, number>()
  readonly #seen = new Set<string>()

  constructor(tx: Tx, journal: Journal, args: Claiming) {
    this.#tx = tx
    this.#journal = journal
    this.#args = args
    const leases = tx.all<{ tenant: string; source: string | null; n: number }>(
      `SELECT tenant, source, count(*) AS n FROM action WHERE state IN
         ('approved', 'executing', 'applied', 'probing', 'contained', 'unknown', 'undo-executing')
         AND held_until_ms > ? AND worker IS NOT NULL GROUP BY tenant, source`,
      args.monoMs,
    )
    for (const { tenant, source, n } of leases) this.#bySource.set(`${tenant} ${source}`, n)
  }

  readonly saturated = (): Saturated =>
    JSON.stringify([...this.#bySource].flatMap(([source, leased]) => (leased >= sourceClaimsMax ? [source] : [])))

  get isFull(): boolean {
    return this.taken.length >= Math.min(this.#args.max, claimMax)
  }

  take(row: ActionRow, wanted: Errand): void {
    const { worker, boot, monoMs, leaseMs } = this.#args
    const source = `${row.tenant} ${row.source}`
    const leased = this.#bySource.get(source) ?? 0
    if (this.isFull || leased >= sourceClaimsMax || this.#seen.has(row.id)) return
    this.#seen.add(row.id)
    if (!this.#passes(row, wanted)) return
    const isFirst = wanted === 'apply' && row.attempts === 0 && row.reads_back_first === 0
    const errand = wanted === 'apply' && !isFirst ? 'reconcile' : wanted
    const fence = Math.max(row.fence, fenceEpoch(this.#tx) * fencesPerEpoch) + 1
    const heldMs = errand === 'apply' ? Math.min(leaseMs, claimHoldMs) : leaseMs
    this.#tx.run(
      `UPDATE action SET fence = ?, worker = ?, errand = ?, held_boot = ?, held_until_ms = ?, held_for_ms = ?, lease_ms = ?,
         started_at_ms = coalesce(started_at_ms, ?) WHERE tenant = ? AND id = ?`,
      fence,
      worker,
      errand,
      boot,
      monoMs + heldMs,
      heldMs,
      leaseMs,
      this.#args.atMs,
      row.tenant,
      row.id,
    )
    this.#bySource.set(source, leased + 1)
    row.started_at_ms ??= this.#args.atMs
    const step = this.#tx.get<StepRow>(
      `SELECT ${stepColumns} WHERE s.tenant = ? AND s.action = ? ORDER BY s.is_current DESC, s.incident LIMIT 1`,
      row.tenant,
      row.id,
    )
    this.taken.push({ ...toAction(row, step === undefined ? [] : servesOf(step)), fence, errand })
  }

  /** INVARIANT 4, at the last moment before hands: protected targets, the global stop, expired approvals, the cap. */
  #passes(row: ActionRow, errand: Errand): boolean {
    const { atMs } = this.#args
    const acts = errand === 'apply' || errand === 'reconcile' || errand === 'undo' || errand === 'undo-reconcile'
    if (!acts) return true
    const known = this.#tx.get<{ why: string }>(
      'SELECT why FROM protected_entity WHERE tenant = ? AND entity = ?',
      row.tenant,
      row.target,
    )
    if (known !== undefined && (errand === 'apply' || errand === 'reconcile')) {
      refuse(this.#tx, this.#journal, row, `code.${known.why}`, `the target is ${spoken[known.why] ?? known.why}`, atMs)
      return false
    }
    // An undo puts back what automation did: a person asks for it, above all while automation is stopped.
    if ((errand === 'apply' || errand === 'reconcile') && isStopped(this.#tx, row.tenant)) return false
    if (errand !== 'apply') return true
    if (row.approved_until_ms !== null && row.approved_until_ms <= atMs) {
      move(this.#tx, row, 'awaiting-approval', { approved_at_ms: null, approved_until_ms: null })
      tellAction(this.#tx, this.#journal, row, 'approval.expired', atMs)
      return false
    }
    if (row.is_automatic === 1 && row.started_at_ms === null && this.#isPastCap(row)) {
      move(this.#tx, row, 'awaiting-approval', { is_automatic: 0, approved_at_ms: null, asks_fresh_after_ms: atMs })
      tellAction(this.#tx, this.#journal, row, 'action.capped', atMs, { cap: capPerVerbMax, windowMs: capWindowMs })
      return false
    }
    return true
  }

  #isPastCap({ tenant, connector, verb }: ActionRow): boolean {
    return startsOfVerb(this.#tx, tenant, connector, verb, this.#args.atMs - capWindowMs) >= capPerVerbMax
  }
}

const spoken: Record<string, string> = {
  'break-glass': 'a break-glass identity',
  own: "Cordon's own identity or credential",
}

/** Also what the desk calls when the estate says so at this very moment. */
export function refuse(tx: Tx, journal: Journal, row: ActionRow, code: string, says: string, atMs: number): void {
  // What was sent already may have landed: that is not known to have failed.
  move(tx, row, row.state === 'executing' ? 'unknown' : 'failed', { last_error: `${code}: ${says}` })
  letGo(tx, row)
  tellAction(tx, journal, row, 'action.refused', atMs, { code })
}
