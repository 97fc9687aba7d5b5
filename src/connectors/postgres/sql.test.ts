import assert from 'node:assert/strict'
import { test } from 'node:test'

import { scrubSqlLiterals } from './scrub-sql.ts'
import { sqlFacts } from './sql-facts.ts'
import { lexSql } from './sql-lexer.ts'

const scrub = (sql: string): string => scrubSqlLiterals(sql).sql
const facts = (sql: string) => sqlFacts(lexSql(sql))

test('values leave a statement and names stay', () => {
  assert.equal(
    scrub("select * from people where email = 'a@lab.example' and id in (17, 18.5)"),
    'select * from people where email = ? and id in (?, ?)',
  )
  assert.equal(
    scrub("insert into t values (E'it\\'s', $$dollar$$, $x$ 'q' $x$, B'1', X'ff', U&'\\0041', .5, 1e9, 0xff)"),
    'insert into t values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  assert.equal(
    scrub("select 'O''Brien', $1, col1 /* Ann /* nested */ Lee */ -- Bob\n from \"Table\""),
    'select ?, $1, col1 from "Table"',
  )
  assert.equal(scrub("select '-17'::int, N'x', 'two'\n'parts'"), 'select ?::int, ?, ? ?')
})

test('a value that no quote ends takes the rest with it', () => {
  assert.equal(scrub("select 'abc"), 'select ? …')
  assert.equal(scrub('select $a$ never closed'), 'select ? …')
  assert.equal(scrub('select "never closed'), 'select …')
})

test('quoting that depends on a setting is not guessed at', () => {
  assert.equal(scrub("select 'it\\'s secret', name from t"), 'select ? …')
})

test('a value in the wrong quotes is dropped like a value', () => {
  assert.equal(
    scrub('select * from t where a = "Ann Lee" or b = "ann@lab.example"'),
    'select * from t where a = "?" or b = "?"',
  )
})

test('a long statement is cut between tokens', () => {
  const out = scrub(`select 1 from t where a in (${'1234567,'.repeat(4000)}1)`)
  assert.ok(out.endsWith('…') && !/\d/.test(out))
})

test('relations come from the places where SQL names them', () => {
  const names = (sql: string) => facts(sql).relations.map((r) => (r.schema === null ? r.name : `${r.schema}.${r.name}`))
  assert.deepEqual(
    names('declare c cursor for select a.x from people a, hr.pay p join only "Odd" o using (id) where x = 1'),
    ['people', 'hr.pay', 'Odd'],
  )
  assert.deepEqual(names('copy public.people (id, name) to stdout'), ['public.people'])
  assert.deepEqual(names('copy (select * from people) to stdout'), ['people'])
  assert.deepEqual(names('select * from (select 1) s, lateral unnest(x) u, t2'), ['t2'])
  assert.deepEqual(names('table people'), ['people'])
  assert.deepEqual(names("update people set a = 1 from other where b = 'x'"), ['people', 'other'])
  assert.deepEqual(names('select generate_series(1, 3)'), [])
})

test('a fetch says how many rows it can move', () => {
  const rows = (sql: string) => facts(sql).fetches[0]
  assert.deepEqual(rows('fetch 100 from c'), { cursor: 'c', rowsMax: 100 })
  assert.deepEqual(rows('FETCH FORWARD 7 IN "C"'), { cursor: 'C', rowsMax: 7 })
  assert.deepEqual(rows('fetch backward -3 c'), { cursor: 'c', rowsMax: 3 })
  assert.deepEqual(rows('fetch all from c'), { cursor: 'c', rowsMax: null })
  assert.deepEqual(rows('fetch c'), { cursor: 'c', rowsMax: 1 })
  assert.deepEqual(rows('fetch absolute 500 from c'), { cursor: 'c', rowsMax: 1 })
})

test('role commands name their roles', () => {
  const many = facts('create role m1; create user "M 2" with login password <REDACTED>')
  assert.deepEqual([many.createdRoles, many.setsPassword], [['m1', 'M 2'], true])
  assert.deepEqual(facts('grant a, "B" to c with admin option').granted, [{ roles: ['a', 'B'], members: ['c'] }])
  const shared = facts('grant select (a, b), update on table people, hr.pay to thief')
  assert.deepEqual(shared.granted, [])
  assert.deepEqual(shared.shared, [
    { schema: null, name: 'people' },
    { schema: 'hr', name: 'pay' },
  ])
  assert.deepEqual(facts('grant usage on schema hr to thief').shared, [])
  assert.deepEqual(facts('revoke admin option for a from b, c').revoked, [{ roles: ['a'], members: ['b', 'c'] }])
  assert.deepEqual(facts('drop role if exists x, y').droppedRoles, ['x', 'y'])
  assert.deepEqual(facts("alter role x password 'EXAMPLE'").alteredRoles, ['x'])
  assert.equal(facts('alter role x password null').setsPassword, false)
  assert.deepEqual(facts('create user mapping for x server s').createdRoles, [])
})
