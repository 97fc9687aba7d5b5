import type { AuthByName, CredentialUse, Role } from '#sources/contract'

import type { LitellmConfig } from './config.ts'

/** Routes by what they are for. LiteLLM's own bound on a key is a list of routes (`allowed_routes`), whatever its user may do. */
const look = {
  inventory: {
    '/health/readiness/details': 'which version runs',
    '/key/info': 'what this key itself is, and so whose it is and which routes it has',
    '/key/list': 'virtual keys: whose, for which models, blocked or not, when last used',
    '/user/list': 'users and their roles',
    '/v2/team/list': 'teams and their members',
    '/organization/list': 'organisations',
    '/v2/model/info': 'deployments: at which provider, with which credential',
    '/model/info': 'the same of a gateway without a database',
    '/credentials': 'names of stored upstream credentials (values come masked, and are not kept)',
    '/v1/mcp/server': 'MCP servers behind the gateway',
    '/v2/guardrails/list': 'which guardrails are on',
  },
  requests: { '/spend/logs/v2': 'who used which model when (no prompts)' },
  audit: { '/audit': 'who changed keys, users, teams and models' },
} as const
const act = {
  keys: {
    '/key/info': 'to look at a key before and after, and to know whose key this is',
    '/key/block': 'block a key',
    '/key/unblock': 'take the block back',
    '/key/list': 'when a key was deleted',
  },
  madeKeys: {
    '/key/info': 'to look at a key before and after, and to know whose key this is',
    '/key/delete': 'delete a key that an attacker made',
    '/key/list': 'when a key was deleted',
  },
  users: {
    '/key/info': 'to know whose key this is',
    '/user/list': 'to look at a user',
    '/key/list': "a user's keys",
    '/user/update': 'take away the right to make keys, and give it back',
    '/key/block': "block a user's keys",
    '/key/unblock': 'take that back',
  },
  teams: {
    '/key/info': 'to know whose key this is',
    '/v2/team/list': 'to look at a team',
    '/team/block': 'block a team',
    '/team/unblock': 'take the block back',
  },
  models: {
    '/key/info': 'to know whose key this is',
    '/v2/model/info': 'to look at a deployment',
    '/model/block': 'pause a deployment',
    '/model/unblock': 'let it go on',
  },
  madeModels: {
    '/key/info': 'to know whose key this is',
    '/v2/model/info': 'to look at a deployment',
    '/model/delete': 'delete a deployment that an attacker made',
  },
} as const
export type ContainUse = keyof typeof act

export const scopesOfStream = (use: keyof typeof look): readonly string[] => Object.keys(look[use])
export const scopesTo = (use: ContainUse): readonly string[] => Object.keys(act[use])

export const auth = (): AuthByName => ({ default: { kind: 'static', secret: 'key' } })

function routesOf({ database, plan, requests }: LitellmConfig, use: CredentialUse): Record<string, string> {
  if (use === 'contain') {
    // A route that serves several says what it is for where it is needed first.
    return Object.fromEntries(
      Object.values(act)
        .toReversed()
        .flatMap((routes) => Object.entries(routes)),
    )
  }
  return {
    ...look.inventory,
    ...(database && requests === 'poll' ? look.requests : {}),
    ...(database && plan === 'enterprise' ? look.audit : {}),
  }
}

export function role(config: LitellmConfig, use: CredentialUse): Role | undefined {
  if (!config.database && use === 'contain') return undefined
  const why = routesOf(config, use)
  const routes = Object.keys(why).sort()
  const user = use === 'see' ? (config.ownUsers[0] ?? 'cordon-see') : (config.ownUsers.at(-1) ?? 'cordon-contain')
  const userRole = use === 'see' ? 'proxy_admin_viewer' : 'proxy_admin'
  return {
    scopes: routes.map((name) => ({ name, why: why[name] ?? '' })),
    text: config.database
      ? [
          `POST /user/new {"user_id": "${user}", "user_role": "${userRole}", "auto_create_key": false}`,
          'POST /key/generate with the JSON below: its value is the secret `key`',
          'never the master key: it cannot be bound to routes, nor be changed without a restart of every worker',
        ]
      : [
          'a gateway without a database knows no key but its master key: the secret `key` is that one, and it may do everything',
        ],
    json: { user_id: user, key_alias: `cordon-${use}`, allowed_routes: routes, models: ['no-default-models'] },
  }
}
