import type { Json } from 'cordon/kit'

import { readDescription } from '../kit/description.ts'

// Hugging Face publishes an OpenAPI description on its own site alone, in no package. This is written after it, after the Hub's
// pages on access control, tokens and the audit log, and after its own clients (npm @huggingface/hub 2.17.5, PyPI huggingface_hub
// 2.4.0): methods, paths, parameters, permissions, and the fields of answers.

const text = { type: 'string' }
const maybe = { type: 'string', nullable: true }
const number = { type: 'integer' }
const flag = { type: 'boolean' }
const time = { type: 'string', format: 'date-time' }
const oid = { type: 'string', pattern: '^[0-9a-f]{24}$' }
const oneOf = (words: string): Json => ({ type: 'string', enum: words.split(' ') })
const list = (items: Json): Json => ({ type: 'array', items })
const ref = (name: string): Json => ({ $ref: `#/schemas/${name}` })
const object = (properties: { [name: string]: Json }, required: string[] = Object.keys(properties)): Json => ({
  type: 'object',
  properties,
  required,
})

const repoLists = 'models datasets spaces'
const within = (name: string, schema: Json = text): Json => ({ name, in: 'path', required: true, schema })
const query = (parameters: { [name: string]: Json }): Json[] =>
  Object.entries(parameters).map(([name, schema]) => ({ name, in: 'query', required: false, schema }))
const org = within('name')
const repo = [within('list', oneOf(repoLists)), within('namespace'), within('repo')]
const space = [within('namespace'), within('repo')]

const failed = ref('Failure')
const operation = (
  method: string,
  path: string,
  scopes: string[],
  parameters: Json[],
  answer: Json,
  body: Json = null,
  status = 200,
): Json => ({
  method,
  path: `/api${path}`,
  parameters,
  body,
  isBodyRequired: body !== null,
  responses: { [status]: answer, 400: failed, 401: failed, 402: failed, 403: failed, 404: failed, 429: failed },
  scopes,
  isOpen: scopes.length === 0,
})

const expand = oneOf(
  'author cardData citation config createdAt datasets disabled description downloads downloadsAllTime gated lastModified library_name likes models pipeline_tag private resourceGroup runtime sdk sha siblings spaces subdomain tags trendingScore usedStorage',
)
const role = { type: 'string', minLength: 1 }
const accounts = '/organizations/{name}/service-accounts'
const account = [org, within('id', oid)]

const operations: { [id: string]: Json } = {
  whoami: operation('GET', '/whoami-v2', [], [], ref('Whoami')),
  listMembers: operation(
    'GET',
    '/organizations/{name}/members',
    ['org.members.read'],
    [
      org,
      ...query({ cursor: text, email: text, search: text, limit: { type: 'integer', minimum: 10, maximum: 10_000 } }),
    ],
    list(ref('Member')),
  ),
  setRole: operation(
    'PUT',
    '/organizations/{name}/members/{username}/role',
    ['org.members.write'],
    [org, within('username')],
    object({ success: flag }),
    object({ role, resourceGroups: list(object({ id: oid, role })) }, ['role']),
  ),
  listGroups: operation('GET', '/organizations/{name}/resource-groups', ['org.read'], [org], list(ref('Group'))),
  listTokens: operation(
    'GET',
    '/organizations/{name}/settings/tokens',
    ['org.write'],
    [org, ...query({ cursor: text, q: text, limit: { type: 'integer', minimum: 1, maximum: 100 } })],
    list(ref('Token')),
  ),
  revokeToken: operation(
    'POST',
    '/organizations/{name}/settings/tokens/{token}/revoke',
    ['org.write'],
    [org, within('token', oid)],
    null,
  ),
  listAccounts: operation('GET', accounts, ['org.serviceAccounts.read'], [org], list(ref('Account'))),
  getAccount: operation('GET', `${accounts}/{id}`, ['org.serviceAccounts.read'], account, ref('AccountWhole')),
  deleteAccount: operation('DELETE', `${accounts}/{id}`, ['org.serviceAccounts.write'], account, text),
  deleteAccountToken: operation(
    'DELETE',
    `${accounts}/{id}/tokens/{token}`,
    ['org.serviceAccounts.write'],
    [...account, within('token', oid)],
    text,
  ),
  exportAudit: operation(
    'GET',
    '/organizations/{name}/audit-log/export',
    ['org.auditLog.write'],
    [org, ...query({ q: text })],
    list(ref('AuditEntry')),
  ),
  listRepos: operation(
    'GET',
    '/{list}',
    [],
    [
      within('list', oneOf(repoLists)),
      ...query({
        author: text,
        search: text,
        filter: text,
        cursor: text,
        expand,
        sort: oneOf('createdAt downloads likes lastModified likes30d trendingScore mainSize id'),
        limit: { type: 'integer', minimum: 1, maximum: 1000 },
      }),
    ],
    list(ref('Repo')),
  ),
  getRepo: operation('GET', '/{list}/{namespace}/{repo}', [], [...repo, ...query({ expand })], ref('Repo')),
  getRevision: operation(
    'GET',
    '/{list}/{namespace}/{repo}/revision/{rev}',
    [],
    [...repo, within('rev'), ...query({ expand })],
    ref('Repo'),
  ),
  listCommits: operation(
    'GET',
    '/{list}/{namespace}/{repo}/commits/{rev}',
    [],
    [...repo, within('rev'), ...query({ p: number, limit: { type: 'integer', minimum: 1, maximum: 1000 } })],
    list(ref('Commit')),
  ),
  setRepo: operation(
    'PUT',
    '/{list}/{namespace}/{repo}/settings',
    ['repo.write'],
    repo,
    object({ visibility: text }, []),
    object({ visibility: oneOf('public private protected'), gated: {}, discussionsDisabled: flag }, []),
  ),
  listSecrets: operation('GET', '/spaces/{namespace}/{repo}/secrets', ['repo.write'], space, {
    type: 'object',
    additionalProperties: ref('Secret'),
  }),
  pauseSpace: operation('POST', '/spaces/{namespace}/{repo}/pause', ['repo.write'], space, ref('Runtime')),
  restartSpace: operation('POST', '/spaces/{namespace}/{repo}/restart', ['repo.write'], space, ref('Runtime')),
}

