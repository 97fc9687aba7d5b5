import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { isObject, parseJson, type Json, type JsonObject } from '#kit'
import { isOcsf, type EdgeStatement, type EntityId, type Normalized } from '#model'

import { activityTypes } from './activity-types.ts'
import { normalize } from './normalize.ts'
import { evaluateRole, evaluateScopes } from './rights.ts'

const authority = 'C01example'
const ada = '100000000000000000001'
const bo = '100000000000000000002'
const atMs = Date.UTC(2026, 2, 24, 12)
const id = (kind: string, native: string): EntityId => `${kind}:${authority}:${native}` as EntityId

type Parameters = Record<string, string | string[] | boolean>
const parametersOf = (parameters: Parameters): Json[] =>
  Object.entries(parameters).map(([name, value]) => ({
    name,
    ...(Array.isArray(value) ? { multiValue: value } : typeof value === 'boolean' ? { boolValue: value } : { value }),
  }))

const activity = (
  application: string,
  name: string,
  parameters: Parameters = {},
  more: JsonObject = {},
): JsonObject => ({
  id: { time: '2026-03-24T12:00:00.000Z', uniqueQualifier: '7', applicationName: application, customerId: authority },
  actor: { callerType: 'USER', email: 'ada@example.com', profileId: ada },
  ipAddress: '192.0.2.7',
  events: [{ type: 'x', name, parameters: parametersOf(parameters) }],
  resolved: { 'bo@example.com': bo, 'all@example.com': 'group/01abcdefg' },
  ...more,
})
const read = (raw: Json, stream = 'log-admin'): Normalized =>
  normalize({ stream, raw, eventAtMs: atMs, arrivedAtMs: atMs, source: 's', authority })
const inventory = (rows: Json[]): Normalized =>
  read({ snapshot: { id: 's', part: 0, complete: true, takenAtMs: atMs }, rows: { kind: 'x', rows } }, 'directory')
const edges = ({ edges }: Normalized): string[] =>
  edges.map(({ op, src, type, dst, conditional }: EdgeStatement) => {
    const short = (entity: EntityId): string => entity.replace(`:${authority}:`, ':')
    return `${op} ${short(src)} ${type} ${short(dst)}${conditional === true ? ' ?' : ''}`
  })
const has = (found: Normalized, edge: string): void =>
  assert.ok(edges(found).includes(edge), `${edge}\n${edges(found).join('\n')}`)

test('a grant reaches what its scopes open, in the data of its user, and nothing else', () => {
  const scopes = ['https://mail.google.com/', 'https://www.googleapis.com/auth/drive.readonly', 'openid']
  const found = inventory([{ of: 'tokens', user: ada, clientId: 'c1', displayText: 'Notes AI', scopes }])
  has(found, `open credential:grant/${ada}/c1 AUTHENTICATES_AS identity:acting/${ada}/c1`)
  has(found, `open app:c1 ACTS_AS identity:acting/${ada}/c1`)
  has(found, `open identity:acting/${ada}/c1 CAN_ADMIN resource:data/${ada}/mail`)
  has(found, `open identity:acting/${ada}/c1 CAN_READ resource:data/${ada}/drive`)
  assert.equal(edges(found).filter((edge) => / CAN_/.test(edge)).length, 2)
  const made = found.edges.find(({ type }) => type === 'CREATED')
  assert.ok(
    made !== undefined && 'atMs' in made && made.atMs === atMs,
    'dated by its first listing, for Google tells no other',
  )
})

test('the token log dates a grant, and a later use of it opens nothing', () => {
  const granted = read(
    activity('token', 'authorize', { client_id: 'c1', scope: ['https://mail.google.com/'] }),
    'log-token',
  )
  const [login] = granted.edges.filter(({ type }) => type === 'AUTHENTICATES_AS')
  assert.ok(login !== undefined && 'atMs' in login && login.atMs === atMs)
  const ended = read(activity('token', 'revoke', { client_id: 'c1' }), 'log-token')
  has(ended, `close credential:grant/${ada}/c1 AUTHENTICATES_AS identity:acting/${ada}/c1`)
  has(ended, `close identity:${ada} CREATED credential:grant/${ada}/c1`)
  const call = { client_id: 'c1', method_name: 'gmail.users.messages.list', product_bucket: 'GMAIL' }
  const used = read(activity('token', 'activity', call), 'log-token')
  assert.deepEqual(used.edges, [])
  assert.deepEqual(used.touches, [
    {
      identity: id('identity', `acting/${ada}/c1`),
      credential: id('credential', `grant/${ada}/c1`),
      resource: id('resource', `data/${ada}/mail`),
      verb: 'read',
      atMs,
      records: null,
      origin: '192.0.2.7',
    },
  ])
})

