import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { createHttp, isObject, silentDiagnose, systemClock } from '#kit'
import { entityId, type EntityId } from '#model'
import { oidcActions, oidcConfig, oidcConnector, oidcOrigins, type OidcConfig } from '#connectors/oidc'
import type { ActionContext, ContainAction, Member } from '#respond/contract'

import { refresh } from '../../lab/src/issuer/browser.ts'
import { tried } from './oidc/cases.ts'
import { client, foundCompany, jwtLifetimeS, secrets, type Company, type Table } from './oidc/company.ts'
import { holdsContract, titleOf } from './scene-contract.ts'
import { scenesOf } from './scenes.ts'

let company: Company
let issuer: Company['issuer']
let config: OidcConfig
let authority: string
before(async () => {
  company = await foundCompany()
  ;({ issuer, config, authority } = company)
})
after(() => company.close())

const signIn = (table: Table, scope: string) => company.signIn(table, scope)
const pull = (stream: string, from?: OidcConfig) => company.pull(stream, from)
const memberOf = (value: string) => company.memberOf(value)
const statusAt = (table: Table, token: string) => company.statusAt(table, token)
const context = (lent: Record<string, string> = {}, over: Partial<ActionContext<OidcConfig>> = {}) =>
  company.context({ lent: (credential: EntityId) => lent[credential], ...over })

function actionFor(member: Member): { action: ContainAction<OidcConfig>; target: EntityId } {
  const found = oidcActions.flatMap((action) => {
    const target = action.targetFor(member)
    return target === undefined ? [] : [{ action, target }]
  })
  assert.equal(found.length, 1, `one action serves ${member.entity}`)
  const [only] = found
  assert.ok(only)
  return only
}

test('an opaque token is killed alone and the issuer itself says inactive', async () => {
  const tokens = await signIn('contractors', 'people:read')
  const member = await memberOf(tokens.accessToken)
  const { action, target } = actionFor(member)
  assert.equal(action.verb, 'oidc.token.revoke')
  const lending = context({ [target]: tokens.accessToken })
  assert.equal((await action.probe.run(lending, target)).verdict, 'alive')
  assert.equal(await action.readBack?.(lending, target), 'absent')
  assert.equal(await statusAt('contractors', tokens.accessToken), 200)

  await action.apply(lending, target)
  const probed = await action.probe.run(lending, target)
  assert.equal(probed.verdict === 'dead' && probed.proof.kind, 'introspected')
  assert.equal(await action.readBack?.(lending, target), 'landed')
  assert.equal(await statusAt('contractors', tokens.accessToken), 401)
  const unlent = await action.probe.run(context(), target)
  assert.equal(unlent.verdict === 'dead' && unlent.proof.kind, 'read-back')

  assert.ok(tokens.refreshToken)
  await refresh(issuer.url, client, tokens.refreshToken)
})

test('a refresh token takes its whole family along', async () => {
  const tokens = await signIn('contractors', 'people:read')
  assert.ok(tokens.refreshToken)
  const second = await refresh(issuer.url, client, tokens.refreshToken)
  const { action, target } = actionFor(await memberOf(tokens.refreshToken))
  assert.equal(action.verb, 'oidc.grant.revoke')
  assert.equal((await action.probe.run(context(), target)).verdict, 'alive')
  await action.apply(context(), target)
  const probed = await action.probe.run(context(), target)
  assert.equal(probed.verdict === 'dead' && probed.proof.kind, 'read-back')
  await assert.rejects(refresh(issuer.url, client, tokens.refreshToken), /invalid_grant/)
  assert.equal(await statusAt('contractors', tokens.accessToken), 401)
  assert.equal(await statusAt('contractors', second.accessToken), 401)
})

