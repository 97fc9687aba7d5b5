import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { createRuleWatch, flattenWindowsEvent, loadSigma } from '#detect/sigma'
import { validateOcsf } from '#model/ocsf'
import { auditdConnector } from '#connectors/auditd'
import { snowflakeConnector } from '#connectors/snowflake'
import { sysmonConnector } from '#connectors/sysmon'
import type { Connector, FormatConfig } from '#sources/contract'
import type { Json, JsonObject } from '#kit'

import { liveStreamsOf } from '../../../src/app/sigma-streams.ts'
import { corporaHere, corpusOf, regression, tableOf, tally, vendors } from './corpora.ts'

const skip = corporaHere ? false : 'the corpora are not here'

test(
  'of each corpus at least 95 % become valid events of a class, with the actor and address the record names',
  { skip },
  () => {
    const rows = vendors.map((vendor) => tally(vendor, corpusOf(vendor)))
    for (const { vendor, events, specific, invalid, wrong } of rows) {
      assert.ok(events > 0, `${vendor} has events`)
      assert.equal(invalid, 0, vendor)
      assert.deepEqual(wrong, [], vendor)
      assert.ok(specific / events >= 0.95, `${vendor}: ${specific} of ${events}`)
    }
    const page = existsSync('docs/ocsf.md') ? readFileSync('docs/ocsf.md', 'utf8') : ''
    assert.ok(page.includes(tableOf(rows)), `docs/ocsf.md needs\n${tableOf(rows)}`)
  },
)

test("a Sysmon event is of the log that SigmaHQ's rule for it names", { skip }, () => {
  const sorts = sysmonConnector.streams[0]?.sorts ?? []
  let seen = 0
  for (const { category, raw } of regression()) {
    const flat = flattenWindowsEvent(raw)
    if (flat['Channel'] !== 'Microsoft-Windows-Sysmon/Operational' || category === 'sysmon') continue
    const known = sorts.filter(({ holds }) => holds(flat)).map((sort) => sort.category)
    // A directory of emerging threats is no log.
    if (!sorts.some((sort) => sort.category === category)) continue
    seen++
    assert.ok(known.includes(category), `${category}: ${known.join(', ')}`)
  }
  assert.ok(seen > 100, `${seen} events`)
})

const keptBy = (connector: Connector<FormatConfig>, record: JsonObject): Json[] => {
  const [stream] = connector.streams
  assert.ok(stream?.kind === 'push' && stream.keep !== undefined)
  return stream.keep(record).map(({ raw }) => raw)
}

test('no value out of a query is kept, however it is quoted; the bucket that data goes to is', () => {
  const queries = [
    "SELECT * FROM people WHERE name = 'hunter2'",
    "SELECT 'it\\'s hunter2 ' , 1",
    "SELECT 'a\\\\', 'hunter2'",
    'SELECT $$hunter2$$',
    'SELECT 1 // hunter2',
    'SELECT 1 -- hunter2',
    "COPY INTO 's3://away/hunter2' FROM (SELECT 'x''s3://bbb''hunter2')",
    "SELECT 's3://hunter2 hunter2'",
  ]
  for (const QUERY_TEXT of queries) {
    const [kept] = keptBy(snowflakeConnector, { QUERY_TEXT, QUERY_TYPE: 'SELECT' })
    assert.doesNotMatch(JSON.stringify(kept), /hunter2(?!')/, QUERY_TEXT)
  }
  const [copied] = keptBy(snowflakeConnector, { QUERY_TEXT: queries[6] ?? '' })
  assert.match(JSON.stringify(copied), /COPY INTO 's3:\/\/away' FROM/)
})

test('a line of auditd becomes its fields, hexadecimal values decoded, the end of an event none', () => {
  const at = 'msg=audit(1774353600.123:7):'
  const message = `type=EXECVE ${at} argc=2 a0="cat" a1=2F726F6F742F61206200\ntype=EOE ${at} `
  assert.deepEqual(keptBy(auditdConnector, { message }), [
    { type: 'EXECVE', time: '1774353600.123', serial: '7', argc: '2', a0: 'cat', a1: '/root/a b ' },
  ])
  const [event] = auditdConnector.normalize({
    stream: 'log',
    raw: { message },
    eventAtMs: null,
    arrivedAtMs: 0,
    source: 's',
    authority: 'hosts.example',
  }).ocsf
  assert.deepEqual(
    [event?.class_uid, event?.time, event?.metadata.correlation_uid],
    [1007, 1_774_353_600_123, '1774353600:7'],
  )
  assert.deepEqual(event === undefined ? [] : validateOcsf(event), [])
})

test('a live rule is held against the records of its own log alone, of a stream with several', () => {
  const rule = `title: t
id: 0d3a3f4e-0000-4000-8000-000000000001
logsource: { product: windows, category: file_event }
detection:
  s: { Image|endswith: python.exe }
  condition: s
`
  const streams = liveStreamsOf('src', sysmonConnector)
  const watch = createRuleWatch(loadSigma([{ place: 'r.yml', text: rule }]), streams, 0)
  const seen = (EventID: number) =>
    watch.observe({
      stream: 'src/log',
      timeMs: 1,
      arrivedAtMs: 1,
      id: String(EventID),
      ref: EventID,
      event: { EventID, Image: 'C:\\python.exe' },
    }).matches.length
  assert.deepEqual([seen(11), seen(1), seen(5)], [1, 0, 0])
})
