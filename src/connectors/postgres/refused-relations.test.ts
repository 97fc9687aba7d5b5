import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readLogRecord } from './log-record.ts'
import { refusedRelations } from './refused-relations.ts'
import { keyOf, type Lookup } from './resolve.ts'

/** Relations by schema and name. */
const catalog: Readonly<Record<string, number>> = { 'public.people': 7, 'hr.people': 8, 'hr.pay': 9 }
const lookup: Pick<Lookup, 'relations'> = {
  relations: (_, names) =>
    Promise.resolve(
      new Map(names.map((one) => [keyOf(one), [catalog[`${one.schema ?? 'public'}.${one.name}`] ?? []].flat()])),
    ),
}
const refused = (message: string, statement: string | null, more: Record<string, unknown> = {}) => {
  const record = readLogRecord(
    'jsonlog',
    JSON.stringify({
      session_id: '1.1',
      dbname: 'shop',
      user: 'noa',
      state_code: '42501',
      message,
      statement,
      ...more,
    }),
  )
  assert.ok(record)
  return refusedRelations(record, lookup)
}

test('who is refused at a relation is refused at the one that the statement names', async () => {
  assert.deepEqual(await refused('permission denied for table people', `select * from people where a = 'x'`), [7])
  assert.deepEqual(await refused('permission denied for table people', 'select * from hr.people'), [8])
  assert.deepEqual(await refused('permission denied for view people', 'select * from "people"'), [7])
  assert.deepEqual(await refused('permission denied for table pay', 'select * from people join hr.pay on true'), [9])
  assert.deepEqual(await refused('permission denied for schema hr', 'select * from hr.pay, public.people'), [9])
  assert.deepEqual(await refused('permission denied for table people', 'select f()'), [7], 'what a function reads')
  assert.deepEqual(await refused('permission denied for table people', null), [7])
})

test('other refusals, unknown names and other languages tell nothing', async () => {
  const text = 'select * from people'
  assert.deepEqual(await refused('permission denied for function f', text), [])
  assert.deepEqual(await refused('must be owner of table people', text), [])
  assert.deepEqual(await refused('keine Berechtigung für Tabelle people', text), [])
  assert.deepEqual(await refused('permission denied for schema hr', text), [])
  assert.deepEqual(await refused('permission denied for table gone', 'select * from gone'), [])
  assert.deepEqual(await refused('permission denied for table people', text, { state_code: '22012' }), [])
  assert.deepEqual(await refused('permission denied for table people', text, { dbname: '' }), [])
})