test('what an administrator makes for somebody else is a descendant of the session it was made in', () => {
  const role = read(activity('admin', 'ASSIGN_ROLE', { USER_EMAIL: 'bo@example.com', ROLE_NAME: '_SEED_ADMIN_ROLE' }))
  has(role, `open credential:session/${ada} CREATED resource:role-assignment/${bo}/super`)
  has(role, `open identity:${bo} CAN_ADMIN resource:org`)
  const member = read(
    activity('admin', 'ADD_GROUP_MEMBER', { USER_EMAIL: 'bo@example.com', GROUP_EMAIL: 'all@example.com' }),
  )
  has(member, `open identity:${ada} CREATED resource:membership/01abcdefg/${bo}`)
  const password = read(activity('admin', 'CHANGE_PASSWORD', { USER_EMAIL: 'bo@example.com' }))
  has(password, `open identity:${ada} CREATED credential:password/${bo}`)
})

test('an address that nobody here had names nobody', () => {
  const found = read(activity('admin', 'GRANT_ADMIN_PRIVILEGE', { USER_EMAIL: 'stranger@example.net' }))
  assert.deepEqual(found.edges, [])
  assert.equal(found.ocsf.length, 1)
})

test('a delegated client is known when it is let in, and, where that was not seen, by its first use', () => {
  const scopes = 'https://mail.google.com/, https://www.googleapis.com/auth/admin.directory.user'
  const made = read(
    activity('admin', 'AUTHORIZE_API_CLIENT_ACCESS', { API_CLIENT_NAME: '1234567', API_SCOPES: scopes }),
  )
  has(made, 'open identity:acting/all/1234567 CAN_ADMIN resource:data/all/mail')
  has(made, `open credential:session/${ada} CREATED credential:delegation/1234567`)
  const actor = {
    profileId: bo,
    email: 'bo@example.com',
    applicationInfo: { oauthClientId: '1234567', applicationName: 'sync', impersonation: true },
  }
  const used = read(activity('drive', 'download', { doc_id: 'd', owner: 'bo@example.com' }, { actor }), 'log-drive')
  has(used, 'open credential:delegation/1234567 AUTHENTICATES_AS identity:acting/all/1234567')
  assert.equal(used.touches[0]?.credential, id('credential', 'delegation/1234567'))
})

test('titles of files and recovery addresses do not pass the schemas', () => {
  const user = {
    of: 'users',
    id: ada,
    primaryEmail: 'ada@example.com',
    recoveryEmail: 'secret@example.net',
    hashFunction: 'MD5',
  }
  const text = JSON.stringify(inventory([user]))
  assert.ok(!text.includes('secret@example.net') && !text.includes('MD5'))
})

test('scopes by what they open', () => {
  const auth = (name: string): string => `https://www.googleapis.com/auth/${name}`
  const data = (...scopes: string[]): string[] =>
    evaluateScopes(scopes).data.map(({ area, type, conditional }) => `${type} ${area}${conditional ? ' ?' : ''}`)
  assert.deepEqual(data('openid', 'email', auth('userinfo.profile'), auth('drive.appdata')), [])
  assert.deepEqual(data(auth('gmail.readonly')), ['CAN_READ mail'])
  assert.deepEqual(data(auth('gmail.send')), ['CAN_WRITE mail'])
  assert.deepEqual(data(auth('gmail.modify')), ['CAN_READ mail', 'CAN_WRITE mail'])
  assert.deepEqual(data(auth('gmail.settings.sharing')), ['CAN_ADMIN mail'])
  assert.deepEqual(data(auth('drive')), ['CAN_ADMIN drive'])
  assert.deepEqual(data(auth('drive.file')), ['CAN_READ drive ?', 'CAN_WRITE drive ?'])
  assert.deepEqual(data(auth('spreadsheets')), ['CAN_READ drive', 'CAN_WRITE drive'])
  assert.deepEqual(data(auth('calendar.events')), ['CAN_READ calendar', 'CAN_WRITE calendar'])
  assert.deepEqual(data(auth('cloud-platform')), ['CAN_ADMIN cloud'])
  assert.deepEqual(data('https://www.google.com/m8/feeds'), ['CAN_ADMIN contacts'])
  assert.deepEqual(data(auth('never.heard.of')), ['CAN_READ other ?', 'CAN_WRITE other ?'])
  assert.equal(evaluateScopes(['https://www.google.com/accounts/OAuthLogin']).isWholeAccount, true)
  assert.deepEqual(
    evaluateScopes([auth('admin.directory.user')]).admin.map(({ area, conditional }) => [area, conditional]),
    [['accounts', true]],
  )
})

