import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isObject, silentDiagnose, type JsonObject } from '#kit'
import type { Page } from '#sources/contract'

import type { Query } from './client.ts'
import { normalize } from './normalize.ts'
import { readPeople } from './people.ts'

const pageRows = 5_000

/** A server that holds so many people in each relation, and gives them out by a cursor, page by page. */
function serverOf(held: Record<string, number>): Query {
  const names = Object.keys(held)
  let open = { at: 0, of: 0 }
  return (sql, [value] = []) => {
    if (sql.startsWith('select current_setting')) return Promise.resolve([{ version: 180_000, database: 5, owner: 10 }])
    if (sql.startsWith('select relation')) {
      return Promise.resolve(names.map((relation, n) => ({ relation, oid: relation === 'not seen' ? 0 : n + 1 })))
    }
    if (sql.startsWith('declare')) open = { at: 0, of: held[String(value)] ?? 0 }
    if (!sql.startsWith('fetch')) return Promise.resolve([])
    const from = open.at
    open.at = Math.min(open.of, from + pageRows)
    return Promise.resolve(
      Array.from({ length: open.at - from }, (_, n) => ({ person: `p${from + n}`, customer: null })),
    )
  }
}

async function read(held: Record<string, number>, max: number) {
  const pages: Page[] = []
  for await (const page of readPeople(serverOf(held), { view: 'people' }, 1, silentDiagnose, max)) pages.push(page)
  const parts = pages.flatMap(({ events }) => events.map(({ raw }) => raw).filter((raw) => isObject(raw)))
  return { pages, parts, ends: parts.map(({ snapshot }) => isObject(snapshot) && snapshot['complete']) }
}
const relationOf = ({ rows }: JsonObject) => isObject(rows) && rows['relation']

test('people up to the bound are complete, and nothing is blind', async () => {
  const { pages, ends } = await read({ orders: 5_001, users: 3 }, 5_004)
  assert.deepEqual(ends, [false, false, true])
  assert.deepEqual(pages.at(-1)?.blind, [])
})

test('a mapping that became empty is said whole, with nobody in it: who was mapped before ends', async () => {
  const { pages, parts, ends } = await read({}, 5_000)
  assert.deepEqual(ends, [true])
  const [only] = parts
  assert.ok(isObject(only))
  const { people, snapshot } = normalize({
    stream: 'people',
    raw: only,
    eventAtMs: 1,
    arrivedAtMs: 1,
    source: 'one',
    authority: '7',
  })
  assert.deepEqual(people, [])
  assert.equal(snapshot?.allPeople, true)
  assert.deepEqual(pages.at(-1)?.blind, [])
})

test('only what is whole ends what it does not name', async () => {
  const wholeOf = async (held: Record<string, number>, max: number) => {
    const { parts } = await read(held, max)
    return parts.map(({ rows }) => isObject(rows) && rows['ends'] === true)
  }
  assert.deepEqual(await wholeOf({ orders: 5_001, users: 3 }, 5_004), [false, false, true])
  assert.deepEqual(await wholeOf({ orders: 5_001, users: 3 }, 5_000), [false, false], 'cut off')
  assert.deepEqual(await wholeOf({ orders: 3, 'not seen': 3 }, 5_000), [false])
  assert.deepEqual(await wholeOf({ 'not seen': 3 }, 5_000), [])
  const { pages } = await read({ orders: 3, 'not seen': 3 }, 5_000)
  assert.match(pages.at(-1)?.blind?.[0]?.says ?? '', /1 relation that this login does not see/)
})

test('people beyond the bound are never called complete: the source says so, and relations behind are left as they were', async () => {
  const { pages, parts, ends } = await read({ orders: 5_001, users: 3 }, 5_000)
  assert.deepEqual(ends, [false, false])
  assert.deepEqual(parts.map(relationOf), [1, 1])
  assert.match(pages.at(-1)?.blind?.[0]?.says ?? '', /maps more than 5000 people/)
})
