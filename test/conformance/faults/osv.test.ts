import { createHash } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { osvConnector } from '#connectors/osv'

import type { FaultPlug, TwinRow } from './plug.ts'
import { allBut, foldersOf } from './scratch.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

type Config = (typeof osvConnector)['config']['_output']

/** Files and how many records are whole in them: a half-written one is mended the next time. */
type Written = { path: string; whole: Map<string, number> }
const folders = foldersOf((path): Written => ({ path, whole: new Map() }))
let current = ''
const fileRecords = 4

/** What keeps the directory up to date writes in place, or beside and renames; files grow, and now and then come again as they were. */
function settle(twin: VendorTwin, random: () => number): void {
  const { path, whole } = folders.of(twin)
  current = path
  const { records } = twin.byArrival(0, 1_000)
  for (let from = 0; from < records.length; from += fileRecords) {
    const name = `${from / fileRecords}.json`
    const held = records.slice(from, from + fileRecords)
    const isWhole = whole.get(name) === held.length
    if (isWhole && random() < 0.98) continue
    const text = JSON.stringify(held)
    const isHalf = !isWhole && !twin.isQuiet() && random() < 0.15
    if (isHalf || random() < 0.5) writeFileSync(join(path, name), isHalf ? text.slice(0, text.length / 2) : text)
    else {
      writeFileSync(join(path, `${name}.new`), text)
      renameSync(join(path, `${name}.new`), join(path, name))
    }
    if (!isHalf) whole.set(name, held.length)
  }
}

const recordOf = ({ id, n, atMs }: TwinRow): JsonObject => ({
  id: `MAL-${id}`,
  modified: new Date(atMs).toISOString(),
  affected: [{ package: { ecosystem: 'npm', name: `left-pad-${n}` }, versions: ['1.0.0'] }],
})

/** Looked at less often than it is: a look reads a folder of real files, and there are enough of them. */
const connector: typeof osvConnector = {
  ...osvConnector,
  streams: osvConnector.streams.map((stream) => ({ ...stream, everyMs: 90_000 })),
}

const plug: FaultPlug<Config> = {
  name: 'osv records',
  connector,
  get config() {
    return osvConnector.config.parse({ path: current })
  },
  secrets: {},
  stream: 'records',
  record: recordOf,
  keeps: ['id'],
  nativeOf: (row) =>
    `MAL-${row.id}/${createHash('sha256')
      .update(JSON.stringify(recordOf(row)))
      .digest('hex')}`,
  answer: () => ({ status: 404, body: null }),
  settle,
  without: allBut(
    ['clock-ahead', 'clock-behind', 'late', 'future-dated'],
    'files of this machine, which no vendor hands out',
  ),
}

/** Between two reads of a file nothing is written: a death there is one before the page. */
const still = 'files of this machine'
for (const { name, run } of connectorSuite(connector, [plug], { still })) test(name, run)
