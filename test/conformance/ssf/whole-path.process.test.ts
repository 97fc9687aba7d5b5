import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { createHttp, systemClock, type HttpRequest, type HttpResponse } from '#kit'
import type { EntityId } from '#model'

import { caep, risc, startTransmitter, type Transmitter } from '../../../lab/twins/ssf/transmitter.ts'
import { startProduct, type Person, type Product } from '../../systems/product.ts'

/** Against a hang, not a bar: a machine shared with others takes its time. */
const waitMs = 90_000
let cordon: Product
let onCall: Person
let peer: Person
let transmitter: Transmitter

before(async () => {
  transmitter = await startTransmitter(systemClock, 'EXAMPLE-to-us')
  cordon = await startProduct((url) => `signals: { issuer: '${url}', receivers: ['${url}'] }\n`)
  onCall = await cordon.person('on-call', ['responder', 'approver'])
  assert.equal((await onCall.cli('approver', 'enroll')).code, 0)
  const { loosenings } = await onCall.api.call('loosening.list')
  assert.equal((await cordon.admin.cli('loosening', 'consent', loosenings[0]?.id ?? '')).code, 0)
  peer = await cordon.person('peer', ['receiver'])
})
after(async () => {
  await cordon.stop()
  cordon.remove()
  await transmitter.close()
})

const call = (path: string, token: string | null, request: HttpRequest = {}): Promise<HttpResponse> =>
  createHttp([cordon.url]).request(`${cordon.url}${path}`, {
    ...request,
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...request.headers },
  })
async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const end = performance.now() + waitMs; performance.now() < end;) {
    const found = await look().catch(() => undefined)
    if (found !== undefined) return found
    await systemClock.sleep(100)
  }
  throw new Error(`${what} did not come within ${waitMs} ms:\n${cordon.diagnostics().slice(-2_000)}`)
}
/** The newest record of a source that fits, and how many do. */
async function recordsOf(source: string, pattern: RegExp): Promise<string[]> {
  const { head } = await cordon.admin.api.call('system.health')
  const found: string[] = []
  for (let offset = 1; offset <= head; offset++) {
    const event = await cordon.admin.api.call('event.show', { params: { offset: String(offset) } })
    const text = JSON.stringify(event.raw)
    if (event.source === source && pattern.test(text)) found.push(text)
  }
  return found
}

test('a proven step is told to a receiver, and another Cordon believes it: here the same one', async () => {
  assert.deepEqual((await call('/ssf/jwks', null)).json(), { keys: [] })
  assert.equal((await call('/ssf/streams', cordon.admin.token)).status, 403, 'an administrator is no receiver')
  assert.equal((await call('/ssf/streams', null)).status, 401)
  await cordon.admin.api.call('source.add', {
    body: {
      id: 'own-words',
      connector: 'ssf',
      config: { issuer: cordon.url, audience: `${cordon.url}/receivers/peer`, realm: 'peer.example' },
      secrets: { see: { token: peer.token }, contain: {} },
    },
  })
  await until('the stream', async () =>
    (await onCall.api.call('signal.show')).streams.length === 1 ? true : undefined,
  )
  const { id } = await cordon.admin.api.call('key.issue', { body: { owner: 'annotator' } })
  const credential: EntityId = `credential:cordon:${id}`
  await until('the key to be known', async () => {
    const { entities } = await onCall.api.call('estate.find', { query: { kind: 'credential' } })
    return JSON.stringify(entities).includes(id) ? true : undefined
  })
  const opened = await onCall.api.call('incident.open', {
    body: {
      title: 'a key may be known',
      trigger: { kind: 'credential', credential },
      window: { fromMs: Date.now() - 60_000 },
    },
  })
  const params = { incident: opened.id }
  const { plan } = await onCall.api.call('incident.contain', { params })
  assert.deepEqual(await recordsOf('own-words', /credential-change/), [], 'nothing before it is approved and proven')
  await onCall.api.call('incident.approve', { params, body: await onCall.approve(plan, 60_000) })
  await until('the signal to wait for its receiver', async () => {
    const [shown] = (await onCall.api.call('signal.show')).streams
    return shown?.waiting === 1 ? true : undefined
  })
  // A source whose secrets come anew polls at once, not only when its quarter of a minute is over.
  const see = { token: peer.token }
  await cordon.admin.api.call('source.rotate', { params: { source: 'own-words' }, body: { see } })
  const [record = ''] = await until('the signal to be heard', async () => {
    const found = await recordsOf('own-words', /credential-change/)
    return found.length > 0 ? found : undefined
  })
  assert.match(record, /"change_type":"revoke"/)
  assert.match(record, new RegExp(opened.id))
  const shown = await until('the acknowledgement', async () => {
    const { streams } = await onCall.api.call('signal.show')
    return streams[0]?.waiting === 0 ? streams[0] : undefined
  })
  assert.deepEqual([shown.owner, shown.delivery, shown.status], ['peer', 'poll', 'enabled'])
  await cordon.admin.api.call('user.revoke', { params: { user: 'peer' } })
  assert.deepEqual((await onCall.api.call('signal.show')).streams, [], 'a receiver that is gone is told nothing more')
})

