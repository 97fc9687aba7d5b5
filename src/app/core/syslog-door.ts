import { randomUUID } from 'node:crypto'

import { backoffMs, toErrorRecord, whyUnreachable, type Backoff, type Clock } from '#kit'
import type { RawEvent, SourceId, TenantId } from '#model'
import {
  eventId,
  hostAndPort,
  intakeOf,
  listenForSyslog,
  recordOf,
  tlsOf,
  type IntakeOf,
  type Source,
  type SyslogServer,
} from '#sources'

import type { Registered } from '../connectors.ts'
import type { Feed } from './feed.ts'
import type { IntakeDesk } from './intake-desk.ts'

export type SyslogDoorParts = {
  tenant: TenantId
  clock: Clock
  feed: Feed
  scrub: (json: string) => string
  sources: () => readonly Source[]
  registered: (connector: string) => Pick<Registered, 'intake'>
  intake: Pick<IntakeDesk, 'tally' | 'secrets'>
}
type Wanted = { source: Source; stream: string; way: IntakeOf<'syslog'> }
type Open = { revision: number; server: SyslogServer }
/** A batch that the store does not take now waits, and its sender with it. */
const retry: Backoff = { firstMs: 100, maxMs: 5_000, attemptsMax: Number.MAX_SAFE_INTEGER }

/** Listeners of the sources that take syslog: opened, renewed and closed as the sources change. */
export function createSyslogDoor(parts: SyslogDoorParts): {
  run(): Promise<void>
  portOf(source: SourceId): number | undefined
  close(): Promise<void>
} {
  const { tenant, clock, intake } = parts
  const open = new Map<SourceId, Open>()
  let isClosed = false

  const appendSurely = async (source: SourceId, events: RawEvent[]): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      try {
        await parts.feed({ tenant, source, arrivedAtMs: clock.nowMs(), events })
        return
      } catch (error) {
        if (isClosed || toErrorRecord(error).retryable !== true) throw error
        await clock.sleep(backoffMs(retry, Math.min(attempt, 30), 0.5))
      }
    }
  }

  const listen = async ({ source, stream, way }: Wanted): Promise<SyslogServer> => {
    const tally = intake.tally(source.id, stream)
    // Messages that do not tell themselves apart are named by this run, their connection and their place in it.
    const run = randomUUID().slice(0, 8)
    let count = 0
    return listenForSyslog({
      ...hostAndPort(way),
      tls: tlsOf(way, await intake.secrets(source)),
      framing: way.framing,
      clock,
      refuse: (reason, place) => tally.noteRefused(reason, place, clock.nowMs()),
      take: async (messages, connection) => {
        const events = messages.flatMap((bytes): RawEvent[] => {
          const record = recordOf(bytes, way.message, `${run}/${connection}/${++count}`, clock.nowMs())
          if ('reason' in record) {
            tally.noteRefused(record.reason, `message ${count}, column ${record.column}`, clock.nowMs())
            return []
          }
          const id = eventId(tenant, source.id, stream, record.native)
          return [{ id, stream, eventAtMs: record.eventAtMs, raw: parts.scrub(record.text) }]
        })
        if (events.length === 0) return
        await appendSurely(source.id, events)
        tally.noteEvent(clock.nowMs())
      },
    })
  }

  const attend = async (wanted: Wanted): Promise<void> => {
    const { source, stream, way } = wanted
    const tally = intake.tally(source.id, stream)
    const known = open.get(source.id)
    if (known?.revision === source.revision) return
    try {
      if (known === undefined) {
        const server = await listen(wanted)
        if (isClosed) return await server.close()
        open.set(source.id, { revision: source.revision, server })
      } else {
        known.server.renew(tlsOf(way, await intake.secrets(source)))
        known.revision = source.revision
      }
      tally.fault = null
    } catch (error) {
      tally.fault = `does not listen${whyNot(error)}`
    }
  }

  return {
    portOf: (source) => open.get(source)?.server.port,
    async run() {
      const wanted = parts.sources().flatMap((source): Wanted[] => {
        const way = intakeOf(source.config)
        // Asked last: looking a connector up loads it.
        if (source.authority === null || way?.kind !== 'syslog') return []
        const stream = parts.registered(source.connector).intake?.stream
        return stream === undefined ? [] : [{ source, stream, way }]
      })
      for (const [id, { server }] of open) {
        if (wanted.some(({ source }) => source.id === id)) continue
        open.delete(id)
        await server.close()
      }
      for (const one of wanted) await attend(one)
    },
    async close() {
      isClosed = true
      await Promise.all([...open.values()].map(({ server }) => server.close()))
    },
  }
}

/** Of our own errors the message; of the system's the code. */
function whyNot(error: unknown): string {
  const { code, message } = toErrorRecord(error)
  return code === 'ERR_INTERNAL' ? whyUnreachable(error) : `: ${message}`
}
