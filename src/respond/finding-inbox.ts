import { parseOwnJson } from '#kit'
import type { Finding, TenantId } from '#model'
import { command, handler, type Reader, type WriterModule } from '#store'

import { RespondError } from './error.ts'

/** Findings that may wait for their incidents; then detection waits, and with it projection, rather than forget one. */
export const findingsWaitingMax = 100_000

export type Detected = {
  tenant: TenantId
  findings: readonly Finding[]
  /** Until when (ms UTC) the rules that wait for late events have answered; null: not yet. */
  watermarkMs: number | null
}

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

export const findingsWriter: WriterModule = {
  name: 'finding',
  migrations: [tables],
  handlers: [
    handler(keepFindings, (tx, { tenant, findings, watermarkMs }) => {
      if (findings.length > 0 && countOf(tx, tenant) + findings.length > findingsWaitingMax) {
        throw new RespondError('ERR_FINDING_FULL', `${findingsWaitingMax} findings wait for their incidents`, {
          hint: 'the log of core says why incidents are not opened',
          retryable: true,
        })
      }
      for (const finding of findings) {
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
    handler(findingTaken, (tx, { tenant, id }) => {
      tx.run('DELETE FROM finding_waiting WHERE tenant = ? AND id = ?', tenant, id)
      return null
    }),
  ],
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
