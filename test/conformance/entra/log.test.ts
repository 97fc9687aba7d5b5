import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { isObject, parseJson, type Json, type JsonObject } from '#kit'
import { entityId, type OcsfEvent } from '#model'
import { validateOcsf } from '#model/ocsf'
import { entraConnector } from '#connectors/entra'

import { namedActivities } from '../../../src/connectors/entra/activities.ts'
import { builtInRoles, evaluateAppRole, evaluateRole, evaluateScopes } from '../../../src/connectors/entra/rights.ts'
import { textIn } from '../ask.ts'

const authority = '7e57e57e-0000-4000-8000-000000000001'
const atMs = Date.UTC(2026, 2, 24, 12)
const normalize = (stream: string, raw: Json) =>
  entraConnector.normalize({ stream, raw, eventAtMs: null, arrivedAtMs: atMs, source: 'entra', authority })

const audit = (activityDisplayName: string, more: JsonObject = {}): JsonObject => ({
  id: `Directory_${activityDisplayName}`,
  activityDateTime: '2026-03-24T12:00:00Z',
  activityDisplayName,
  category: 'UserManagement',
  result: 'success',
  operationType: 'Update',
  initiatedBy: {
    user: { id: 'u-ada', userPrincipalName: 'ada@brightwater.example', ipAddress: '203.0.113.66' },
    app: null,
  },
  targetResources: [{ id: 'u-grace', type: 'User', displayName: 'Grace', modifiedProperties: [] }],
  ...more,
})

test('every known activity is valid OCSF: done, failed, and with hardly a field', () => {
  const names = [...namedActivities(), 'Add policy', 'Update conditional access policy', 'Delete application']
  assert.ok(names.length >= 90, `${names.length} activities`)
  const classes = new Set<number>()
  for (const name of names) {
    const bare = { id: 'a', activityDateTime: '2026-03-24T12:00:00Z', activityDisplayName: name }
    const failed = audit(name, { result: 'failure', resultReason: 'denied' })
    const byApp = audit(name, {
      initiatedBy: { user: null, app: { appId: null, displayName: 'Sync', servicePrincipalId: 'sp-1' } },
      targetResources: [{ id: 'sp-2', type: 'ServicePrincipal', displayName: null, modifiedProperties: null }],
    })
    for (const raw of [audit(name), failed, byApp, bare]) {
      const { ocsf, unmapped, edges } = normalize('audit', raw)
      assert.equal(unmapped, undefined, name)
      assert.deepEqual(ocsf.flatMap(validateOcsf), [], name)
      if (raw === failed) assert.deepEqual(edges, [], `${name}: what failed changes nothing`)
      for (const event of ocsf) classes.add(event.class_uid)
    }
  }
  assert.equal(classes.size, 4)
})

test('an unknown activity is kept as the base event and counted', () => {
  const { ocsf, unmapped } = normalize('audit', audit('Something new'))
  assert.equal(unmapped, 'Something new')
  assert.deepEqual(ocsf.flatMap(validateOcsf), [])
})

test('a secret that was added is known by its id, and those that were there before are not taken for new', () => {
  const [old, fresh] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222']
  const line = (id: string, type: string) => `[KeyIdentifier=${id},KeyType=${type},KeyUsage=Verify,DisplayName=x]`
  const raw = audit('Update application – Certificates and secrets management ', {
    targetResources: [
      {
        id: 'obj-1',
        type: 'Application',
        displayName: 'Robot',
        modifiedProperties: [
          {
            displayName: 'KeyDescription',
            oldValue: JSON.stringify([line(old, 'AsymmetricX509Cert')]),
            newValue: JSON.stringify([line(old, 'AsymmetricX509Cert'), line(fresh, 'Password')]),
          },
        ],
      },
    ],
    additionalDetails: [{ key: 'AppId', value: 'client-1' }],
  })
  const { edges } = normalize('audit', raw)
  const made = edges.filter(({ type }) => type === 'CREATED').map(({ dst }) => dst)
  assert.deepEqual(made, [entityId('credential', authority, `secret/application/obj-1/${fresh}`)])
})

