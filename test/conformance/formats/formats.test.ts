import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { createRuleWatch, flattenWindowsEvent, loadSigma } from '#detect/sigma'
import { validateOcsf } from '#model/ocsf'
import { auditdConnector } from '#connectors/auditd'
import { databricksConnector } from '#connectors/databricks'
import { m365Connector } from '#connectors/m365'
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

test('of commands, queries and questions on Databricks only a word of SQL is kept, of errors not what they quote', () => {
  const texts = [
    "SELECT * FROM people WHERE name = 'hunter2'",
    'hunter2 = spark.table("people")',
    '  -- hunter2\nSELECT 1',
    'who is hunter2?',
  ]
  for (const text of texts) {
    for (const name of ['commandText', 'queryText', 'statement', 'prompt', 'content']) {
      const record = { serviceName: 'databrickssql', actionName: 'commandSubmit', requestParams: { [name]: text } }
      const [kept] = keptBy(databricksConnector, record)
      assert.doesNotMatch(JSON.stringify(kept), /hunter2/, `${name} ${text}`)
      assert.deepEqual(keptBy(databricksConnector, kept as JsonObject), [kept])
    }
  }
  const response = {
    statusCode: 400,
    result: 'hunter2',
    errorMessage: "[PARSE_SYNTAX_ERROR] near 'hunter2'\n== SQL ==\nSELECT hunter2",
  }
  const [failed] = keptBy(databricksConnector, { serviceName: 'notebook', actionName: 'runCommand', response })
  assert.doesNotMatch(JSON.stringify(failed), /hunter2/)
  assert.match(JSON.stringify(failed), /PARSE_SYNTAX_ERROR/)
})

test('subjects, names of what is attached and searched words of Microsoft 365 are not kept', () => {
  const record = {
    Operation: 'MailItemsAccessed',
    SearchQueryText: 'hunter2',
    Item: { Subject: 'hunter2', Attachments: 'hunter2.pdf', InternetMessageId: '<1@x>' },
    Folders: [{ Path: '\\Inbox', FolderItems: [{ InternetMessageId: '<1@x>', Subject: 'hunter2' }] }],
  }
  for (const one of [record, { AuditData: JSON.stringify(record), RecordType: 50 }]) {
    const [kept] = keptBy(m365Connector, one)
    assert.doesNotMatch(JSON.stringify(kept), /hunter2/)
    assert.match(JSON.stringify(kept), /MailItemsAccessed.*<1@x>.*Inbox.*<1@x>/)
  }
})

test('one shape of Databricks’ log is kept, however it came', () => {
  const delivered = {
    timestamp: 1_774_353_600_000,
    serviceName: 'accounts',
    actionName: 'login',
    userIdentity: { email: 'ada@example.com', subjectName: 'ada' },
    requestParams: { user: 'ada@example.com' },
    response: { statusCode: 200, errorMessage: null },
  }
  const row = {
    event_time: 1_774_353_600_000,
    service_name: 'accounts',
    action_name: 'login',
    user_identity: { email: 'ada@example.com', subject_name: 'ada' },
    request_params: { user: 'ada@example.com' },
    response: { status_code: 200 },
  }
  const wrapped = {
    operationName: 'Microsoft.Databricks/accounts/login',
    time: 1_774_353_600_000,
    identity: JSON.stringify(delivered.userIdentity),
    properties: {
      serviceName: 'accounts',
      actionName: 'login',
      requestParams: JSON.stringify(delivered.requestParams),
      response: JSON.stringify({ statusCode: 200 }),
    },
  }
  const [expected] = keptBy(databricksConnector, delivered)
  assert.deepEqual(keptBy(databricksConnector, row), [expected])
  const [unwrapped] = keptBy(databricksConnector, wrapped)
  assert.deepEqual(
    { ...(unwrapped as JsonObject), operationName: undefined },
    { ...(expected as JsonObject), operationName: undefined },
  )
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

test('lines of one event of auditd become one record, those of others their own', () => {
  const at = (serial: number) => `msg=audit(1774353600.123:${serial}):`
  const message = [
    `node=a type=SYSCALL ${at(7)} arch=c000003e syscall=59 success=yes pid=42 ppid=7 auid=1000 uid=0 comm="cat" exe="/usr/bin/cat"`,
    `node=a type=EXECVE ${at(7)} argc=3 a0="cat" a1[0]=2F726F6F a1[1]=742F6120 a2="b"`,
    `node=b type=SYSCALL ${at(7)} arch=c000003e syscall=257 success=no exe="/usr/bin/cat"`,
    `node=a type=CWD ${at(7)} cwd="/root"`,
    `node=a type=PATH ${at(7)} item=0 name="/usr/bin/cat" nametype=NORMAL`,
    `node=a type=PATH ${at(7)} item=1 name="/lib64/ld.so" nametype=NORMAL`,
    `node=a type=PROCTITLE ${at(7)} proctitle="cat"`,
    `node=a type=EOE ${at(7)} `,
    `node=a type=PATH ${at(8)} name="/etc/shadow" nametype=NORMAL`,
  ].join('\n')
  const records = keptBy(auditdConnector, { message })
  assert.equal(records.length, 3)
  const [first, other, alone] = records
  assert.deepEqual(first, {
    ID: '1774353600.123:7',
    NODE: 'a',
    SYSCALL: {
      arch: 'c000003e',
      syscall: '59',
      success: 'yes',
      pid: '42',
      ppid: '7',
      auid: '1000',
      uid: '0',
      comm: 'cat',
      exe: '/usr/bin/cat',
    },
    EXECVE: { argc: '3', ARGV: ['cat', '/root/a ', 'b'] },
    CWD: { cwd: '/root' },
    PATH: [
      { item: '0', name: '/usr/bin/cat', nametype: 'NORMAL' },
      { item: '1', name: '/lib64/ld.so', nametype: 'NORMAL' },
    ],
    PROCTITLE: { proctitle: 'cat' },
  })
  assert.deepEqual(
    [other, alone].map((one) => (one as JsonObject)['type']),
    ['SYSCALL', 'PATH'],
  )
  const { ocsf } = auditdConnector.normalize({
    stream: 'log',
    raw: first ?? null,
    eventAtMs: null,
    arrivedAtMs: 0,
    source: 's',
    authority: 'hosts.example',
  })
  assert.deepEqual(
    ocsf.map((event) => [event.class_uid, event.time, event.metadata.correlation_uid]),
    [[1007, 1_774_353_600_123, '1774353600:7']],
  )
  const process: unknown = ocsf[0] !== undefined && 'process' in ocsf[0] ? ocsf[0].process : undefined
  assert.deepEqual(process, {
    cmd_line: 'cat /root/a  b',
    file: { name: 'cat', path: '/usr/bin/cat', type_id: 1 },
    name: 'cat',
    pid: 42,
  })
  assert.deepEqual(
    ocsf.flatMap((event) => validateOcsf(event)),
    [],
  )
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
