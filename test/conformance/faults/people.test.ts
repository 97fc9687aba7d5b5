import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { isObject } from '#kit'
import { peopleConnectorIn, type PeopleConfig } from '#connectors/people'

import type { FaultPlug } from './plug.ts'
import { allBut, foldersOf, textOf } from './scratch.ts'
import { faultSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const folders = foldersOf((path) => ({ path }))
let current = ''
const file = 'people.csv'

/** The export: written beside and renamed, and in between away, empty or cut off inside a row, which is not believed. */
function settle(twin: VendorTwin, random: () => number): void {
  const { path } = folders.of(twin)
  current = path
  const { records } = twin.byPlace('people', 0, 1_000)
  const rows = records.map(({ id, mail }) => `${textOf(id)},${textOf(mail)},Ada\n`)
  const text = `key,mail,name\n${rows.join('')}`
  const fault = random()
  if (fault < 0.1) return rmSync(join(path, file), { force: true })
  const cut = fault < 0.2 ? 0 : fault < 0.3 ? text.lastIndexOf(',') : text.length
  writeFileSync(join(path, 'new'), text.slice(0, cut))
  renameSync(join(path, 'new'), join(path, file))
}

const base = peopleConnectorIn([folders.root])
const connector: typeof base = {
  ...base,
  streams: base.streams.map((stream) => {
    if (!('pull' in stream)) return stream
    return {
      ...stream,
      // An export changes with every row: more often looked at, more of the schedule is seen.
      everyMs: 60_000,
      /** The suite knows rows by their place in a part and an `id`: they are put there beside the connector's own. */
      async *pull(context, cursor) {
        for await (const page of stream.pull(context, cursor)) {
          for (const event of page.events) {
            const part = isObject(event.raw) && isObject(event.raw['rows']) ? event.raw['rows'] : {}
            const persons = Array.isArray(part['persons']) ? part['persons'] : []
            part['rows'] = persons.map((row) => ({ id: isObject(row) ? (row['key'] ?? null) : null }))
          }
          yield page
        }
      },
    } satisfies typeof stream
  }),
}

const plug: FaultPlug<PeopleConfig> = {
  name: 'people people',
  connector,
  get config() {
    return base.config.parse({
      authority: 'people.example',
      csv: { path: join(current, file) },
      columns: { person: 'key', mail: 'mail', name: 'name' },
      // Of sixty made-up people a fifth leaves within an hour.
      dropPercentMax: 100,
    })
  },
  secrets: {},
  stream: 'people',
  record: ({ id, n }) => ({ id, mail: `u${n}@people.example` }),
  keeps: ['id'],
  answer: () => ({ status: 404, body: null }),
  settle,
  without: allBut(['clock-ahead', 'clock-behind', 'late'], 'a file of this machine, which no vendor hands out'),
}

for (const { name, run } of faultSuite(plug)) test(name, run)
