import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isOcsf, ocsfClasses, ocsfEvent } from './event.ts'
import { ocsfDepthMax, ocsfProblemsMax, validateOcsf } from './validate.ts'

const product = { name: 'lab', vendor_name: 'Lab' }
const login = () =>
  ocsfEvent('authentication', 'logon', 1_774_353_600_000, product, {
    uid: 'e1',
    user: { uid: 'u1', email_addr: 'ada@example.com', type_id: 1 },
    src_endpoint: { ip: '192.0.2.7', port: 443 },
    dst_endpoint: { svc_name: 'sso' },
    status_id: 1,
    status_detail: undefined,
    unmapped: { anything: [{ goes: null }] },
  })
/** Problems of a login changed so, as `code path`. */
const wrong = (changes: Record<string, unknown>): string[] =>
  validateOcsf({ ...login(), ...changes }).map(({ code, path }) => `${code} ${path}`)

test('an event is filled in by class and activity, and is valid', () => {
  const event = login()
  assert.deepEqual(
    [event.class_uid, event.category_uid, event.activity_id, event.type_uid, event.severity_id],
    [3002, 3, 1, 300_201, 1],
  )
  assert.deepEqual(event.metadata, { version: '1.8.0', product, uid: 'e1' })
  assert.ok(!('status_detail' in event), 'what is undefined is left out')
  assert.ok(isOcsf(event, 'authentication') && event.user.uid === 'u1')
  assert.ok(!isOcsf(event, 'user_access'))
  assert.deepEqual(validateOcsf(event), [])
})

test('ids must belong together', () => {
  assert.deepEqual(wrong({ class_uid: 42 }), ['class class_uid'])
  assert.deepEqual(wrong({ class_uid: undefined }), ['class class_uid'])
  assert.deepEqual(wrong({ category_uid: 4 }), ['uid category_uid'])
  assert.deepEqual(wrong({ type_uid: 300_202 }), ['uid type_uid'])
  assert.deepEqual(wrong({ activity_id: 42, type_uid: 300_242 }), ['value activity_id'])
  assert.deepEqual(
    validateOcsf('text').map(({ code }) => code),
    ['class'],
  )
})

test('what is required is missed, by path', () => {
  for (const name of ['category_uid', 'type_uid', 'activity_id', 'severity_id', 'time', 'metadata', 'user'])
    assert.deepEqual(wrong({ [name]: undefined }), [`missing ${name}`])
  assert.deepEqual(wrong({ metadata: {} }), ['missing metadata.product', 'missing metadata.version'])
  assert.deepEqual(wrong({ dst_endpoint: undefined }), ['constraint '])
  assert.deepEqual(wrong({ user: { email_addr: 'ada@example.com' } }), ['constraint user'])
})

const mistyped: [string, unknown, string][] = [
  ['time', 1.5, 'time'],
  ['time', '2026-03-24T12:00:00Z', 'time'],
  ['message', 7, 'message'],
  ['is_mfa', 'true', 'is_mfa'],
  ['user', 'u1', 'user'],
  ['user', [{ uid: 'u1' }], 'user'],
  ['user', null, 'user'],
  ['user', { uid: 'u1', email_addr: 'ada' }, 'user.email_addr'],
  ['src_endpoint', { ip: '192.0.2' }, 'src_endpoint.ip'],
  ['src_endpoint', { ip: '192.0.2.7', mac: '00-11' }, 'src_endpoint.mac'],
  ['src_endpoint', { ip: '192.0.2.7', port: 65_536 }, 'src_endpoint.port'],
  ['session', { uid: 's', uuid: 'no' }, 'session.uuid'],
  ['auth_factors', { factor_type_id: 1 }, 'auth_factors'],
  ['status_id', '1', 'status_id'],
]
for (const [name, value, path] of mistyped) {
  test(`a value of another type is found at ${path}: ${JSON.stringify(value)}`, () => {
    assert.deepEqual(wrong({ [name]: value }), [`type ${path}`])
  })
}

test('enumerations hold, and Other says which other', () => {
  assert.deepEqual(wrong({ severity_id: 7 }), ['value severity_id'])
  assert.deepEqual(wrong({ user: { uid: 'u1', type_id: 77 } }), ['value user.type_id'])
  assert.deepEqual(wrong({ auth_factors: [{ factor_type_id: 1 }, { factor_type_id: 77 }] }), [
    'value auth_factors[1].factor_type_id',
  ])
  assert.deepEqual(wrong({ severity_id: 99 }), ['sibling severity_id'])
  assert.deepEqual(wrong({ severity_id: 99, severity: 'Apocalyptic' }), [])
  assert.deepEqual(wrong({ activity_id: 99, type_uid: 300_299, activity_name: '' }), ['sibling activity_id'])
})

