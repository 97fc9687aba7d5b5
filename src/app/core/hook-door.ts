import type { Clock } from '#kit'
import type { TenantId } from '#model'
import {
  challengeOf,
  hookSecrets,
  IntakeError,
  intakeOf,
  readClaim,
  readUpload,
  unsigned,
  verifyHook,
  type HookHeader,
  type Source,
  type Tally,
  type Upload,
} from '#sources'
import type { OpenHook } from '#api'

import type { Registered } from '../connectors.ts'
import type { Feed } from './feed.ts'
import type { IntakeDesk } from './intake-desk.ts'

export type HookDoorParts = {
  tenant: TenantId
  clock: Clock
  feed: Feed
  scrub: (json: string) => string
  find: (source: string) => Source | undefined
  registered: (connector: string) => Pick<Registered, 'intake'>
  intake: Pick<IntakeDesk, 'tally' | 'secrets'>
}

/**
 * Webhooks, from the first header to the acknowledgement. What the log has not synced is not acknowledged; a call that
 * comes again gives its events the same ids, and the log drops what it has: its window of the last half million ids is the
 * replay memory, and outlives a restart.
 */
export const createHookDoor =
  (parts: HookDoorParts) =>
  async (id: string, header: HookHeader): Promise<OpenHook> => {
    const { tenant, clock, intake } = parts
    const source = parts.find(id)
    const way = intakeOf(source?.config)
    const stream = source === undefined ? undefined : parts.registered(source.connector).intake?.stream
    if (source === undefined || source.authority === null || way?.kind !== 'webhook' || stream === undefined) {
      throw unsigned('there is no such source, or it takes no webhooks')
    }
    const style = way.signature
    const tally = intake.tally(id, stream)
    const counting = noting(tally, clock)
    const claim = await counting(async () => readClaim(style, header))
    return {
      take: (body, contentType) =>
        counting(async () => {
          const lent = await intake.secrets(source)
          const nowMs = clock.nowMs()
          const batch = verifyHook(style, claim, body, hookSecrets(lent, nowMs), nowMs)
          const challenge = style === 'slack' ? challengeOf(body) : undefined
          if (challenge !== undefined) return { challenge }
          const upload = await readUpload(body, {
            tenant,
            source: id,
            stream,
            batch,
            partial: 'reject',
            nowMs,
            scrub: parts.scrub,
            ...(contentType === undefined ? {} : { contentType }),
          })
          refuseBad(upload)
          if (upload.events.length === 0) return { accepted: 0, duplicates: 0 }
          const ack = await parts.feed({ tenant, source: id, arrivedAtMs: nowMs, events: upload.events })
          tally.noteEvent(nowMs)
          return { accepted: ack.appended, duplicates: ack.duplicates }
        }),
    }
  }

/** Whoever looks at the source's health sees what was turned away and why; the caller may not be told as much. */
const noting =
  (tally: Tally, clock: Clock) =>
  async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (error instanceof IntakeError) {
        const why = error.cause instanceof Error ? error.cause.message : error.message
        tally.noteRefused(why, error.place ?? 'call', clock.nowMs())
      }
      throw error
    }
  }

/** A call is taken whole or not at all: its sender sends all of it again. */
function refuseBad({ bad: [first] }: Upload): void {
  if (first === undefined) return
  throw new IntakeError('ERR_INTAKE_LINES', `the call holds what is no record: ${first.reason}`, {
    place: `line ${first.line}, column ${first.column}`,
    hint: 'send one JSON object, a list of them, or one a line',
  })
}
