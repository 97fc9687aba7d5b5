import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { parseOwnJson, type Json } from 'cordon/kit'

import { instanceOf } from './instance.ts'
import { openDescription, type VendorRequest } from './openapi.ts'

const document: Json = {
  openapi: '3.0.3',
  servers: [{ url: 'https://{org}.example.com/v1' }],
  security: [{ oauth: ['users.read'] }, { token: [] }],
  paths: {
    '/users': {
      get: {
        operationId: 'listUsers',
        parameters: [
          { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 200 } },
          { name: 'since', in: 'query', schema: { type: 'object', properties: { gt: { type: 'integer' } } } },
          { name: 'ids', in: 'query', schema: { type: 'array', items: { type: 'string', pattern: '^u' } } },
          { $ref: '#/components/parameters/Version' },
        ],
        responses: {
          200: {
            content: {
              'application/json': { schema: { type: 'array', items: { $ref: '#/components/schemas/User' } } },
            },
          },
        },
      },
      post: {
        operationId: 'createUser',
        security: [{ oauth: ['users.manage'] }],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/User' } } },
        },
        responses: { '2XX': {} },
      },
    },
    '/users/{id}:suspend': { post: { operationId: 'suspend', responses: { 204: {} } } },
    '/users/{id}': { get: { operationId: 'getUser', responses: { default: {} } } },
    '/users/me': { get: { operationId: 'me', security: [], responses: {} } },
  },
  components: {
    securitySchemes: { oauth: { type: 'oauth2' }, token: { type: 'apiKey', in: 'header', name: 'X-Token' } },
    parameters: { Version: { name: 'X-Version', in: 'header', required: true, schema: { enum: ['1'] } } },
    schemas: {
      User: {
        allOf: [{ $ref: '#/components/schemas/Named' }],
        type: 'object',
        required: ['id', 'role'],
        properties: {
          id: { type: 'string', readOnly: true },
          role: { type: 'string', enum: ['admin', 'member'] },
          seen: { type: 'string', format: 'date-time', nullable: true },
          manager: { oneOf: [{ type: 'string' }, { $ref: '#/components/schemas/User' }] },
        },
      },
      Named: { type: 'object', properties: { name: { type: 'string', maxLength: 5 } }, required: ['name'] },
    },
  },
}
const description = openDescription(document)

const signedIn = { authorization: 'Bearer x', 'x-version': '1' }
const request = (method: string, path: string, more: Partial<VendorRequest> = {}): VendorRequest => ({
  method,
  url: new URL(`https://acme.example.com${path}`),
  headers: signedIn,
  body: '',
  ...more,
})
const post = (body: Json, headers: Record<string, string> = { ...signedIn, 'content-type': 'application/json' }) =>
  description.checkRequest(request('POST', '/v1/users', { headers, body: JSON.stringify(body) })).problems

test('a request as described has no problem, and names its operation', () => {
  const checked = description.checkRequest(request('GET', '/v1/users?limit=200&since[gt]=5&ids=u1,u2'))
  assert.deepEqual(checked.problems, [])
  assert.deepEqual(checked.operation?.scopes, [['users.read'], []])
  assert.deepEqual(post({ name: 'ann', role: 'admin', seen: null, manager: { name: 'bo', role: 'member' } }), [])
  const suspended = description.checkRequest(request('POST', '/v1/users/a%2Fb:suspend'))
  assert.deepEqual([suspended.operation?.id, suspended.parameters, suspended.problems], ['suspend', { id: 'a/b' }, []])
  assert.equal(description.checkRequest(request('GET', '/v1/users/me', { headers: {} })).operation?.id, 'me')
})

