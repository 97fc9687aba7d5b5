import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'

import { parseOwnJson, systemClock } from '#kit'
import { validateOcsf } from '#model/ocsf'
import { exitCodes, runCli } from '#cli'

import { eventCommands } from './event.ts'

const login = {
  uuid: 'e-1',
  published: '2026-03-24T10:39:00.000Z',
  eventType: 'user.session.start',
  severity: 'INFO',
  actor: { id: '00u1', type: 'User', alternateId: 'ada@example.com' },
  client: { ipAddress: '192.0.2.7', userAgent: { rawUserAgent: 'agent/1' } },
  outcome: { result: 'SUCCESS' },
  target: [],
}
const trail = {
  eventID: 'e-2',
  eventName: 'ListBuckets',
  eventSource: 's3.amazonaws.com',
  eventTime: '2026-03-24T10:39:00Z',
  sourceIPAddress: '192.0.2.7',
  userAgent: 'agent/1',
  userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::1:user/ada', accessKeyId: 'AKIAEXAMPLE' },
}

async function cordon(source: string, lines: readonly unknown[], ...more: string[]) {
  const out: string[] = []
  const err: string[] = []
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
  const io = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
    stdin: () => Readable.from([Buffer.from(text)]),
    env: {},
    clock: systemClock,
    isTty: false,
    columns: 80,
  }
  const argv = ['event', 'normalize', '--source', source, '-', ...more]
  const code = await runCli({ version: '0', commands: eventCommands }, argv, io)
  return { code, out, err: err.join('\n') }
}

test('a record becomes a valid OCSF event on a line of its own', async () => {
  for (const [source, record, uid] of [
    ['okta', login, 3002],
    ['aws', trail, 6003],
  ] as const) {
    const { code, out, err } = await cordon(source, [record], '--json')
    assert.equal(code, exitCodes.ok, err)
    const [event, ...rest] = out.map((line) => parseOwnJson<{ class_uid: number; time: number }>(line))
    assert.deepEqual(rest, [])
    assert.equal(event?.class_uid, uid)
    assert.equal(event.time, Date.UTC(2026, 2, 24, 10, 39))
    assert.deepEqual(validateOcsf(event), [])
  }
})

test('what is no record, and what the connector does not know, is told with its line and by the exit code', async () => {
  const unknown = { ...login, eventType: 'moon.landed' }
  const { code, out, err } = await cordon('okta', ['not json', '[1]', '', login, unknown], '--json')
  assert.equal(code, exitCodes.notClean)
  const told = out.map((line) => parseOwnJson<{ line?: number; why?: string; class_uid?: number }>(line))
  assert.deepEqual(
    told.map(({ line, class_uid: uid }) => line ?? uid),
    [0, 1, 3002, 0],
  )
  assert.match(err, /line 1: not a JSON object/)
  assert.match(err, /line 4: not understood: /)
  assert.match(err, /5 lines; 2 events, 1 of a class of their own; 3 not understood/)
})

test('a batch that a vendor pushes is unpacked, and what would come again is left out', async () => {
  const entry = (stage: string, verb: string) => ({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    auditID: `a-${stage}`,
    stage,
    verb,
    user: { username: 'system:serviceaccount:web:app', groups: [] },
    objectRef: { resource: 'secrets', namespace: 'web', name: 's' },
    stageTimestamp: '2026-03-24T10:39:00.000000Z',
  })
  const batch = { kind: 'EventList', items: [entry('RequestReceived', 'get'), entry('ResponseComplete', 'get')] }
  const { code, out } = await cordon('kubernetes', [batch])
  assert.equal(code, exitCodes.ok)
  assert.equal(out.length, 1)
  assert.equal((await cordon('kubernetes', [entry('RequestReceived', 'get')])).code, exitCodes.notClean)
})

test('sources and streams that are not there are refused with those that are', async () => {
  const source = await cordon('moon', [login])
  assert.equal(source.code, exitCodes.usage)
  assert.match(source.err, /there is no connector `moon`[\s\S]*okta/)
  const stream = await cordon('okta', [login], '--stream', 'moon')
  assert.equal(stream.code, exitCodes.usage)
  assert.match(stream.err, /no stream `moon`[\s\S]*log/)
})