const user = { _id: oid, user: text, fullname: text, avatarUrl: text, isPro: flag, type: oneOf('user') }
const schemas: { [name: string]: Json } = {
  Failure: object({ error: text }),
  Whoami: object(
    {
      type: oneOf('user'),
      id: oid,
      name: text,
      fullname: text,
      email: maybe,
      emailVerified: flag,
      isPro: flag,
      canPay: flag,
      avatarUrl: text,
      periodEnd: { type: 'number', nullable: true },
      orgs: list(ref('OwnOrganization')),
      auth: object(
        {
          type: text,
          accessToken: object(
            {
              displayName: text,
              role: oneOf('read write fineGrained'),
              createdAt: time,
              fineGrained: object({
                scoped: list(object({ entity: object({ _id: oid, name: text, type: text }), permissions: list(text) })),
              }),
            },
            ['displayName', 'role', 'createdAt'],
          ),
        },
        ['type'],
      ),
    },
    ['type', 'id', 'name', 'fullname', 'avatarUrl', 'isPro', 'orgs', 'auth'],
  ),
  OwnOrganization: object(
    {
      type: oneOf('org'),
      id: oid,
      name: text,
      fullname: text,
      email: maybe,
      canPay: flag,
      avatarUrl: text,
      periodEnd: { type: 'number', nullable: true },
      plan: oneOf('team enterprise plus academia'),
      roleInOrg: role,
      securityRestrictions: list(oneOf('mfa token-policy token-revoked sso ip')),
    },
    ['type', 'id', 'name', 'fullname', 'avatarUrl'],
  ),
  Member: object(
    { ...user, role, twoFaEnabled: flag, verifiedEmail: maybe, isExternalCollaborator: flag },
    Object.keys(user),
  ),
  Group: object(
    {
      id: oid,
      name: text,
      description: maybe,
      users: list(object({ _id: oid, type: oneOf('user'), name: text, fullname: text, avatarUrl: text, role })),
      repos: list(object({ name: text, type: text, private: flag })),
    },
    ['id', 'name', 'users', 'repos'],
  ),
  Token: object(
    {
      _id: oid,
      displayName: text,
      role: oneOf('read write fineGrained'),
      last4: text,
      createdAt: time,
      lastUsedAt: time,
      owner: object({ _id: oid, name: text, fullname: text, avatarUrl: text, type: oneOf('user') }, ['name']),
      authorization: object({ status: oneOf('pending approved denied revoked'), requestedAt: time }),
      fineGrained: object({
        scoped: list(object({ entity: object({ _id: oid, type: text }), permissions: list(text) })),
      }),
    },
    ['_id', 'displayName', 'role', 'createdAt', 'owner'],
  ),
  Account: object({ _id: oid, user: text, name: text, email: text, description: text, createdAt: time }, [
    '_id',
    'user',
    'name',
    'email',
    'createdAt',
  ]),
  AccountWhole: object(
    { _id: oid, user: text, name: text, email: text, createdAt: time, accessTokens: list(ref('AccountToken')) },
    ['_id', 'user', 'name', 'createdAt', 'accessTokens'],
  ),
  AccountToken: object(
    {
      _id: oid,
      displayName: text,
      createdAt: time,
      lastUsedAt: time,
      expiration: time,
      role: oneOf('read write fineGrained'),
      permissions: list(text),
      repoIds: list(oid),
      repoPermissions: list(text),
      last4: text,
    },
    ['_id', 'displayName', 'createdAt', 'role', 'permissions', 'repoIds', 'repoPermissions'],
  ),
  AuditEntry: object(
    {
      _id: oid,
      createdAt: time,
      type: text,
      message: text,
      data: {},
      ip: text,
      userAgent: text,
      location: object({ formatted: text, country: text, city: text }, ['formatted']),
      author: object({ _id: oid, user: text, avatarUrl: text, type: oneOf('user system') }),
      token: object({ type: oneOf('access_token'), id: text, role: text, last4: text, deleted: flag }, [
        'type',
        'id',
        'deleted',
      ]),
      oauth: object({ clientId: text, name: text }, ['clientId']),
    },
    ['_id', 'createdAt', 'type', 'message', 'author'],
  ),
  Repo: object(
    {
      _id: oid,
      id: text,
      author: text,
      private: flag,
      gated: {},
      disabled: flag,
      sha: text,
      lastModified: time,
      createdAt: time,
      downloads: number,
      likes: number,
      resourceGroup: object({ id: oid, name: text, numUsers: number }),
      runtime: ref('Runtime'),
      sdk: text,
      pipeline_tag: text,
    },
    ['_id', 'id'],
  ),
  Runtime: object({ stage: text, hardware: {} }, ['stage']),
  Commit: object({
    id: text,
    title: text,
    message: text,
    date: time,
    authors: list(object({ user: text, avatar: text }, ['user'])),
  }),
  Secret: object({ key: text, description: text, updatedAt: time }, ['key', 'updatedAt']),
}

export const description = readDescription(JSON.stringify({ operations, schemas }))
