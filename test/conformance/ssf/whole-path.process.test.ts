import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { createHttp, systemClock, type HttpRequest, type HttpResponse } from '#kit'

import { caep, risc, startTransmitter, type Transmitter } from '../../../lab/twins/ssf/transmitter.ts'
import { startProduct, type Person, type Product } from '../../systems/product.ts'

const waitMs = 20_000
let cordon: Product
let onCall: Person
let transmitter: Transmitter

before(async () => {
  transmitter = await startTransmitter(systemClock, 'EXAMPLE-to-us')
  cordon = await startProduct()
  onCall = await cordon.person('on-call', ['responder'])
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
