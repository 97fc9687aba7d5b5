// Fills the disk under a running log, then makes room again. Prints one JSON line of what it saw. Argument: the mount.
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { CordonError, hashId } from '#kit'
import { openEventLog, type AppendBatch } from '#log'
import { defaultTenant } from '#model'
import { openReader, startWriter, storeFile } from '#store'

import { logKeysOf } from './log-keys.ts'

const [mount = ''] = process.argv.slice(2)
const path = join(mount, storeFile)
const ballast = join(mount, 'ballast')
writeFileSync(ballast, randomBytes(2 * 1024 * 1024))
const writer = await startWriter(new URL('./log-writer-entry.ts', import.meta.url), { path })
const reader = openReader(path)
const log = openEventLog({ writer, reader, keys: logKeysOf('example') })
const batchOf = (n: number): AppendBatch => ({
  tenant: defaultTenant,
  source: 'src',
  arrivedAtMs: 1,
  events: Array.from({ length: 10 }, (_, i) => ({
    id: hashId('evt', String(n), String(i)),
    stream: 'log',
    eventAtMs: null,
    raw: JSON.stringify({ n, i, random: randomBytes(6_000).toString('base64') }),
  })),
  cursor: { stream: 'log', value: String(n) },
})

let acked = 0
let refusal: unknown
let refused: AppendBatch | undefined
for (let n = 0; n < 200 && refusal === undefined; n++) {
  const batch = batchOf(n)
  try {
    await log.append(batch)
    acked++
  } catch (error) {
    refusal = error
    refused = batch
  }
}
const headWhenFull = log.head(defaultTenant)
const cursorWhenFull = log.cursor(defaultTenant, 'src', 'log')
rmSync(ballast)
const again = refused === undefined ? undefined : await log.append(refused)
const events = await log.read(defaultTenant, 0, 10_000)
process.stdout.write(
  `${JSON.stringify({
    code: refusal instanceof CordonError ? refusal.code : String(refusal),
    isRetryable: refusal instanceof CordonError && refusal.retryable,
    acked,
    headWhenFull,
    cursorWhenFull,
    again,
    read: events.length,
    check: reader.all('PRAGMA quick_check'),
  })}\n`,
)
await writer.close()
