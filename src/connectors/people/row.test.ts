import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CordonError } from '#kit'

import { peopleConfig } from './config.ts'
import { parseCsv } from './csv.ts'
import { readRows } from './row.ts'

const config = (more: object = {}) =>
  peopleConfig.parse({
    authority: 'people.example.com',
    csv: { path: '/srv/people.csv' },
    columns: {
      person: 'id',
      mail: 'mail',
      worker: 'kind',
      customer: 'customer',
      start: 'start',
      end: 'end',
      status: 'status',
    },
    accounts: { github: 'O_1' },
    ...more,
  })
const head = 'id,mail,kind,customer,start,end,status,github\n'

function read(text: string, more: object = {}) {
  const [names, ...rows] = [...parseCsv(head + text, ',')]
  assert.ok(names)
  const table = { names: names.cells, rows: rows.map(({ line, cells }) => ({ place: `line ${line}`, cells })) }
  return readRows(table, config(more))
}
const refused = (text: string, more: object = {}): CordonError => {
  try {
    read(text, more)
  } catch (error) {
    assert.ok(error instanceof CordonError)
    return error
  }
  return assert.fail('it was taken')
}

test('a row is a person, with the last day worked to its end', () => {
  const [ada, bo] = read(
    '7,Ada@Example.com,Contractor,Lab Aster,2026-01-05,2026-03-24,active,ada\n8,,Employee,,,,left,\n',
  )
  assert.deepEqual(ada, {
    key: '7',
    worker: 'contractor',
    mail: 'ada@example.com',
    customers: ['Lab Aster'],
    startAtMs: Date.UTC(2026, 0, 5),
    endAtMs: Date.UTC(2026, 2, 25),
    status: 'here',
    accounts: { O_1: 'ada' },
  })
  assert.deepEqual(
    [bo?.worker, bo?.mail, bo?.endAtMs, bo?.status, bo?.accounts],
    ['staff', null, null, 'ended', { O_1: null }],
  )
})

test('days are read as the settings say, and a time of day as it stands', () => {
  const end = (text: string, more: object = {}): number | null | undefined =>
    read(`7,,,,,${text},,\n`, more)[0]?.endAtMs
  assert.equal(end('24.03.2026', { dates: 'day-first' }), Date.UTC(2026, 2, 25))
  assert.equal(end('03/24/2026', { dates: 'month-first' }), Date.UTC(2026, 2, 25))
  assert.equal(end('2026-03-24T17:00:00+02:00'), Date.UTC(2026, 2, 24, 15))
  assert.equal(end('2026-03-24 17:00:00+00'), Date.UTC(2026, 2, 24, 17))
})

test('somebody on several projects is one person, who ends with the last of them', () => {
  const both = '7,a@x.example,contractor,Lab Aster,,2026-03-24,,\n7,a@x.example,contractor,Lab Birch,,2026-06-30,,\n'
  const [one, ...others] = read(both)
  assert.deepEqual([one?.endAtMs, one?.customers, others], [Date.UTC(2026, 6, 1), ['Lab Aster', 'Lab Birch'], []])
  assert.equal(read(`${both}7,,,,,,,\n`)[0]?.endAtMs, null, 'an open contract has no end')
})

test('a bad cell refuses the whole export, names row and column, and quotes nothing of a person', () => {
  const error = refused('7,a@x.example,,,,2026-02-30,,\n8,Ada Lovelace,,,,,,\n9,,,,2026-05-01,2026-03-24,,\n')
  assert.equal(error.code, 'ERR_PEOPLE_ROW')
  assert.equal(error.place, 'line 2')
  assert.match(
    error.message,
    /line 2: `end` is no day such as 2026-03-24; line 3: `mail` is no one address; line 4: `end` is before/,
  )
  assert.doesNotMatch(`${error.message} ${error.hint}`, /Lovelace|a@x|02-30/)
  assert.equal(refused(',a@x.example,,,,,,\n').message, 'line 2: `id` is empty')
  assert.match(refused('7,a@x.example\n').message, /line 2: has 2 cells for 8 columns/)
  assert.equal(refused('7,,,,,24.03.2026,,\n').code, 'ERR_PEOPLE_ROW', 'no day is guessed')
})

test('a column that is not there, or there twice, is named with those there are', () => {
  const error = refused('7,,,,,,,\n', { columns: { person: 'id', end: 'last_day' } })
  assert.equal(error.code, 'ERR_PEOPLE_COLUMN')
  assert.match(`${error.message}: ${error.hint}`, /no column `last_day`; it has `id`, `mail`/)
  const twice = readTwice()
  assert.match(twice.message, /`id` twice/)
})
function readTwice(): CordonError {
  const table = { names: ['id', 'id'], rows: [] }
  try {
    readRows(table, config({ columns: { person: 'id' }, accounts: {} }))
  } catch (error) {
    assert.ok(error instanceof CordonError)
    return error
  }
  return assert.fail('it was taken')
}

test('CSV is read as RFC 4180 writes it', () => {
  const cells = (text: string, delimiter = ','): string[][] => [...parseCsv(text, delimiter)].map((row) => row.cells)
  assert.deepEqual(cells('\uFEFFa,b\r\n"x, ""y""\nz",\r\n'), [
    ['a', 'b'],
    ['x, "y"\nz', ''],
  ])
  assert.deepEqual(cells('a;b\n1;2', ';'), [
    ['a', 'b'],
    ['1', '2'],
  ])
  assert.deepEqual(cells('a\n\n\nb\n'), [['a'], ['b']], 'empty lines are nobody')
  assert.throws(() => cells('a,b\n1,"2\n'), { code: 'ERR_PEOPLE_ROW', place: 'line 2' })
  assert.throws(() => cells('a,b\n1,2"3\n'), { code: 'ERR_PEOPLE_ROW' })
  assert.throws(() => cells('a,b\n1,"2"3\n'), { code: 'ERR_PEOPLE_ROW' })
})