test('a self-contained token without a deny list survives, with its residual lifetime', async () => {
  const { accessToken } = await signIn('interviews', 'interviews:read')
  const { action, target } = actionFor(await memberOf(accessToken))
  assert.equal(action.verb, 'oidc.token.revoke')
  for (const lending of [context(), context({ [target]: accessToken })]) {
    await action.apply(lending, target)
    const probed = await action.probe.run(lending, target)
    assert.equal(probed.verdict, 'alive')
    const residualMs = (probed.verdict === 'alive' ? (probed.expiresAtMs ?? 0) : 0) - Date.now()
    assert.ok(residualMs > (jwtLifetimeS - 30) * 1000 && residualMs <= jwtLifetimeS * 1000, `${residualMs} ms`)
  }
  assert.equal(await statusAt('interviews', accessToken), 200, 'it truly still opens something')
  const later = { ...systemClock, nowMs: () => Date.now() + (jwtLifetimeS + 60) * 1000 }
  const expired = await action.probe.run(context({ [target]: accessToken }, { clock: later }), target)
  assert.equal(expired.verdict === 'dead' && expired.proof.kind, 'expired')
})

test('a self-contained token is denied at the resource server, tried there, and undone', async () => {
  const { accessToken } = await signIn('payouts', 'payouts:read')
  const { action, target } = actionFor(await memberOf(accessToken))
  assert.equal(action.verb, 'oidc.jwt.deny')
  const lending = context({ [target]: accessToken })
  assert.equal((await action.probe.run(lending, target)).verdict, 'alive')
  const { undoState } = await action.apply(lending, target)
  const probed = await action.probe.run(lending, target)
  assert.equal(probed.verdict === 'dead' && probed.proof.kind, 'probed')
  assert.equal(await statusAt('payouts', accessToken), 401)
  const unlent = await action.probe.run(context(), target)
  assert.equal(unlent.verdict === 'dead' && unlent.proof.kind, 'read-back')
  await action.undo?.(lending, target, undoState)
  assert.equal(await statusAt('payouts', accessToken), 200)
})

test('without the admin extension a lent value is enough, and nothing else is', async () => {
  const tokens = await signIn('contractors', 'people:read')
  const { target } = actionFor(await memberOf(tokens.accessToken))
  const bare = oidcConfig.parse({ issuer: issuer.url })
  const [action] = oidcActions.filter(({ verb }) => verb === 'oidc.token.revoke')
  assert.ok(action)
  const unlent = context({}, { config: bare })
  await assert.rejects(action.apply(unlent, target), { code: 'ERR_OIDC_NEEDS' })
  assert.equal((await action.probe.run(unlent, target)).verdict, 'unknown')
  const lending = context({ [target]: tokens.accessToken }, { config: bare })
  assert.deepEqual(await action.apply(lending, target), { says: 'revoked with its value (RFC 7009)' })
  const probed = await action.probe.run(lending, target)
  assert.equal(probed.verdict === 'dead' && probed.proof.kind, 'introspected')
  // RFC 7662: "inactive" also means "not for your eyes", so a token never seen alive is not called dead.
  await assert.rejects(action.apply(lending, target), { code: 'ERR_OIDC_REFUSED' })
  assert.deepEqual((await pull('inventory', bare)).normalized, [])
})

test('a lent value of another token kills nothing', async () => {
  const one = await signIn('contractors', 'people:read')
  const other = await signIn('contractors', 'people:read')
  const { action, target } = actionFor(await memberOf(one.accessToken))
  const wrong = context({ [target]: other.accessToken })
  await assert.rejects(action.apply(wrong, target), { code: 'ERR_OIDC_TARGET' })
  await assert.rejects(action.probe.run(wrong, target), { code: 'ERR_OIDC_TARGET' })
  assert.equal(await statusAt('contractors', one.accessToken), 200)
  assert.equal(await statusAt('contractors', other.accessToken), 200)
})