test('just one of is neither none nor two', () => {
  const session = (fields: object) =>
    validateOcsf({ ...login(), class_uid: 3003, type_uid: 300_301, dst_endpoint: undefined, ...fields })
      .filter(({ code }) => code === 'constraint')
      .map(({ message }) => message)
  assert.deepEqual(session({ privileges: ['root'] }), [])
  assert.equal(session({}).length, 1)
  assert.equal(session({ privileges: ['root'], group: { uid: 'g' } }).length, 1)
})

test('what readers cope with is a warning', () => {
  const warned = validateOcsf({
    ...login(),
    colour: 'red',
    cloud: { provider: 'AWS' },
    user: { uid: 'u1', credential_uid: 'k1', nick: 'x' },
    metadata: { ...login().metadata, version: '1.7.0' },
  })
  assert.deepEqual(warned.map(({ code, path, level }) => `${level} ${code} ${path}`).sort(), [
    'warning deprecated user.credential_uid',
    'warning profile cloud',
    'warning unknown colour',
    'warning unknown user.nick',
    'warning version metadata.version',
  ])
})

test('a profile brings its attributes and what it requires', () => {
  const metadata = { ...login().metadata, profiles: ['cloud'] }
  assert.deepEqual(wrong({ metadata }), ['missing cloud'])
  assert.deepEqual(wrong({ metadata, cloud: { provider: 'AWS' } }), [])
})

test('an inherited name is no attribute and no class', () => {
  assert.deepEqual(wrong({ constructor: 1 }), ['unknown constructor'])
  assert.deepEqual(wrong({ ['__proto__']: { user: 1 } }), ['unknown __proto__'])
})

test('a hostile event costs bounded work and is not repeated in problems', () => {
  let process: object = { pid: 1 }
  for (let depth = 0; depth < 10_000; depth++) process = { pid: 1, parent_process: process }
  const deep = validateOcsf({ ...login(), actor: { process } })
  assert.deepEqual(
    deep.map(({ code, path }) => [code, path.split('.').length]),
    [['depth', ocsfDepthMax]],
  )
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`x${at}`, 'EXAMPLE-secret']))
  const problems = validateOcsf({ ...login(), ...many })
  assert.equal(problems.length, ocsfProblemsMax)
  assert.ok(!JSON.stringify(problems).includes('EXAMPLE-secret'))
})

test('every class and activity can be named', () => {
  assert.ok(Object.keys(ocsfClasses).length > 80)
  for (const [name, { class_uid, category_uid, activities }] of Object.entries(ocsfClasses)) {
    for (const activity_id of Object.values<number>(activities)) {
      const type_uid = class_uid * 100 + activity_id
      const problems = validateOcsf({ class_uid, category_uid, activity_id, type_uid, activity_name: 'x' })
      assert.ok(!problems.some(({ code }) => ['class', 'uid', 'value', 'sibling'].includes(code)), name)
    }
  }
})

test('what the compiler refuses is no valid event either', () => {
  const user = { uid: 'u1' }
  const service = { uid: 's1' }
  const refused = [
    // @ts-expect-error -- the class requires a user
    ocsfEvent('authentication', 'logon', 1, product, { service }),
    // @ts-expect-error -- and undefined is none
    ocsfEvent('authentication', 'logon', 1, product, { service, user: undefined }),
    // @ts-expect-error -- an attribute of no class
    ocsfEvent('authentication', 'logon', 1, product, { service, user, colour: 'red' }),
    // @ts-expect-error -- a value outside the enumeration
    ocsfEvent('authentication', 'logon', 1, product, { service, user: { uid: 'u1', type_id: 77 } }),
    // @ts-expect-error -- a product needs a name or an id
    ocsfEvent('authentication', 'logon', 1, { vendor_name: 'Lab' }, { service, user }),
  ]
  for (const event of refused) assert.equal(validateOcsf(event).length, 1)
  // @ts-expect-error -- an activity of another class
  assert.throws(() => ocsfEvent('authentication', 'assign_privileges', 1, product, { service, user }))
})
