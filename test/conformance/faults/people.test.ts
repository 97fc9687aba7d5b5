import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import type { PeopleConfig } from '#connectors/people'

import { dropPercentMax, peopleColumns, peopleParts, watchedPeople } from './people.ts'
import type { FaultPlug } from './plug.ts'
import { foldersOf, textOf } from './scratch.ts'
import { connectorSuite } from './suite.ts'
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
  const fault = twin.isQuiet() ? 1 : random()
  if (fault < 0.1) return rmSync(join(path, file), { force: true })
  const cut = fault < 0.2 ? 0 : fault < 0.3 ? text.lastIndexOf(',') : text.length
  writeFileSync(join(path, 'new'), text.slice(0, cut))
  renameSync(join(path, 'new'), join(path, file))
}

const connector = watchedPeople([folders.root])

const plug: FaultPlug<PeopleConfig> = {
  ...peopleParts,
  name: 'people by CSV',
  connector,
  get config() {
    return connector.config.parse({
      authority: 'people.example',
      csv: { path: join(current, file) },
      columns: peopleColumns,
      dropPercentMax,
    })
  },
  secrets: {},
  settle,
}

/** Between two reads of a file nothing is written: a death there is one before the page. */
const still = 'files of this machine'
for (const { name, run } of connectorSuite(connector, [plug], { still })) test(name, run)
