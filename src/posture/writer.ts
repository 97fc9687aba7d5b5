import type { EntityId, FindingId, TenantId } from '#model'
import { command, handler, type Tx, type WriterModule } from '#store'

import { PostureError } from './error.ts'

/** What somebody decided about one finding. `owner`: who answers for it; `by`: the user who said so. */
export type NewException = {
  finding: FindingId
  kind: string
  on: EntityId
  owner: string
  reason: string
  /** From this moment on the finding is back. */
  untilMs: number
  by: string
  atMs: number
}

export type ExceptionRow = {
  number: number
  finding: FindingId
  kind: string
  on_entity: EntityId
  owner: string
  reason: string
  until_ms: number
  by_user: string
  at_ms: number
  lifted_ms: number | null
  lifted_by: string | null
}

/** Exceptions of one tenant in force at a time: all of them are read for a list of findings. */
export const exceptionsInForceMax = 10_000
/** With those that ended, which stay. */
export const exceptionsKeptMax = 100_000

/**
 * Sets a finding apart. ERR_POSTURE_EXCEPTED where one is in force already: nobody prolongs another's decision unseen.
 * ERR_POSTURE_FULL rather than forget one. Gives its number within the tenant.
 */
export const addException = command<{ tenant: TenantId; exception: NewException }, number>('posture.except')
/** Ends the one in force before its time; its row stays. ERR_POSTURE_UNKNOWN where there is none. */
export const liftException = command<{ tenant: TenantId; finding: string; by: string; atMs: number }, null>(
  'posture.unexcept',
)

/** In force at a moment: not lifted, and not yet at its end. Expiry is no write, so that no missed one keeps a finding away. */
export const inForce = 'lifted_ms IS NULL AND until_ms > ?'

export const postureWriter: WriterModule = {
  name: 'posture',
  migrations: [
    `CREATE TABLE posture_exception (tenant TEXT NOT NULL, number INTEGER NOT NULL, finding TEXT NOT NULL,
       kind TEXT NOT NULL, on_entity TEXT NOT NULL, owner TEXT NOT NULL, reason TEXT NOT NULL, until_ms INTEGER NOT NULL,
       by_user TEXT NOT NULL, at_ms INTEGER NOT NULL, lifted_ms INTEGER, lifted_by TEXT,
       PRIMARY KEY (tenant, number)) STRICT;
     CREATE INDEX posture_exception_of ON posture_exception (tenant, finding, until_ms);
     CREATE INDEX posture_exception_until ON posture_exception (tenant, until_ms);`,
  ],
  handlers: [
    handler(addException, (tx, { tenant, exception }) => {
      const { finding, kind, on, owner, reason, untilMs, by, atMs } = exception
      refuseSecond(tx, tenant, finding, atMs)
      const number = placeFor(tx, tenant, atMs)
      tx.run(
        'INSERT INTO posture_exception VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)',
        tenant,
        number,
        finding,
        kind,
        on,
        owner,
        reason,
        untilMs,
        by,
        atMs,
      )
      return number
    }),
    handler(liftException, (tx, { tenant, finding, by, atMs }) => {
      const { changes } = tx.run(
        `UPDATE posture_exception SET lifted_ms = ?, lifted_by = ? WHERE tenant = ? AND finding = ? AND ${inForce}`,
        atMs,
        by,
        tenant,
        finding,
        atMs,
      )
      if (changes === 0)
        throw new PostureError('ERR_POSTURE_UNKNOWN', `no exception of \`${finding}\` is in force`, {
          hint: '`cordon posture exceptions` lists those in force, with --all the ended ones too',
        })
      return null
    }),
  ],
}

function refuseSecond(tx: Tx, tenant: TenantId, finding: FindingId, atMs: number): void {
  const standing = tx.get<{ until_ms: number }>(
    `SELECT until_ms FROM posture_exception WHERE tenant = ? AND finding = ? AND ${inForce}`,
    tenant,
    finding,
    atMs,
  )
  if (standing === undefined) return
  throw new PostureError(
    'ERR_POSTURE_EXCEPTED',
    `\`${finding}\` is excepted already, until ${new Date(standing.until_ms).toISOString()}`,
    { hint: `to decide anew, end that one first: \`cordon posture unexcept ${finding}\`` },
  )
}

/** Rows are never removed, so that the number of the newest counts them all. */
function placeFor(tx: Tx, tenant: TenantId, atMs: number): number {
  const count = (sql: string, ...values: (string | number)[]): number =>
    tx.get<{ n: number }>(`SELECT ${sql}`, ...values)?.n ?? 0
  const kept = count('coalesce(max(number), 0) AS n FROM posture_exception WHERE tenant = ?', tenant)
  const standing = count(`count(*) AS n FROM posture_exception WHERE tenant = ? AND ${inForce}`, tenant, atMs)
  if (standing >= exceptionsInForceMax || kept >= exceptionsKeptMax)
    throw new PostureError(
      'ERR_POSTURE_FULL',
      `there is room for ${exceptionsInForceMax} exceptions in force and ${exceptionsKeptMax} in all`,
      { hint: 'mend what is weak, or lift exceptions that nobody needs' },
    )
  return kept + 1
}
