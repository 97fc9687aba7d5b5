import { parseOwnJson, type Json } from '#kit'
import type { OwnStream, PullContext, SnapshotPart } from '#sources/contract'

import { beliefFrom, beliefOf, digestOf, refuseLoss } from './belief.ts'
import type { PeopleConfig } from './config.ts'
import { PeopleError } from './error.ts'
import { readCsv } from './file.ts'
import { mappedColumns, readRows, type PersonRow } from './row.ts'
import { readView } from './view.ts'

export const peopleStream = 'people'
const everyMs = 15 * 60_000
const partRows = 1_000

type Asked = Pick<PullContext<PeopleConfig>, 'config' | 'see'>

export async function readExport({ config, see }: Asked, folders: readonly string[]): Promise<PersonRow[]> {
  const { csv, sql } = config
  const table =
    csv !== undefined
      ? await readCsv(csv, folders)
      : sql !== undefined
        ? await readView(sql, see['password'] ?? '', mappedColumns(config))
        : { names: [], rows: [] }
  const people = readRows(table, config)
  if (people.length > 0) return people
  throw new PeopleError('ERR_PEOPLE_SIZE', 'the export names nobody', {
    hint: 'an export without people is not believed: see whether it was written whole',
    retryable: true,
  })
}

/** Everybody, each time anything in the export has changed; an export that says the same again is no event. */
export const peopleStreamOf = (folders: readonly string[]): OwnStream<PeopleConfig> => ({
  name: peopleStream,
  kind: 'snapshot',
  delayMs: { typical: everyMs, worst: 2 * everyMs },
  everyMs,
  tells: ['people'],
  covers: ['identities'],
  async *pull({ config, see, clock }, cursor) {
    const people = await readExport({ config, see }, folders)
    const takenAtMs = clock.nowMs()
    if (beliefFrom(cursor)?.digest === digestOf(people)) return
    refuseLoss(people, { cursor, nowMs: takenAtMs, dropPercentMax: config.dropPercentMax })
    const id = `people-${takenAtMs}`
    const parts = Math.ceil(people.length / partRows)
    for (let part = 0; part < parts; part++) {
      const isLast = part === parts - 1
      const persons = parseOwnJson<Json>(JSON.stringify(people.slice(part * partRows, (part + 1) * partRows)))
      const record: SnapshotPart = {
        snapshot: { id, part, complete: isLast, takenAtMs },
        rows: { kind: 'people', persons },
      }
      yield {
        events: [{ native: `${id}/${part}`, eventAtMs: takenAtMs, raw: { ...record } }],
        // Cut off in between, all of it comes again: only the whole is believed.
        cursor: isLast ? JSON.stringify(beliefOf(people, takenAtMs)) : null,
      }
    }
  },
})