test('a receiver that cannot ask is added by hand, pushed to, and believes what it gets', async () => {
  const audience = 'https://pushed.example'
  await cordon.admin.api.call('source.add', {
    body: {
      id: 'own-pushed',
      connector: 'ssf',
      config: { issuer: cordon.url, audience, delivery: 'push', byHand: true, realm: 'pushed.example' },
    },
  })
  const { token } = await cordon.admin.api.call('ingest-token.create', { params: { source: 'own-pushed' }, body: {} })
  const file = join(cordon.data, 'pushed.authorization')
  writeFileSync(file, `Bearer ${token}`, { mode: 0o600 })
  const endpoint = `${cordon.url}/v1/signals/own-pushed`
  const add = (...more: string[]) =>
    cordon.admin.cli('signal', 'add', endpoint, '--audience', audience, '--authorization', `file:${file}`, ...more)
  assert.match((await add('--events', 'peace')).err, /session-revoked, credential-change/)
  const added = await add('--events', 'session-revoked')
  assert.equal(added.code, 0, added.err)
  const verified = await cordon.admin.cli('signal', 'verify', added.out.trim())
  assert.equal(verified.code, 0, verified.err)
  await until('the verification to arrive', async () => {
    const [shown] = (await onCall.api.call('signal.show')).streams
    const found = await recordsOf('own-pushed', /event-type\/verification/)
    return found.length === 1 && shown?.waiting === 0 ? true : undefined
  })
  const list = await cordon.admin.cli('signal', 'list')
  assert.doesNotMatch(list.out, new RegExp(token), 'the receiver’s secret is never shown again')
  assert.equal((await cordon.admin.cli('signal', 'remove', added.out.trim())).code, 0)
})