test('what a sign-in gives out is named with its end', () => {
  const raw = {
    id: 's-1',
    createdDateTime: '2026-03-24T12:00:00Z',
    userId: 'u-ada',
    sessionId: 'sid-1',
    appId: 'cli',
    resourceId: '00000003-0000-0000-c000-000000000000',
    isInteractive: true,
    signInEventTypes: ['interactiveUser'],
    ipAddress: '203.0.113.66',
    status: { errorCode: 0 },
  }
  const { facts, ocsf, touches } = normalize('sign-ins', raw)
  const tokens = facts.find(({ attributes }) => attributes['kind'] === 'token')
  assert.equal(tokens?.attributes['expiresAtMs'], atMs + 90 * 60_000)
  assert.equal(touches.length, 1)
  assert.deepEqual(ocsf.flatMap(validateOcsf), [])
  const refused = normalize('sign-ins', { ...raw, status: { errorCode: 50126 } })
  assert.deepEqual([refused.edges, refused.touches, refused.refusals], [[], [], undefined])
  const unassigned = normalize('sign-ins', { ...raw, status: { errorCode: 50105 } })
  const user = entityId('identity', authority, 'user/u-ada')
  assert.deepEqual(
    unassigned.refusals,
    ['cli', raw.resourceId].map((api) => ({
      identity: user,
      resource: entityId('resource', authority, `api/${api}`),
      atMs,
    })),
    'who lacks a right to the app, and not who cannot sign in',
  )
})

test('an application permission holds for the tenant; a scope is bounded by its user; a few permissions are all', () => {
  assert.deepEqual(evaluateAppRole('Mail.Read'), {
    rights: [{ type: 'CAN_READ', area: 'Mail', note: 'Mail.Read' }],
    conditional: false,
  })
  const delegated = evaluateScopes('openid Mail.ReadWrite  offline_access')
  assert.deepEqual(delegated, {
    rights: [{ type: 'CAN_WRITE', area: 'Mail', note: 'Mail.ReadWrite' }],
    conditional: true,
  })
  for (const name of [
    'RoleManagement.ReadWrite.Directory',
    'AppRoleAssignment.ReadWrite.All',
    'Application.ReadWrite.All',
  ]) {
    assert.ok(
      evaluateAppRole(name).rights.some(({ type, area }) => type === 'CAN_ADMIN' && area === null),
      name,
    )
  }
  assert.ok(evaluateAppRole('Application.ReadWrite.All', 'of another API').rights.every(({ area }) => area !== null))
  assert.ok(evaluateAppRole('Directory.Read.All').rights.every(({ type }) => type === 'CAN_READ'))
  assert.equal(evaluateAppRole('Sites.FullControl.All').rights[0]?.type, 'CAN_ADMIN')
  assert.ok(builtInRoles.length >= 20)
  const custom = evaluateRole('custom', ['microsoft.directory/applications/credentials/update'])
  assert.deepEqual(
    [custom.conditional, custom.rights[0]?.type, custom.rights[0]?.area],
    [true, 'CAN_WRITE', 'Application'],
  )
  assert.deepEqual(evaluateRole('custom', []).rights[0]?.area, null, 'a role that tells nothing counts as all')
})

/** Events as others have them, by panther-analysis (Apache-2.0): who and from where must be as they stand there. */
const corpus = '../shared/corpora/panther-analysis/events.ndjson'
test('events that others collected tell the same actor and address', (t) => {
  if (!existsSync(corpus)) return t.skip('the corpus is not here')
  const logs = readFileSync(corpus, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"Azure.Audit"'))
    .map((line) => parseJson(line))
    .flatMap((held) => (isObject(held) && isObject(held['log']) ? [held['log']] : []))
    .filter((log) => isObject(log['properties']) && typeof log['category'] === 'string')
  assert.ok(logs.length >= 18, `${logs.length} events: the test must see events`)
  let told = 0
  for (const log of logs) {
    // Diagnostic settings wrap what Graph gives bare.
    const properties = log['properties'] as JsonObject
    const isSignIn = textIn(log, 'category').includes('SignIn')
    const time = isSignIn ? 'createdDateTime' : 'activityDateTime'
    const raw: JsonObject = {
      id: 'an id that was taken out',
      ...properties,
      activityDisplayName: properties['activityDisplayName'] ?? textIn(log, 'operationName'),
      [time]: properties[time] ?? textIn(log, 'time'),
    }
    const { ocsf, unmapped, touches } = normalize(isSignIn ? 'sign-ins' : 'audit', raw)
    assert.deepEqual(ocsf.flatMap(validateOcsf), [])
    const [event] = ocsf
    assert.ok(event)
    if (unmapped !== undefined) continue
    told++
    const user = isSignIn ? properties['userId'] : at(properties, 'initiatedBy', 'user', 'id')
    if (typeof user === 'string') assert.equal(at(event, 'actor', 'user', 'uid'), user)
    const address = isSignIn ? properties['ipAddress'] : at(properties, 'initiatedBy', 'user', 'ipAddress')
    if (typeof address === 'string') assert.equal(at(event, 'src_endpoint', 'ip'), address)
    const code = at(properties, 'status', 'errorCode')
    if (isSignIn) assert.equal(touches.length, code === 0 ? 1 : 0)
  }
  assert.ok(told >= 15, `${told} understood`)
})

function at(of: OcsfEvent | JsonObject, ...path: string[]): unknown {
  let held: unknown = of
  for (const key of path) held = isObject(held) ? held[key] : undefined
  return held
}
