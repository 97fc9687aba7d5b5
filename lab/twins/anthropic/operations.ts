import { canonicalJson, type Json } from 'cordon/kit'

import { readDescription, type Description } from '../kit/description.ts'

type Where = 'path' | 'query'
const text: Json = { type: 'string' }
const parameter = (name: string, place: Where, schema: Json = text, required = place === 'path'): Json => ({
  name,
  in: place,
  required,
  schema,
})
const query = (names: string): Json[] => names.split(' ').map((name) => parameter(name, 'query'))
const lists: Json[] = [
  parameter('limit', 'query', { type: 'integer', minimum: 1, maximum: 1000 }),
  ...query('after_id before_id'),
]
/** The official client marks what is beta so. */
const beta = parameter('beta', 'query', { type: 'string', enum: ['true'] })

function operation(method: string, path: string, parameters: Json[] = [], body: Json = null): Json {
  const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => parameter(name, 'path'))
  return {
    method,
    path,
    parameters: [...inPath, ...parameters, beta],
    body,
    isBodyRequired: body !== null,
    // What an answer holds the compiler checks: rows have the types of Anthropic's own client.
    responses: { 200: {} },
    scopes: [],
    isOpen: false,
  }
}
const object = (properties: Record<string, Json>, required: string[] = []): Json => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const oneOf = (...words: string[]): Json => ({ type: 'string', enum: words })

const memberRole = oneOf('workspace_admin', 'workspace_developer', 'workspace_restricted_developer', 'workspace_user')
const times = 'created_at.gt created_at.gte created_at.lt created_at.lte'
const base = '/v1/organizations'

/**
 * Anthropic publishes no OpenAPI description: these are the requests of its own client (npm `@anthropic-ai/sdk`) and of its
 * pages on the Admin API, the Activity Feed and the usage report, in the shape that `slice-api.ts` gives to others.
 */
const operations: Record<string, Json> = {
  me: operation('GET', `${base}/me`),
  'users.list': operation('GET', `${base}/users`, [...lists, ...query('email roles[]')]),
  'users.retrieve': operation('GET', `${base}/users/{user_id}`),
  'users.update': operation(
    'POST',
    `${base}/users/{user_id}`,
    [],
    object({ role: oneOf('user', 'developer', 'billing', 'claude_code_user', 'managed') }, ['role']),
  ),
  'users.remove': operation('DELETE', `${base}/users/{user_id}`),
  'invites.list': operation('GET', `${base}/invites`, [...lists, ...query('email')]),
  'invites.create': operation(
    'POST',
    `${base}/invites`,
    [],
    object({ email: text, role: oneOf('user', 'developer', 'billing', 'claude_code_user', 'managed') }, [
      'email',
      'role',
    ]),
  ),
  'invites.retrieve': operation('GET', `${base}/invites/{invite_id}`),
  'invites.delete': operation('DELETE', `${base}/invites/{invite_id}`),
  'keys.list': operation('GET', `${base}/api_keys`, [...lists, ...query('status workspace_id created_by_user_id')]),
  'keys.retrieve': operation('GET', `${base}/api_keys/{api_key_id}`),
  'keys.update': operation(
    'POST',
    `${base}/api_keys/{api_key_id}`,
    [],
    object({ name: text, status: oneOf('active', 'inactive', 'archived') }),
  ),
  'workspaces.list': operation('GET', `${base}/workspaces`, [
    ...lists,
    parameter('include_archived', 'query', { type: 'boolean' }),
  ]),
  'workspaces.create': operation('POST', `${base}/workspaces`, [], object({ name: text }, ['name'])),
  'workspaces.retrieve': operation('GET', `${base}/workspaces/{workspace_id}`),
  'workspaces.archive': operation('POST', `${base}/workspaces/{workspace_id}/archive`),
  'members.list': operation('GET', `${base}/workspaces/{workspace_id}/members`, lists),
  'members.add': operation(
    'POST',
    `${base}/workspaces/{workspace_id}/members`,
    [],
    object({ user_id: text, workspace_role: memberRole }, ['user_id', 'workspace_role']),
  ),
  'members.retrieve': operation('GET', `${base}/workspaces/{workspace_id}/members/{user_id}`),
  'members.remove': operation('DELETE', `${base}/workspaces/{workspace_id}/members/{user_id}`),
  usage: operation('GET', `${base}/usage_report/messages`, [
    parameter('starting_at', 'query', { type: 'string', format: 'date-time' }, true),
    parameter('limit', 'query', { type: 'integer', minimum: 1, maximum: 1440 }),
    parameter('bucket_width', 'query', oneOf('1m', '1h', '1d')),
    ...query('ending_at page'),
    parameter('group_by', 'query', { type: 'array', items: text }),
  ]),
  activities: operation('GET', '/v1/compliance/activities', [
    parameter('limit', 'query', { type: 'integer', minimum: 1, maximum: 5000 }),
    ...query(`after_id before_id ${times}`),
  ]),
  'files.list': operation('GET', '/v1/files', [
    parameter('limit', 'query', { type: 'integer', minimum: 1, maximum: 1000 }),
    ...query('page scope_id workspace_id'),
  ]),
  'files.download': operation('GET', '/v1/files/{file_id}/content'),
  'models.list': operation('GET', '/v1/models', lists),
  'messages.create': operation(
    'POST',
    '/v1/messages',
    [],
    object({ model: text, max_tokens: { type: 'integer', minimum: 1 }, messages: { type: 'array' } }, [
      'model',
      'max_tokens',
      'messages',
    ]),
  ),
}

export const description: Description = readDescription(canonicalJson({ operations, schemas: {} }))