test('a role of unknown privileges counts as everything, as an upper bound', () => {
  const role = (rolePrivileges: { privilegeName: string }[]) => evaluateRole({ roleId: '1', rolePrivileges })
  assert.deepEqual(
    role([{ privilegeName: 'USERS_RETRIEVE' }, { privilegeName: 'GROUPS_ALL' }]).map(
      ({ type, area }) => `${type} ${area}`,
    ),
    ['CAN_READ accounts', 'CAN_ADMIN groups'],
  )
  assert.deepEqual(
    role([]).map(({ type, area, conditional }) => [type, area, conditional]),
    [['CAN_ADMIN', 'org', true]],
  )
})

test('the tables know the names of Google’s appendix', () => {
  assert.ok(activityTypes().length > 180, `${activityTypes().length} names`)
})

const corpus = '../shared/corpora/panther-analysis/events.ndjson'

/** Panther flattens an activity into one event; turned back, our actor and address must be what its data model reads. */
function fromPanther(log: JsonObject): JsonObject | undefined {
  const { id: ids, name, type, parameters, actor, ipAddress } = log
  if (!isObject(ids) || typeof ids['applicationName'] !== 'string' || typeof name !== 'string') return undefined
  const list = Object.entries(isObject(parameters) ? parameters : {}).flatMap(([key, value]): Json[] =>
    typeof value === 'string'
      ? [{ name: key, value }]
      : typeof value === 'boolean'
        ? [{ name: key, boolValue: value }]
        : Array.isArray(value) && value.every((one) => typeof one === 'string')
          ? [{ name: key, multiValue: value }]
          : [],
  )
  return {
    id: ids,
    actor: actor ?? null,
    ipAddress: ipAddress ?? null,
    events: [{ type: type ?? null, name, parameters: list }],
  }
}

test(
  'actor and address of Panther’s events are what its data model reads',
  { skip: existsSync(corpus) ? false : `no ${corpus}` },
  () => {
    let seen = 0
    let specific = 0
    for (const line of readFileSync(corpus, 'utf8').split('\n').filter(Boolean)) {
      const { log } = parseJson(line) as { log: JsonObject | null }
      if (log === null) continue
      const isGoogle = log['p_log_type'] === 'GSuite.ActivityEvent' || log['kind'] === 'admin#reports#activity'
      const raw = isGoogle ? fromPanther(log) : undefined
      if (raw === undefined) continue
      seen++
      const application = (raw['id'] as JsonObject)['applicationName'] as string
      const [event] = read(raw, `log-${application}`).ocsf
      assert.ok(event !== undefined, JSON.stringify(raw))
      if (isOcsf(event, 'base_event')) continue
      specific++
      const told = JSON.parse(JSON.stringify(event)) as {
        actor?: { user?: { email_addr?: string } }
        evidences?: { actor: { user: { email_addr?: string } }; src_endpoint: { ip?: string } }[]
        src_endpoint?: { ip?: string }
      }
      const actor = told.actor ?? told.evidences?.[0]?.actor
      const from = told.src_endpoint ?? told.evidences?.[0]?.src_endpoint
      const email = isObject(log['actor']) ? log['actor']['email'] : undefined
      assert.equal(actor?.user?.email_addr, email, line.slice(0, 300))
      assert.equal(from?.ip, log['ipAddress'], line.slice(0, 300))
    }
    assert.ok(seen >= 40, `${seen} events`)
    assert.ok(specific / seen > 0.6, `${specific} of ${seen} have a class of their own`)
  },
)
