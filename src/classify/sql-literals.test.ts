import assert from 'node:assert/strict'
import { test } from 'node:test'

import { scrubSqlLiterals } from './index.ts'

const cases: [sql: string, scrubbed: string][] = [
  ["SELECT * FROM people WHERE email = 'ada@brightwater.example'", 'SELECT * FROM people WHERE email = ?'],
  ["INSERT INTO t VALUES (1, -2.5e10, .5, 'it''s', NULL)", 'INSERT INTO t VALUES (?, -?, ?, ?, NULL)'],
  ["SELECT E'a\\'b', b'01', X'ff', U&'d\\0061t', N'x'", 'SELECT ?, ?, ?, ?, ?'],
  ["SELECT 'back\\' , x FROM t", 'SELECT ? , x FROM t'],
  ["DO $body$ x := 'secret' $body$; SELECT $$a$$, $1", 'DO ?; SELECT ?, $1'],
  ["SELECT 'a'\n  'b', c", 'SELECT ?, c'],
  ['SELECT 1 -- ada lives here\n, /* and /* here */ too */ x', 'SELECT ?  \n,   x'],
  ['SELECT t1.c2, "Weird \'name\' 3", x_1 FROM a$b', 'SELECT t1.c2, "Weird \'name\' 3", x_1 FROM a$b'],
  ['SELECT 0xFF, 1_000, 3.', 'SELECT ?, ?, ?'],
  ["SELECT 'cut off in the mid", 'SELECT ?'],
  ['SELECT $tag$ cut off', 'SELECT ?'],
  ["ALTER ROLE app PASSWORD 'Example-1' VALID UNTIL '2026-01-01'", 'ALTER ROLE app PASSWORD ? VALID UNTIL ?'],
  ['SELECT /* cut off ada', 'SELECT  '],
  ['', ''],
]

for (const [sql, scrubbed] of cases) {
  test(`values leave ${JSON.stringify(sql.slice(0, 50))}`, () => {
    assert.equal(scrubSqlLiterals(sql).sql, scrubbed)
    assert.equal(scrubSqlLiterals(scrubbed).sql, scrubbed)
  })
}
