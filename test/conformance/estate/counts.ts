import assert from 'node:assert/strict'

import type { EntityId } from '#model'

import type { Estate } from '../../../lab/estate/estate.ts'
import type { Cordon } from './cordon.ts'

/** Of each vendor and noun of the ground truth Cordon has facts of exactly so many. */
export function holdCounts({ fills }: Estate, cordon: Cordon): void {
  const found = foundIn(cordon)
  for (const { vendor, counts } of fills) {
    const { delegations: _, members: __, ...told } = counts
    assert.deepEqual(found[vendor], told, vendor)
  }
}

/** What the server ships with has a number of four digits at most. */
const ownRole = /^role\/\d{5,}$/

function foundIn(cordon: Cordon): Record<string, Record<string, number>> {
  const ids = [...cordon.facts.keys()]
  /** Entities of an authority whose id has this form, among all that Cordon has facts of. */
  const many = (vendor: string, kind: string, form: RegExp): number =>
    ids.filter((id) => {
      const [own = '', authority = '', ...rest] = id.split(':')
      return (
        own === kind &&
        decodeURIComponent(authority) === cordon.authorities.get(vendor) &&
        form.test(decodeURIComponent(rest.join(':')))
      )
    }).length
  function edges(vendor: string, type: string, from: RegExp, to: RegExp): number {
    const own = (id: EntityId, form: RegExp): boolean => {
      const [, authority = '', ...rest] = id.split(':')
      return (
        decodeURIComponent(authority) === cordon.authorities.get(vendor) &&
        form.test(decodeURIComponent(rest.join(':')))
      )
    }
    const found = cordon.edges.filter((edge) => edge.type === type && own(edge.src, from) && own(edge.dst, to))
    return new Set(found.map(({ src, dst }) => `${src} ${dst}`)).size
  }
  return {
    aws: {
      // moto's ids of users have no prefix.
      users: many('aws', 'identity', /^(AIDA|[a-z0-9]{20}$)/),
      roles: many('aws', 'identity', /^AROA/),
      keys: ids.filter((id) => id.startsWith('credential:aws:AKIA')).length,
      passwords: many('aws', 'credential', /^user\/[^/]+\/password$/),
      factors: many('aws', 'credential', /^mfa\//),
      buckets: many('aws', 'resource', /^arn:aws:s3:/),
      secrets: many('aws', 'resource', /^arn:aws:secretsmanager:/),
      functions: many('aws', 'resource', /^arn:aws:lambda:/),
    },
    okta: {
      users: many('okta', 'identity', /^00u/),
      groups: many('okta', 'identity', /^00g/),
      apps: many('okta', 'app', /^0oa/),
      'api-tokens': many('okta', 'credential', /^api-token\//),
      'client-secrets': many('okta', 'credential', /^client-secret\//),
      grants: many('okta', 'credential', /^(app-)?grant\//),
      'refresh-tokens': many('okta', 'credential', /^refresh-token\//),
      factors: many('okta', 'credential', /^factor\//),
      memberships: edges('okta', 'MEMBER_OF', /^00u/, /^00g/),
    },
    google: {
      users: many('google', 'identity', /^\d+$/),
      groups: many('google', 'identity', /^group\//),
      memberships: edges('google', 'MEMBER_OF', /^\d+$/, /^group\//),
      grants: many('google', 'credential', /^grant\//),
      'app-passwords': many('google', 'credential', /^asp\//),
      administrators: many('google', 'resource', /^role-assignment\//),
    },
    slack: {
      users: many('slack', 'identity', /^W/),
      'shared-channels': many('slack', 'resource', /^channel\//),
      usergroups: many('slack', 'identity', /^S0/),
      sessions: many('slack', 'credential', /^session\//),
      // Cordon's own two are known beside the approved ones.
      apps: many('slack', 'app', /^A/) - 2,
    },
    github: {
      users: many('github', 'identity', /^user\/\d+$/),
      teams: many('github', 'identity', /^team\//),
      repositories: many('github', 'resource', /^repo\/\d+$/),
      'deploy-keys': many('github', 'credential', /^deploykey\//),
      workflows: many('github', 'resource', /^workflow\//),
      secrets: many('github', 'credential', /^secret\//),
      runners: many('github', 'host', /^runner\//),
      tokens: many('github', 'credential', /^(token|pat)\//),
      installations: many('github', 'credential', /^installation\/\d+$/),
      leaks: many('github', 'credential', /^leak\//),
    },
    openai: {
      users: many('openai', 'identity', /^user\/[^/]+$/),
      projects: many('openai', 'resource', /^project\//),
      keys: many('openai', 'credential', /^key\//),
      invites: many('openai', 'credential', /^invite\//),
    },
    anthropic: {
      users: many('anthropic', 'identity', /^user\//),
      workspaces: many('anthropic', 'resource', /^workspace\//),
      keys: many('anthropic', 'credential', /^key\//),
      files: many('anthropic', 'resource', /^file\//),
    },
    huggingface: {
      users: many('huggingface', 'identity', /^user\//),
      groups: many('huggingface', 'resource', /^group\//),
      repositories: many('huggingface', 'resource', /^repo\//),
      tokens: many('huggingface', 'credential', /^token\//),
      'service-accounts': many('huggingface', 'identity', /^service-account\//),
      'account-tokens': many('huggingface', 'credential', /^account-token\//),
    },
    litellm: {
      users: many('litellm', 'identity', /^user\//),
      teams: many('litellm', 'identity', /^team\//),
      keys: many('litellm', 'credential', /^key\//),
      deployments: many('litellm', 'resource', /^deployment\//),
    },
    crowdstrike: {
      hosts: many('crowdstrike', 'host', /^device\//),
      users: many('crowdstrike', 'identity', /^user\//),
      clients: many('crowdstrike', 'credential', /^client\//),
    },
    entra: {
      users: many('entra', 'identity', /^user\/[^/]+$/),
      groups: many('entra', 'identity', /^group\//),
      apps: many('entra', 'identity', /^sp\//),
    },
    kubernetes: {
      namespaces: many('kubernetes', 'resource', /^namespace\//),
      accounts: many('kubernetes', 'identity', /^serviceaccount\/[^/]+\/[^/]+$/),
    },
    postgres: {
      roles: many('postgres', 'identity', ownRole),
      passwords: many('postgres', 'credential', /^role\/\d{5,}\/password$/),
      memberships: edges('postgres', 'MEMBER_OF', ownRole, ownRole),
      databases: many('postgres', 'resource', /^db\/\d+$/),
      schemas: many('postgres', 'resource', /\/ns\/\d+$/),
      relations: many('postgres', 'resource', /\/rel\/\d+$/),
      rows: ids.reduce((sum, id) => sum + Number(cordon.facts.get(id)?.['rowsEstimate'] ?? 0), 0),
    },
    fleet: {
      hosts: many('fleet', 'host', /^host\//),
      users: many('fleet', 'identity', /^user\//),
      sessions: many('fleet', 'credential', /^session\//),
    },
  }
}
