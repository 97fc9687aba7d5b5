import { CordonError, crashPoint, systemRandom, type RandomBytes } from '#kit'
import type { TenantId } from '#model'
import { StoreError, type Command, type Reader, type Writer } from '#store'
import type { LogKeys } from '#vault'

import { LogError } from './error.ts'
import { idMarks } from './id-window.ts'
import { dayOf, dedupeKey, KeyCache, type LogKey } from './keys.ts'
import { openLogReader, type LogReader } from './log-reader.ts'
import { expireDays } from './retention.ts'
import { sealSegment } from './segment.ts'
import type { AppendAck, AppendBatch, EventLog } from './types.ts'
import { appendBatch, type LogKeyRow, type SealedBatch } from './writer.ts'

export const batchEventsMax = 10_000
/** UTF-16 units of raw text in one batch. */
export const batchUnitsMax = 32 * 1024 * 1024

/** Batches under way at once: what bounds the memory they hold. */
export const appendsWaitingMax = 1_000

export type OpenEventLog = {
  writer: Writer
  reader: Reader
  keys: LogKeys
  random?: RandomBytes
  /** Offsets that retention must keep; none when left out. */
  held?: (tenant: TenantId) => Promise<readonly number[]>
  /** Called after an expiry, to cut the write-ahead log: deleted keys may still lie in it (`truncateWal` of #store). */
  afterExpire?: () => void
}

/**
 * The log as core's main thread holds it: it marks, compresses (on a pool thread) and seals, W numbers and stores.
 * Batches of one log reach W in the order of the calls, so a source's cursor never runs backwards.
 */
export function openEventLog(options: OpenEventLog): EventLog & LogReader {
  const { writer, reader, keys, random = systemRandom } = options
  const cache = new KeyCache(reader, keys)
  const dedupeKeys = new Map<TenantId, Promise<string>>()
  const dayKeys = new Map<string, LogKey & { row?: LogKeyRow }>()
  let turn: Promise<unknown> = Promise.resolve()
  let waiting = 0

  const dedupeKeyOf = (tenant: TenantId): Promise<string> => {
    let key = dedupeKeys.get(tenant)
    if (key === undefined) {
      key = dedupeKey(cache, writer, tenant, random)
      dedupeKeys.set(tenant, key)
      key.catch(() => dedupeKeys.delete(tenant))
    }
    return key
  }

  const dayKey = (tenant: TenantId, day: string): LogKey & { row?: LogKeyRow } => {
    const place = `${tenant} ${day}`
    let key = dayKeys.get(place)
    if (key === undefined) {
      for (const old of dayKeys.keys()) if (old.startsWith(`${tenant} `) && old < place) dayKeys.delete(old)
      key = cache.newest(tenant, day, 'day') ?? cache.create(tenant, day, 'day', random)
      dayKeys.set(place, key)
    }
    return key
  }

  const seal = async (batch: AppendBatch): Promise<SealedBatch> => {
    const { tenant, source, arrivedAtMs, events } = batch
    const key = dayKey(tenant, dayOf(arrivedAtMs))
    const body = await sealSegment(events, key.key, { tenant, keyId: key.id, source, arrivedAtMs }, random)
    return {
      tenant,
      source,
      arrivedAtMs,
      keyId: key.id,
      count: events.length,
      marks: idMarks(events, await dedupeKeyOf(tenant)),
      body,
      ...(key.row === undefined ? {} : { newKey: key.row }),
      ...(batch.cursor === undefined ? {} : { cursor: batch.cursor }),
    }
  }

  const submit = async (
    batch: AppendBatch,
    sealed: SealedBatch,
    also: readonly Command<unknown>[],
  ): Promise<AppendAck> => {
    const place = `${batch.tenant} ${dayOf(batch.arrivedAtMs)}`
    try {
      const [ack] = await writer.submit(appendBatch(sealed), ...also)
      const key = dayKeys.get(place)
      if (key?.id === sealed.keyId && ack.appended > 0) dayKeys.set(place, { id: key.id, key: key.key })
      return ack
    } catch (error) {
      if (!(error instanceof CordonError) || error.code !== 'ERR_LOG_KEY_GONE') throw error
      dayKeys.delete(place)
      const [ack] = await writer.submit(appendBatch(await seal(batch)), ...also)
      return ack
    }
  }

  return {
    ...openLogReader({ reader, keys }),
    async append(batch, also = []) {
      checkBounds(batch)
      if (waiting >= appendsWaitingMax) throw tooMany()
      waiting++
      const sealing = seal(batch)
      sealing.catch(() => undefined)
      const mine = turn.then(async () => {
        const sealed = await sealing
        return { ack: submit(batch, sealed, also) }
      })
      turn = mine.catch(() => undefined)
      try {
        const { ack } = await mine
        const result = await ack
        crashPoint('log.before-ack')
        return result
      } finally {
        waiting--
      }
    },
    async expire(tenant, beforeDay) {
      const held = options.held ?? (() => Promise.resolve([]))
      const done = await expireDays({ reader, writer, keys, random, held }, tenant, beforeDay)
      options.afterExpire?.()
      return done
    },
  }
}

function checkBounds({ events }: AppendBatch): void {
  let units = 0
  for (const event of events) units += event.raw.length
  if (events.length <= batchEventsMax && units <= batchUnitsMax) return
  throw new LogError(
    'ERR_LOG_BATCH',
    `a batch of ${events.length} events and ${units} characters is over ${batchEventsMax} events or ${batchUnitsMax} characters`,
    { hint: 'send it in smaller parts' },
  )
}

const tooMany = (): StoreError =>
  new StoreError('ERR_STORE_BUSY', `${appendsWaitingMax} batches are already waiting`, {
    hint: 'send again after a second',
    retryable: true,
  })
