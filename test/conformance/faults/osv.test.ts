import { createHash } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { osvConnector } from '#connectors/osv'

import type { FaultPlug, TwinRow } from './plug.ts'
import { allBut, foldersOf, textOf } from './scratch.ts'
import { faultSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

type Config = (typeof osvConnector)['config']['_output']

/** Files by what is in them already: a half-written one is mended the next time it is looked at. */
type Written = { path: string; done: Set<string> }
const folders = foldersOf((path): Written => ({ path, done: new Set() }))
let current = ''

/** What keeps the directory up to date writes in place, or beside and renames, and now and then writes the same again. */
function settle(twin: VendorTwin, random: () => number): void {
  const { path, done } = folders.of(twin)
  current = path
  for (const record of twin.byArrival(0, 1_000).records) {
    const name = `${textOf(record['id'])}.json`
    const text = JSON.stringify(record)
    if (done.has(name) && random() < 0.98) continue
    const isHalf = !done.has(name) && random() < 0.15
    if (isHalf || random() < 0.5) writeFileSync(join(path, name), isHalf ? text.slice(0, text.length / 2) : text)
    else {
      writeFileSync(join(path, `${name}.new`), text)
      renameSync(join(path, `${name}.new`), join(path, name))
    }
    if (!isHalf) done.add(name)
  }
}

const recordOf = ({ id, n, atMs }: TwinRow): JsonObject => ({
  id: `MAL-${id}`,
  modified: new Date(atMs).toISOString(),
  affected: [{ package: { ecosystem: 'npm', name: `left-pad-${n}` }, versions: ['1.0.0'] }],
})

const plug: FaultPlug<Config> = {
  name: 'osv records',
  connector: osvConnector,
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

for (const { name, run } of faultSuite(plug)) test(name, run)
