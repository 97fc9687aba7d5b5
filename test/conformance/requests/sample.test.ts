import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Json } from '#kit'
import { entityId } from '#model'
import { defineAction, type ContainAction } from '#respond/contract'
import { refuseUnlessOk, VendorError } from '#sources/contract'

import { openDescription } from '../../../lab/twins/kit/openapi.ts'
import { sampleConnector } from '../faults/sample.ts'
import { twinOrigin } from '../faults/run.ts'
import { requestSuite, type RequestPlug } from './suite.ts'

type Config = Record<string, never>

const records = {
  type: 'object',
  required: ['records'],
  properties: {
    records: { type: 'array', items: { type: 'object', properties: { id: { type: 'string' } } } },
    next: { type: 'string', nullable: true },
  },
}
const answers = { 200: { content: { 'application/json': { schema: records } } } }
const whole = (name: string): Json => ({ name, in: 'query', schema: { type: 'integer' } })
const list = (operationId: string, parameters: Json[]): Json => {
  return { get: { operationId, security: [{ oauth: ['events.read'] }], parameters, responses: answers } }
}
const document: Json = {
  paths: {
    '/trail': list('trail', [whole('since'), whole('after')]),
    '/activity': list('activity', [whole('since'), whole('until'), whole('offset')]),
    '/people/{list}': list('people', [{ name: 'after', in: 'query', schema: { type: 'string' } }]),
    '/users/{id}/suspend': {
      post: { operationId: 'suspend', security: [{ oauth: ['users.manage'] }], responses: { 204: {} } },
    },
  },
  components: { securitySchemes: { oauth: { type: 'oauth2' } } },
}

const suspend = (path: string, scopes: string[]): ContainAction<Config> =>
  defineAction<Config>({
    verb: 'sample.user.suspend',
    phase: 'revoke',
    title: 'Suspend a user',
    targetFor: () => undefined,
    scopes,
    retry: 'idempotent',
    proofs: ['read-back'],
    probe: { everyMs: 1, withinMs: 1, run: () => Promise.resolve({ verdict: 'unknown', says: 'not asked' }) },
    preview: () => {
      throw new VendorError('ERR_VENDOR_REFUSED', 'not asked for here')
    },
    async apply({ http }) {
      refuseUnlessOk(await http.request(`${twinOrigin}${path}`, { method: 'POST' }), 'the user')
      return { says: 'suspended' }
    },
  })

const plug = (path = '/users/u1/suspend', scopes = ['users.manage']): RequestPlug<Config> => ({
  connector: {
    ...sampleConnector,
    streams: sampleConnector.streams.map((stream) => ({ ...stream, scopes: ['events.read'] })),
  },
  actions: [suspend(path, scopes)],
  description: openDescription(document),
  config: {},
  authority: 'twin.example',
  origins: [twinOrigin],
  secrets: { see: { clientSecret: 'EXAMPLE' }, contain: { clientSecret: 'EXAMPLE' } },
  targets: { 'sample.user.suspend': { target: entityId('identity', 'twin.example', 'u1') } },
  answers: {
    'POST /token': { access_token: 'EXAMPLE-1', expires_in: 3600 },
    trail: () => ({ headers: { 'x-end': 'true' }, body: { records: [{ id: 'e1' }], next: '1' } }),
    activity: { next: null },
    people: { next: null },
  },
})

for (const { name, run } of requestSuite(plug())) test(name, run)

const failing = async (made: RequestPlug<Config>): Promise<string[]> => {
  const says: string[] = []
  for (const { run } of requestSuite(made)) {
    await run().catch((error: unknown) => {
      if (!(error instanceof assert.AssertionError)) throw error
      says.push(error.message)
    })
  }
  return says
}

test('a request that the description does not know, and a scope that is not declared, fail', async () => {
  const [wrongPath = ''] = await failing(plug('/users/u1/suspended'))
  assert.match(wrongPath, /the path is no path of the description/)
  assert.deepEqual(await failing(plug(undefined, ['users.read'])), [
    '`suspend` needs users.manage; declared: users.read',
  ])
  const { description: _, ...rest } = plug()
  const narrow = openDescription({ ...document, paths: { '/people/{list}': list('people', []) } })
  assert.equal((await failing({ ...rest, description: narrow })).length, 3)
})
