import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { test } from 'node:test'

import { systemClock } from '#kit'

import { CliError, type CliInput } from './command.ts'
import { printList, timeCell, type Columns } from './listing.ts'

type Row = { id: string; n: number; isOn: boolean; atMs: number | null }
const columns: Columns<Row> = [
  ['id', ({ id }) => id],
  ['n', ({ n }) => n],
  ['on', ({ isOn }) => isOn],
  ['at', ({ atMs }) => timeCell(atMs)],
]
const rows: Row[] = [
  { id: 'plain', n: 1, isOn: true, atMs: Date.UTC(2026, 2, 24, 10, 39) },
  { id: 'says "no", and\nbreaks', n: -2, isOn: false, atMs: null },
  { id: '=HYPERLINK("https://evil.example")', n: 3, isOn: true, atMs: null },
]

function print(...flags: string[]): string {
  const said: string[] = []
  const input: CliInput = {
    args: [],
    options: {},
    text: () => undefined,
    flag: (name) => flags.includes(name),
    io: {
      out: (text) => void said.push(`${text}\n`),
      err: () => undefined,
      stdin: () => assert.fail('nothing is read'),
      env: {},
      clock: systemClock,
      isTty: false,
      columns: 80,
    },
  }
  printList(input, { json: () => ({ rows }), rows, columns, text: () => input.io.out('for people') })
  return said.join('')
}

const python = spawnSync('python3', ['-c', 'import csv']).status === 0

test(
  'CSV reads back as it was, by a reader that we did not write; no cell begins as a formula',
  { skip: python ? false : 'no python3' },
  () => {
    const program =
      'import csv,io,json,sys;print(json.dumps(list(csv.reader(io.StringIO(sys.stdin.read(),newline=""),strict=True))))'
    const text = print('csv')
    const read: unknown = JSON.parse(execFileSync('python3', ['-c', program], { input: text, encoding: 'utf8' }))
    assert.deepEqual(read, [
      ['id', 'n', 'on', 'at'],
      ['plain', '1', 'true', '2026-03-24T10:39:00.000Z'],
      ['says "no", and\nbreaks', '-2', 'false', ''],
      [`'=HYPERLINK("https://evil.example")`, '3', 'true', ''],
    ])
    assert.ok(text.endsWith('\r\n') && !text.endsWith('\r\n\r\n') && !text.endsWith('\n\n'))
  },
)

test('one form at a time', () => {
  assert.equal(print(), 'for people\n')
  assert.deepEqual(JSON.parse(print('json')), { rows })
  assert.throws(() => print('json', 'csv'), CliError)
})