test('what a transmitter pushes is checked, kept once, and opens an incident about that account alone', async () => {
  await cordon.admin.api.call('source.add', {
    body: {
      id: 'idp-signals',
      connector: 'ssf',
      config: {
        issuer: transmitter.issuer,
        audience: 'https://cordon.example',
        delivery: 'push',
        realm: 'idp.example',
        receiveUrl: `${cordon.url}/v1/signals/idp-signals`,
      },
      secrets: { see: { token: 'EXAMPLE-to-us' }, contain: {} },
    },
  })
  const { token } = await cordon.admin.api.call('ingest-token.create', { params: { source: 'idp-signals' }, body: {} })
  const push = async (text: string, bearer: string | null = token): Promise<[number, string]> => {
    const headers = { 'content-type': 'application/secevent+jwt' }
    const response = await call('/v1/signals/idp-signals', bearer, { method: 'POST', body: text, headers })
    const body = response.text === '' ? '' : JSON.stringify(response.json())
    return [response.status, /"err":"(\w+)"/.exec(body)?.[1] ?? body]
  }
  const claims = transmitter.claims({ [risc('credential-compromise')]: { credential_type: 'password' } })
  const good = await transmitter.sign(claims)
  assert.deepEqual(await push(good, null), [401, 'authentication_failed'])
  assert.deepEqual(await push(good, cordon.admin.token), [403, 'access_denied'])
  assert.deepEqual(await push(await transmitter.sign({ ...claims, aud: 'x' })), [400, 'invalid_audience'])
  assert.deepEqual(await push(await transmitter.sign({ ...claims, iss: 'x' })), [400, 'invalid_issuer'])
  assert.deepEqual(await push('x'.repeat(200_000)), [413, 'invalid_request'])
  assert.deepEqual(await push(good), [202, ''])
  assert.deepEqual(await push(good), [202, ''], 'a replay is welcome, and nothing new')
  assert.equal((await recordsOf('idp-signals', /credential-compromise/)).length, 1)
  const upload = await call('/v1/events/idp-signals', token, { method: 'POST', body: '{"set":{}}' })
  assert.equal(upload.status, 400, 'nobody writes in its name without its signature')
  const incident = await until('the incident', async () => {
    const { incidents } = await onCall.api.call('incident.list')
    return incidents.find(({ title }) => title.includes('compromised credential'))
  })
  assert.deepEqual(incident.trigger, { kind: 'identity', identity: 'identity:idp.example:u1' })
  assert.deepEqual(incident.trust.confinedTo, ['identity:idp.example:u1'])
  assert.deepEqual(await push(await transmitter.sign(transmitter.claims({ [caep('session-revoked')]: {} }))), [202, ''])
})

test('an identity provider provisions a person, who then leaves; with the source all of it goes', async () => {
  await cordon.admin.api.call('source.add', {
    body: { id: 'people', connector: 'scim', config: { authority: 'people.example' } },
  })
  const { token } = await cordon.admin.api.call('ingest-token.create', { params: { source: 'people' }, body: {} })
  const scim = (method: HttpRequest['method'], path: string, body?: unknown, bearer = token): Promise<HttpResponse> =>
    call(`/scim/v2${path}`, bearer, {
      ...(method === undefined ? {} : { method }),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/scim+json' } }),
    })
  const made = await scim('POST', '/Users', { userName: 'ada@example.com', displayName: 'Ada', password: 'EXAMPLE' })
  assert.equal(made.status, 201)
  const { id } = made.json() as { id: string }
  assert.equal(made.header('location'), `${cordon.url}/scim/v2/Users/${id}`)
  const taken = await scim('POST', '/Users', { userName: 'ADA@example.com' })
  assert.deepEqual([taken.status, (taken.json() as { scimType: string }).scimType], [409, 'uniqueness'])
  const found = await scim('GET', `/Users?filter=${encodeURIComponent('userName eq "ada@example.com"')}`)
  assert.equal((found.json() as { totalResults: number }).totalResults, 1)
  const left = { schemas: [], Operations: [{ op: 'Replace', path: 'active', value: 'False' }] }
  assert.equal((await scim('PATCH', `/Users/${id}`, left)).status, 200)
  await until('the estate to know', async () => {
    const { entities } = await onCall.api.call('estate.find', { query: { kind: 'identity', name: 'Ada' } })
    const known = entities.find(({ entity }) => entity === `identity:people.example:scim/${id}`)
    return known?.attributes['enabled'] === false ? true : undefined
  })
  assert.equal((await scim('GET', '/Users', undefined, cordon.admin.token)).status, 403)
  assert.equal((await call('/v1/sources', token)).status, 403, 'a provisioner sees nothing else')
  await cordon.admin.api.call('source.remove', { params: { source: 'people' } })
  assert.equal((await scim('GET', '/Users')).status, 401)
})
