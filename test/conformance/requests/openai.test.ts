import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { parseJson, type JsonObject } from '#kit'
import { openaiActions, openaiConfig, openaiConnector, type OpenaiConfig } from '#connectors/openai'

import { openDescription } from '../../../lab/twins/kit/openapi.ts'
import { requestSuite, type RequestPlug } from './suite.ts'

const list = (row: JsonObject): JsonObject => ({ object: 'list', data: [row], has_more: false, next: null })
const plug = (text: string): RequestPlug<OpenaiConfig> => ({
  connector: openaiConnector,
  actions: openaiActions,
  description: openDescription(parseJson(text)),
  config: openaiConfig.parse({ organization: 'org-acme', acts: true, dataProjects: ['proj_acme'] }),
  authority: 'org-acme',
  origins: ['https://api.openai.com'],
  secrets: {
    see: { adminKey: 'EXAMPLE-1', projectKeys: 'proj_acme=EXAMPLE-3' },
    contain: { adminKey: 'EXAMPLE-2' },
  },
  targets: {
    'openai.project.pause': { target: 'resource:org-acme:project/proj_acme' },
    'openai.project.archive': { target: 'resource:org-acme:project/proj_acme' },
    'openai.key.delete': { target: 'credential:org-acme:key/key_a/in/proj_acme', lent: 'EXAMPLE-4' },
    'openai.service-account.delete': { target: 'identity:org-acme:service-account/svc_acct_a/in/proj_acme' },
    'openai.invite.delete': { target: 'credential:org-acme:invite/invite-a' },
    'openai.user.remove': { target: 'identity:org-acme:user/user-a' },
    'openai.membership.remove': { target: 'resource:org-acme:membership/proj_acme/user-a' },
    'openai.role.unassign': { target: 'resource:org-acme:role-assignment/org-acme/user-a/role-custom' },
  },
  // What is made up is as the target names it, and a list has no next page.
  answers: {
    'retrieve-project': { id: 'proj_acme', status: 'active' },
    'retrieve-project-api-key': { id: 'key_a', owner: { type: 'user', user: { id: 'user-a' } } },
    'retrieve-project-service-account': { id: 'svc_acct_a' },
    'retrieve-user': { id: 'user-a' },
    'retrieve-invite': { id: 'invite-a', status: 'pending' },
    'list-user-role-assignments': list({ id: 'role-custom' }),
    ...Object.fromEntries(
      ['list-users', 'list-invites', 'admin-api-keys-list', 'listOrganizationCertificates', 'list-audit-logs'].map(
        (id) => [id, { has_more: false }],
      ),
    ),
    'list-projects': list({ id: 'proj_acme', object: 'organization.project', created_at: 1 }),
    'list-groups': list({ id: 'group_a', name: 'a' }),
    ...Object.fromEntries(
      [
        'list-group-users',
        'list-group-role-assignments',
        'list-project-users',
        'list-project-groups',
        'list-project-service-accounts',
        'list-project-api-keys',
        'listFiles',
        'listVectorStores',
        'listAssistants',
        'listPaginatedFineTuningJobs',
      ].map((id) => [id, { has_more: false, next: null }]),
    ),
    ...Object.fromEntries(
      ['completions', 'embeddings', 'moderations', 'images', 'audio-speeches', 'audio-transcriptions'].map((kind) => [
        `usage-${kind}`,
        { has_more: false, next_page: null },
      ]),
    ),
  },
})

const whole = '../shared/corpora/api-descriptions/openai.json'
if (existsSync(whole)) {
  for (const { name, run } of requestSuite(plug(readFileSync(whole, 'utf8')))) test(name, run)
} else test('openai: what it asks is in the description', (t) => t.skip('the description is not here'))
