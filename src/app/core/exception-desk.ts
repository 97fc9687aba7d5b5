import { formatTime, type Clock } from '#kit'
import type { FindingId, TenantId } from '#model'
import {
  addException,
  exceptionDaysMax,
  exceptionsInForce,
  exceptionsPage,
  liftException,
  PostureError,
  type PostureException,
  type PostureFinding,
} from '#posture'
import type { PostureDesk, ReceiptOf } from '#api'
import type { BodyOf, QueryOf } from '#api/contract'
import type { Reader, Writer } from '#store'

const dayMs = 86_400_000

export type ExceptionParts = {
  tenant: TenantId
  clock: Clock
  reader: Reader
  writer: Pick<Writer, 'submit'>
  receipt: ReceiptOf
}
export type ExceptionDesk = ReturnType<typeof createExceptionDesk>

/**
 * Findings that somebody answers for until a day. Every decision is a leaf of the ledger in the same submission: who hides
 * a weakness leaves a trace, and its owner and reason, which name people, are sealed there.
 */
export function createExceptionDesk({ tenant, clock, reader, writer, receipt }: ExceptionParts) {
  return {
    inForce: (): ReadonlyMap<FindingId, PostureException> => exceptionsInForce(reader, tenant, clock.nowMs()),
    page(query: QueryOf<'posture.exceptions'>): Awaited<ReturnType<PostureDesk['exceptions']>> {
      const atMs = clock.nowMs()
      return { atMs, ...exceptionsPage(reader, tenant, { atMs, ...query, before: query.before }) }
    },
    async add({ id: finding, kind, on }: PostureFinding, body: BodyOf<'posture.except'>, by: string): Promise<void> {
      const atMs = clock.nowMs()
      const { owner, reason, untilMs } = body
      refuseUntil(untilMs, atMs)
      await writer.submit(
        addException({ tenant, exception: { finding, kind, on, owner, reason, untilMs, by, atMs } }),
        receipt('posture.excepted', { finding, kind, untilMs }, { by, owner, reason }),
      )
    },
    async lift(finding: string, by: string): Promise<void> {
      await writer.submit(
        liftException({ tenant, finding, by, atMs: clock.nowMs() }),
        receipt('posture.unexcepted', { finding }, { by }),
      )
    },
  }
}

function refuseUntil(untilMs: number, atMs: number): void {
  const lastMs = atMs + exceptionDaysMax * dayMs
  if (untilMs > atMs && untilMs <= lastMs) return
  throw new PostureError(
    'ERR_POSTURE_UNTIL',
    untilMs <= atMs ? 'an exception ends in the future' : `an exception lasts at most ${exceptionDaysMax} days`,
    { place: 'untilMs', hint: `name a time after ${formatTime(atMs)}, up to ${formatTime(lastMs)}` },
  )
}
