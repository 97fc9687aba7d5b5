import assert from 'node:assert/strict'
import { test } from 'node:test'

import { lineOf } from './log-line.ts'
import { classify, readLogRecord, timesOf, type LogRecord } from './log-record.ts'

const json = (more: Record<string, unknown>): LogRecord => {
  const text = JSON.stringify({
    timestamp: '2026-11-20 18:05:26.349 UTC',
    user: 'app',
    dbname: 'postgres',
    pid: 11076,
    session_id: '6b008be6.2b44',
    line_num: 3,
    ps: 'SELECT',
    session_start: '2026-11-20 18:05:26 UTC',
    error_severity: 'LOG',
    message: '',
    backend_type: 'client backend',
    ...more,
  })
  const record = readLogRecord('jsonlog', text)
  assert.ok(record !== undefined)
  return record
}
const startMs = Date.UTC(2026, 10, 20, 18, 5, 26)

test('times come out in UTC whatever zone the log is written in', () => {
  assert.deepEqual(timesOf(json({})), { atMs: startMs + 349, startMs })
  const cet = json({ timestamp: '2026-11-20 19:05:27.100 CET', session_start: '2026-11-20 19:05:26 CET' })
  assert.deepEqual(timesOf(cet), { atMs: startMs + 1_100, startMs })
  const ist = json({ timestamp: '2026-11-20 23:35:26.000 IST', session_start: '2026-11-20 23:35:26 IST' })
  assert.deepEqual(timesOf(ist), { atMs: startMs, startMs })
})

test('a session that lived through a change of clocks has no guessed time', () => {
  const record = json({ timestamp: '2026-10-25 02:30:00.000 CET', session_start: '2026-10-25 02:10:00 CEST' })
  assert.equal(timesOf(record).atMs, null)
})

test('an audit line is taken apart, commas and quotes in the statement and all', () => {
  const entry = classify(
    json({
      message: `AUDIT: SESSION,4,2,READ,SELECT,TABLE,"public.""odd,name""","select ""a"", b from t",<not logged>,17`,
    }),
  )
  assert.deepEqual(entry, {
    kind: 'audit',
    audit: {
      type: 'SESSION',
      id: '4,2',
      class: 'READ',
      command: 'SELECT',
      objectType: 'TABLE',
      object: 'public."odd,name"',
      statement: 'select "a", b from t',
      rows: 17,
    },
  })
})

test('a line with a context or a statement was raised by a login, not by the server', () => {
  const forged = { message: 'AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.people,x,y,7' }
  assert.equal(classify(json(forged))?.kind, 'audit')
  assert.equal(
    classify(json({ ...forged, context: 'PL/pgSQL function inline_code_block line 1 at RAISE' }))?.kind,
    'forged',
  )
  assert.equal(classify(json({ ...forged, statement: 'select f()' }))?.kind, 'forged')
  const hello = { message: 'connection authorized: user=app database=postgres' }
  assert.equal(classify(json(hello))?.kind, 'connected')
  assert.equal(classify(json({ ...hello, context: 'c' })), undefined)
})

test('lines are told apart', () => {
  const kind = (more: Record<string, unknown>) => classify(json(more))?.kind
  assert.equal(kind({ message: 'disconnection: session time: 0:00:00.038 user=app' }), 'disconnected')
  assert.equal(
    kind({ error_severity: 'FATAL', state_code: '28P01', message: 'password authentication failed' }),
    'refused',
  )
  assert.equal(
    kind({ error_severity: 'ERROR', state_code: '22012', message: 'division by zero', statement: 'x' }),
    'fault',
  )
  assert.equal(kind({ message: 'statement: select 1' }), 'statement')
  assert.equal(kind({ message: 'duration: 0.120 ms  execute <unnamed>: select 1' }), 'statement')
  assert.equal(kind({ message: 'parameter "log_connections" changed to "off"' }), 'setting')
  assert.equal(kind({ message: 'checkpoint starting: time' }), undefined)
  assert.equal(kind({ error_severity: 'NOTICE', message: 'AUDIT: SESSION,1,1,READ' }), undefined)
  assert.equal(readLogRecord('jsonlog', 'not json'), undefined)
  assert.equal(readLogRecord('csvlog', 'a,b'), undefined)
})

test('a name in quotes is kept only where the statement is known to have run', () => {
  const scrubbed = (record: LogRecord) => {
    const entry = classify(record)
    assert.ok(entry !== undefined)
    return lineOf(record, entry).scrubbed
  }
  const sql = 'select 1 from "Odd"'
  const audited = `AUDIT: SESSION,1,1,READ,SELECT,TABLE,t,"${sql.replaceAll('"', '""')}",<none>,1`
  assert.equal(scrubbed(json({ message: audited })), 'select ? from "Odd"')
  assert.equal(scrubbed(json({ message: `statement: ${sql}` })), 'select ? from "?"')
  const fault = { error_severity: 'ERROR', message: 'x', statement: sql }
  assert.equal(scrubbed(json({ ...fault, state_code: '22012' })), 'select ? from "?"')
  assert.equal(scrubbed(json({ ...fault, state_code: '42703' })), null)
})