test('a client is disabled and enabled again, but never the one Cordon uses', async () => {
  const [action] = oidcActions.filter(({ verb }) => verb === 'oidc.client.disable')
  assert.ok(action)
  const tokens = await signIn('contractors', 'people:read')
  assert.ok(tokens.refreshToken)
  const app = entityId('app', authority, client.id)
  const target = action.targetFor({
    entity: app,
    role: 'trigger',
    credentialKind: null,
    identity: null,
    attributes: {},
  })
  assert.equal(target, app)
  const { undoState } = await action.apply(context(), app)
  assert.equal((await action.probe.run(context(), app)).verdict, 'dead')
  await assert.rejects(refresh(issuer.url, client, tokens.refreshToken), /invalid_client/)
  await action.undo?.(context(), app, undoState)
  await refresh(issuer.url, client, tokens.refreshToken)
  await assert.rejects(action.apply(context(), entityId('app', authority, 'cordon')), { code: 'ERR_OIDC_TARGET' })
})

test('a session is ended at the issuer', async () => {
  await signIn('contractors', 'people:read')
  const { normalized } = await pull('inventory')
  const session = normalized
    .flatMap(({ facts }) => facts)
    .findLast(({ attributes }) => attributes['kind'] === 'session')
  assert.ok(session)
  const { action, target } = actionFor({
    entity: session.entity,
    role: 'session',
    credentialKind: 'session',
    identity: null,
    attributes: {},
  })
  assert.equal((await action.probe.run(context(), target)).verdict, 'alive')
  await action.apply(context(), target)
  assert.equal((await action.probe.run(context(), target)).verdict, 'dead')
})

test('records name tokens by hash and carry no value', async () => {
  const tokens = await signIn('contractors', 'people:read')
  await statusAt('contractors', tokens.accessToken)
  const inventory = await pull('inventory')
  const feed = await pull('log')
  for (const value of [tokens.accessToken, tokens.refreshToken ?? '', client.secret, secrets.clientSecret]) {
    assert.ok(value !== '' && !inventory.raw.includes(value) && !feed.raw.includes(value))
  }
  const { entity } = await memberOf(tokens.accessToken)
  const touch = feed.normalized.flatMap(({ touches }) => touches).find(({ credential }) => credential === entity)
  assert.equal(touch?.identity, entityId('identity', authority, 'svc-ci'))
  assert.ok(
    [...inventory.normalized, ...feed.normalized].every(({ unmapped }) => unmapped === undefined),
    'every record is understood',
  )
  assert.equal(inventory.normalized.at(-1)?.snapshot?.complete, true)
  const edges = inventory.normalized.flatMap((part) => part.edges)
  const grant = edges.find(({ type, dst, src }) => type === 'DERIVES' && dst === entity && src.includes('grant/'))
  assert.ok(grant, 'grant → token')
  assert.ok(
    edges.some(
      ({ src, type, dst }) =>
        src === edges.find((edge) => edge.src === grant.src && edge.type === 'AUTHENTICATES_AS')?.dst &&
        type === 'CAN_READ' &&
        dst.includes('people.brightwater.example'),
    ),
    'identity → people API',
  )
})

test('the check names what is missing and what is too much', async () => {
  const say = (see: Record<string, string>, from = config) =>
    oidcConnector.check({
      config: from,
      see,
      http: createHttp(oidcOrigins(from)),
      clock: systemClock,
      signal: AbortSignal.timeout(60_000),
      diagnose: silentDiagnose,
    })
  const good = await say({ clientSecret: secrets.clientSecret, adminToken: 'EXAMPLE-see' })
  assert.deepEqual([good.authority, good.missing, good.excess], [authority, [], []])
  assert.equal((await say({ clientSecret: secrets.clientSecret, adminToken: secrets.adminToken })).excess.length, 1)
  assert.equal((await say({}, oidcConfig.parse({ issuer: issuer.url }))).missing.length, 2)
  await assert.rejects(say({ clientSecret: 'EXAMPLE-wrong', adminToken: 'EXAMPLE-see' }), { code: 'ERR_OIDC_AUTH' })
})

test('plain http is taken on loopback only', () => {
  assert.equal(oidcConfig.safeParse({ issuer: 'http://id.example.com' }).success, false)
  assert.equal(oidcConfig.safeParse({ issuer: 'https://id.example.com' }).success, true)
  assert.ok(isObject(config))
})

for (const one of scenesOf(tried)) test(titleOf(one), () => holdsContract(one))
