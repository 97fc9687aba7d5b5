import { parseOwnJson } from '#kit'
import type { EntityId, Finding, TenantId, Urgency } from '#model'
import { command, handler, type Reader, type Tx, type WriterModule } from '#store'

import { RespondError } from './error.ts'
import { personTables, weightTables } from './triage/weights.ts'
import { exceptionFor, triageHandlers, triageTables } from './triage/writer.ts'

export { triggerKey } from './keys.ts'
export { signalSteps } from './triage/weights.ts'

/** Findings that may wait for their incidents; then detection waits, and with it projection, rather than forget one. */
export const findingsWaitingMax = 100_000

/** Findings that are kept to be looked at, the newest; an incident keeps its own besides. */
export const findingsToldMax = 100_000

/** A finding as people see it. `opens`: it opens an incident; others stand in the list alone. */
export type ToldFinding = Pick<Finding, 'id' | 'rule' | 'title' | 'severity' | 'entities' | 'evidence' | 'atMs'> & {
  fromMs: number
  opens: boolean
  /** Its event came later than its source declares. */
  late: boolean
  /** Of a correlation: what its events have in common, by the names of `group-by`. */
  group: Record<string, string>
  /** File and line of its Sigma rule; null: a rule of Cordon's own. */
  place: string | null
  /** Who acted in each of its events: an exception is of one of them. Absent: the first of its entities alone. */
  actors?: readonly EntityId[]
  /** Of a finding that several signals make together: each of them, with its numbers; of a rule that asks, whether it is a habit. */
  reasons?: readonly string[]
  /** Names of those that a verdict on it speaks of. */
  signals?: readonly string[]
  /** The exception it falls under, when it was found: it opens nothing. */
  exception?: string
  /** What its rule says of whether somebody is called; absent: nothing. */
  urgency?: Urgency
}

export type Detected = {
  tenant: TenantId
  /** Those that open incidents. */
  findings: readonly Finding[]
  /** All that people are shown. */
  told?: readonly ToldFinding[]
  /** Until when (ms UTC) the rules that wait for late events have answered; null: not yet. */
  watermarkMs: number | null
}

/** Before the name of a Sigma rule, so that it is told from Cordon's own. */
export const sigmaPrefix = 'sigma.'
export const isSigmaFinding = ({ rule }: Pick<Finding, 'rule'>): boolean => rule.startsWith(sigmaPrefix)

/**
 * What detectors found, in the same submission as the cursor it was found behind: neither is kept without the other. A
 * finding that waits already is not kept twice. ERR_FINDING_FULL when too many wait.
 */
export const keepFindings = command<Detected, null>('finding.keep')
/** Its incident holds it: it waits no more. */
export const findingTaken = command<{ tenant: TenantId; id: Finding['id'] }, null>('finding.taken')

const tables = `
  CREATE TABLE finding_waiting (tenant TEXT NOT NULL, id TEXT NOT NULL, finding TEXT NOT NULL,
    PRIMARY KEY (tenant, id)) STRICT;
  CREATE TABLE finding_watermark (tenant TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (tenant)) STRICT;`

const toldTable = `
  CREATE TABLE finding_told (place INTEGER PRIMARY KEY, tenant TEXT NOT NULL, id TEXT NOT NULL, rule TEXT NOT NULL,
    at_ms INTEGER NOT NULL, finding TEXT NOT NULL, UNIQUE (tenant, id)) STRICT;
  CREATE INDEX finding_told_by_rule ON finding_told (tenant, rule, place);`

/** Like findings: of one rule, about one entity, of one day (UTC). */
export const findingDay = 'at_ms / 86400000'
const likeIndex = `
  ALTER TABLE finding_told ADD COLUMN about TEXT GENERATED ALWAYS AS (json_extract(finding, '$.entities[0]')) VIRTUAL;
  CREATE INDEX finding_told_like ON finding_told (tenant, rule, about, ${findingDay}, place, at_ms);`

export const findingsWriter: WriterModule = {
  name: 'finding',
  migrations: [tables, toldTable, triageTables, likeIndex, weightTables, personTables],
  handlers: [
    handler(keepFindings, (tx, { tenant, findings, told = [], watermarkMs }) => {
      const excepted = new Set<string>()
      for (const one of told) {
        const exception = exceptionFor(tx, tenant, one)
        if (exception !== undefined) excepted.add(one.id)
        tell(tx, tenant, exception === undefined ? one : { ...one, opens: false, exception })
      }
      if (told.length > 0) forgetOldest(tx, tenant)
      if (findings.length > 0 && countOf(tx, tenant) + findings.length > findingsWaitingMax) {
        throw new RespondError('ERR_FINDING_FULL', `${findingsWaitingMax} findings wait for their incidents`, {
          hint: 'the log of core says why incidents are not opened',
          retryable: true,
        })
      }
      for (const finding of findings) {
        if (excepted.has(finding.id)) continue
        tx.run('INSERT OR IGNORE INTO finding_waiting VALUES (?, ?, ?)', tenant, finding.id, JSON.stringify(finding))
      }
      if (watermarkMs !== null) {
        tx.run(
          `INSERT INTO finding_watermark VALUES (?, ?)
           ON CONFLICT (tenant) DO UPDATE SET at_ms = max(at_ms, excluded.at_ms)`,
          tenant,
          Math.floor(watermarkMs),
        )
      }
      return null
    }),
    ...triageHandlers,
    handler(findingTaken, (tx, { tenant, id }) => {
      tx.run('DELETE FROM finding_waiting WHERE tenant = ? AND id = ?', tenant, id)
      return null
    }),
  ],
}

function tell(tx: Tx, tenant: TenantId, told: ToldFinding): void {
  tx.run(
    'INSERT OR IGNORE INTO finding_told (tenant, id, rule, at_ms, finding) VALUES (?, ?, ?, ?, ?)',
    tenant,
    told.id,
    told.rule,
    Math.floor(told.atMs),
    JSON.stringify(told),
  )
}

/** By place: numbers are given in order, so that far behind the newest one lie the oldest. */
function forgetOldest(tx: Tx, tenant: TenantId): void {
  tx.run(
    `DELETE FROM finding_told WHERE tenant = ? AND place <= (SELECT max(place) FROM finding_told WHERE tenant = ?) - ?`,
    tenant,
    tenant,
    findingsToldMax,
  )
}

const countOf = (store: Pick<Reader, 'get'>, tenant: TenantId): number =>
  store.get<{ n: number }>('SELECT count(*) AS n FROM finding_waiting WHERE tenant = ?', tenant)?.n ?? 0

/** A page of those that wait, oldest first. */
export function waitingFindings(
  reader: Reader,
  tenant: TenantId,
  afterPlace: number,
  findingsMax: number,
): { place: number; finding: Finding }[] {
  return reader
    .all<{ place: number; finding: string }>(
      `SELECT rowid AS place, finding FROM finding_waiting WHERE tenant = ? AND rowid > ? ORDER BY rowid LIMIT ?`,
      tenant,
      afterPlace,
      findingsMax,
    )
    .map(({ place, finding }) => ({ place, finding: parseOwnJson<Finding>(finding) }))
}

/** Until when detection had answered when it was last kept; undefined before the first time. */
export const detectedUntil = (reader: Reader, tenant: TenantId): number | undefined =>
  reader.get<{ at_ms: number }>('SELECT at_ms FROM finding_watermark WHERE tenant = ?', tenant)?.at_ms
