// The ingest half of core as a program of its own, so that tests can kill it: main seals, W writes, every ack is printed
// after it was given. Arguments: data directory, first batch, number of batches, batches under way at once.
import { writeSync } from 'node:fs'
import { join } from 'node:path'

import { hashId } from '#kit'
import { defaultTenant, type RawEvent } from '#model'
import { openEventLog } from '#log'
import { openReader, startWriter, storeFile } from '#store'

import { logKeysOf } from './log-keys.ts'

export const eventsPerBatch = 20
export const nativeOf = (batch: number, n: number): string => `${batch}/${n}`
export const eventOf = (native: string): RawEvent => ({
  id: hashId('evt', defaultTenant, 'src', 'log', native),
  stream: 'log',
  eventAtMs: 1,
  raw: JSON.stringify({ native, text: 'x'.repeat(200) }),
})
export const batchOf = (batch: number): RawEvent[] =>
  Array.from({ length: eventsPerBatch }, (_, n) => eventOf(nativeOf(batch, n)))

if (import.meta.main) {
  const [dataDir = '', first = '0', count = '0', atOnce = '1'] = process.argv.slice(2)
  const path = join(dataDir, storeFile)
  const writer = await startWriter(new URL('./log-writer-entry.ts', import.meta.url), { path })
  const log = openEventLog({ writer, reader: openReader(path), keys: logKeysOf('example') })
  writeSync(1, 'ready\n')
  let next = Number(first)
  const end = next + Number(count)
  const lane = async (): Promise<void> => {
    while (next < end) {
      const batch = next++
      const cursor = { stream: 'log', value: String(batch) }
      await log.append({ tenant: defaultTenant, source: 'src', arrivedAtMs: 1, events: batchOf(batch), cursor })
      writeSync(1, `ack ${batch}\n`)
    }
  }
  await Promise.all(Array.from({ length: Number(atOnce) }, lane))
  await writer.close()
}