const wrong: [says: string, problems: string[]][] = [
  [
    'GET /v2/users: the path is no path of the description',
    description.checkRequest(request('GET', '/v2/users')).problems,
  ],
  [
    'DELETE /v1/users: the path takes GET, POST alone',
    description.checkRequest(request('DELETE', '/v1/users')).problems,
  ],
  [
    'listUsers: query.limit: 201 is beyond `maximum` of 200',
    description.checkRequest(request('GET', '/v1/users?limit=201')).problems,
  ],
  ['listUsers: query.limit: not integer', description.checkRequest(request('GET', '/v1/users?limit=all')).problems],
  [
    'listUsers: query.limt: the operation has no such parameter',
    description.checkRequest(request('GET', '/v1/users?limt=2')).problems,
  ],
  [
    "listUsers: query.since.lt: the vendor's description has no such field",
    description.checkRequest(request('GET', '/v1/users?since[lt]=2')).problems,
  ],
  [
    'listUsers: query.ids[1]: not of the form `^u`',
    description.checkRequest(request('GET', '/v1/users?ids=u1&ids=2')).problems,
  ],
  [
    'listUsers: header.X-Version: missing',
    description.checkRequest(request('GET', '/v1/users', { headers: { 'x-token': 'x' } })).problems,
  ],
  [
    'listUsers: no credential',
    description.checkRequest(request('GET', '/v1/users', { headers: { 'x-version': '1' } })).problems,
  ],
  ['createUser: body: missing', description.checkRequest(request('POST', '/v1/users')).problems],
  [
    'createUser: header.content-type: `text/plain` is none of application/json',
    post({}, { ...signedIn, 'content-type': 'text/plain' }),
  ],
  ['createUser: body.role: missing', post({ name: 'ann' })],
  ['createUser: body.role: none of the 2 words it may be', post({ name: 'ann', role: 'owner' })],
  ['createUser: body.name: 6 is beyond `maxLength` of 5', post({ name: 'ann ng', role: 'admin' })],
  ['createUser: body.seen: no RFC 3339 time', post({ name: 'ann', role: 'admin', seen: 'yesterday' })],
  [
    "createUser: body.manager.rol: the vendor's description has no such field",
    post({ name: 'a', role: 'admin', manager: { name: 'b', role: 'admin', rol: 1 } }),
  ],
  [
    'me: body: the operation takes none',
    description.checkRequest(request('GET', '/v1/users/me', { body: '{}' })).problems,
  ],
]
for (const [says, problems] of wrong)
  test(`what is wrong with a request is told: ${says}`, () => assert.deepEqual(problems, [says]))

test('an answer is held against its description, and one can be made up from it', () => {
  const [list] = description.operations.filter(({ id }) => id === 'listUsers')
  assert.ok(list !== undefined)
  const made = instanceOf(description.document, description.answerSchema(list, 200))
  assert.deepEqual(description.checkAnswer(list, 200, made), [])
  assert.deepEqual(description.checkAnswer(list, 200, [{ id: 'u1', role: 'admin', name: 'ann', token: 'x' }]), [
    "listUsers: answer[0].token: the vendor's description has no such field",
  ])
  assert.deepEqual(description.checkAnswer(list, 404, {}), ['listUsers: 404 is no answer of the description'])
})

const corpus = join(import.meta.dirname, '../../../../shared/corpora/api-descriptions/openai.json')
test(
  'a whole description of a vendor: an answer made up for each operation fits it',
  { skip: existsSync(corpus) ? false : 'shared corpora absent' },
  () => {
    const vendor = openDescription(parseOwnJson<Json>(readFileSync(corpus, 'utf8')))
    const admin = vendor.operations.filter(({ path }) => path.startsWith('/organization'))
    assert.ok(admin.length > 50, `${admin.length} operations`)
    for (const operation of admin) {
      const schema = vendor.answerSchema(operation, 200)
      if (schema === undefined) continue
      assert.deepEqual(vendor.checkAnswer(operation, 200, instanceOf(vendor.document, schema)), [])
    }
    const asked = vendor.checkRequest({
      method: 'GET',
      url: new URL(
        'https://api.openai.com/v1/organization/audit_logs?effective_at[gte]=1&limit=100&actor_ids[]=a&actor_ids[]=b',
      ),
      headers: { authorization: 'Bearer x' },
      body: '',
    })
    assert.deepEqual([asked.operation?.id, asked.problems], ['list-audit-logs', []])
  },
)
