import assert from 'node:assert/strict'
import { test } from 'node:test'

import { routes } from '#api/contract'

import { serverCommands } from './index.ts'
import { columnsBy } from './listing-columns.ts'

test('columns are those of the contract: times as RFC 3339, spans and counts as numbers, a thing inside beside it', () => {
  const cellsOf = (shape: Parameters<typeof columnsBy>[0], row: Record<string, unknown>) =>
    columnsBy(shape).map(([name, cell]) => [name, cell(row)])
  const { person, alive } = routes['people.ended'].response.shape.ended.element.shape
  const ended = {
    person: { person: 'person:hr:1', mail: null, endAtMs: Date.UTC(2026, 2, 24) },
    alive: [{ account: 'x' }],
  }
  const cells = new Map(columnsBy({ person, alive }).map(([name, cell]) => [name, cell(ended)]))
  assert.deepEqual(
    ['person_person', 'person_mail', 'person_end_at', 'alive'].map((name) => cells.get(name)),
    ['person:hr:1', null, '2026-03-24T00:00:00.000Z', '[{"account":"x"}]'],
  )
  const lease = columnsBy(routes['lease.list'].response.shape.leases.element.shape)
  const spans = lease.filter(([name]) => name === 'for_ms').map(([, cell]) => cell({ forMs: 3_600_000 }))
  assert.deepEqual(spans, [3_600_000])
  assert.deepEqual(
    cellsOf({ sinceMs: 0, roles: 0, on: 0, count: 0, gone: 0 }, { sinceMs: 0, roles: ['a', 'b'], on: true, count: 3 }),
    [
      ['since', '1970-01-01T00:00:00.000Z'],
      ['roles', 'a b'],
      ['on', true],
      ['count', 3],
      ['gone', null],
    ],
  )
})

/** Words that end the name of a command whose answer is rows. */
const rows = /(list|kinds|exceptions|ended|history|timeline|find|gaps|trim|who|access of)$/

test('every command whose answer is rows prints them as JSON and as CSV', async () => {
  const lists = (await serverCommands()).filter(({ name }) => rows.test(name))
  assert.ok(lists.length >= 30, `${lists.length} lists`)
  assert.deepEqual(
    lists.filter(({ options }) => options['csv'] === undefined).map(({ name }) => name),
    [],
  )
})
