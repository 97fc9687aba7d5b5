import type { Json } from '#kit'

import type { RawRecords } from '../ocsf-records.ts'

const at = '2026-03-24T12:00:00.000Z'
const id = (n: number): string => `65f0c0ffee0000000000000${n}`
const part = (rows: Json): Json => ({
  snapshot: { id: 's-1', part: 0, complete: true, takenAtMs: Date.parse(at) },
  rows: { kind: 'rows', rows },
})
const repo = { _id: id(4), id: 'brightwater/interviews', private: true, sha: 'a'.repeat(40), lastModified: at }
const entry = (type: string, more: { [name: string]: Json } = {}): Json => ({
  _id: id(9),
  createdAt: at,
  type,
  message: 'done',
  ip: '203.0.113.0',
  userAgent: 'EXAMPLE',
  author: { _id: id(1), user: 'ada', type: 'user' },
  token: { id: id(7), role: 'write', deleted: false },
  location: { country: 'FR' },
  data: { repo: 'brightwater/interviews' },
  ...more,
})

export const huggingfaceRecords: RawRecords = [
  {
    stream: 'directory',
    raws: [
      part([
        { of: 'organization', name: 'brightwater', plan: 'enterprise', self: id(2) },
        { of: 'members', _id: id(1), user: 'ada', fullname: 'Ada', role: 'admin', twoFaEnabled: true },
        { of: 'members', _id: id(3), user: 'grace', role: 'labeller' },
        { of: 'groups', id: id(5), name: 'medical', users: [{ _id: id(3), role: 'contributor' }] },
        { of: 'datasets', ...repo, resourceGroup: { id: id(5) }, gated: 'manual' },
        { of: 'spaces', _id: id(6), id: 'brightwater/demo', private: false, runtime: { stage: 'RUNNING' } },
      ]),
      part([{ of: 'buckets', _id: id(1) }]),
    ],
  },
  {
    stream: 'credentials',
    raws: [
      part([
        { of: 'tokens', _id: id(7), displayName: '', role: 'write', owner: { _id: id(1), name: 'ada' }, createdAt: at },
        { of: 'accounts', _id: id(8), user: 'deploy-bot', createdAt: at },
        {
          of: 'accountTokens',
          account: id(8),
          _id: id(9),
          role: 'fineGrained',
          permissions: ['org.write'],
          repoIds: [id(4)],
          repoPermissions: ['repo.write'],
        },
      ]),
    ],
  },
  { stream: 'secrets', raws: [part([{ of: 'secrets', space: id(6), key: 'OPENAI_API_KEY', updatedAt: at }])] },
  {
    stream: 'commits',
    raws: [
      {
        repo: id(4),
        repoName: 'brightwater/interviews',
        repoKind: 'dataset',
        id: 'a'.repeat(40),
        date: at,
        title: 'first interviews',
        author: 'grace',
        user: id(3),
      },
      { repo: id(4), repoName: 'brightwater/interviews', repoKind: 'dataset', id: 'b'.repeat(40), date: at },
    ],
  },
  {
    stream: 'audit',
    raws: [
      entry('org.sso_login'),
      entry('oauth.token', { oauth: { clientId: id(2), name: 'an app' }, token: null }),
      entry('org.add_user'),
      entry('org.remove_user'),
      entry('resource_group.add_users'),
      entry('resource_group.settings'),
      entry('repo.create'),
      entry('repo.delete', { author: { _id: id(1), user: 'system', type: 'system' }, token: null, ip: 'x' }),
      entry('org.settings.security.2fa.disable'),
      entry('spaces.update_hardware', { author: null }),
      entry('moon.landed', { userAgent: null }),
      { _id: id(9), createdAt: at, type: 'org.rename' },
    ],
  },
]
