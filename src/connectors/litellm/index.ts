import { VendorError, defineConnector, type Coverage, type CredentialUse, type PullContext } from '#sources/contract'
import type { ContainAction } from '#respond/contract'

import { modelBlock, modelDelete } from './actions/deployment.ts'
import { keyBlock } from './actions/key-block.ts'
import { keyDelete } from './actions/key-delete.ts'
import { teamBlock } from './actions/team-block.ts'
import { userBlock } from './actions/user-block.ts'
import { audit } from './audit.ts'
import { auth, role } from './auth.ts'
import { limits, readOwnKey, readReadiness } from './client.ts'
import { authorityOf, litellmConfig, type LitellmConfig } from './config.ts'
import { inventory } from './inventory.ts'
import { normalize } from './normalize.ts'
import { callback, requests } from './requests.ts'

export { LitellmError, litellmConfig, litellmOrigins, type LitellmConfig } from './config.ts'
export { nameMasterKey, nameUser } from './names.ts'

/** A LiteLLM proxy, the AI gateway; what each part needs is in README.md. */
export const litellmConnector = defineConnector<LitellmConfig>({
  id: 'litellm',
  version: 3,
  title: 'LiteLLM proxy (AI gateway)',
  config: litellmConfig,
  example: litellmConfig.parse({
    url: 'https://gateway.example.com',
    hosts: ['gateway-1', 'gateway-2'],
    plan: 'enterprise',
  }),
  secrets: { see: ['key'], contain: ['key'] },
  auth,
  limits,
  streams: [inventory, requests, callback, audit],
  coverage,
  role,
  survives: [
    {
      what: 'upstream keys that the gateway holds',
      until: 'they are changed at each provider: who was in the gateway has them',
    },
    {
      what: 'the master key, the salt key and the password of the database',
      until: 'they are changed, and every worker is restarted',
    },
    {
      what: 'a blocked or deleted key, at the other workers',
      until: 'their memory of it runs out (`user_api_key_cache_ttl`, 60 s unless set)',
    },
    { what: 'a request that is under way, streams too', until: 'it ends' },
    { what: 'what was sent to a provider or read from an answer', until: 'nobody can say' },
  ],
  check,
  scopes,
  normalize,
})

export const litellmActions: readonly ContainAction<LitellmConfig>[] = [
  modelBlock,
  keyBlock,
  teamBlock,
  userBlock,
  keyDelete,
  modelDelete,
]

function coverage({ database, plan, requests: how, hosts }: LitellmConfig): Coverage {
  const always = [
    'values of upstream keys are shown to nobody, nor a hash of them: one that is found on a host cannot be matched here, and is killed at its provider',
    'a key that stands in an environment variable cannot be told from one in the configuration file',
    'what was asked of a model, and what it answered, is not kept',
    ...(hosts.length === 0
      ? ['no `hosts` are named: what is installed on the machines of the gateway does not lead to it']
      : []),
  ]
  if (!database) {
    return {
      sees: ['resources'],
      logged: [],
      blind: [...always, 'without a database the gateway has no virtual keys, users or logs: who used it is not known'],
    }
  }
  return {
    sees: ['identities', 'grants', 'resources', 'reads', ...(plan === 'enterprise' ? (['admin'] as const) : [])],
    logged: ['read', ...(plan === 'enterprise' ? (['admin'] as const) : [])],
    blind: [
      ...always,
      'sign-ins to its console are not logged; nor are calls whose key sets `no-log`',
      'who made what is known by user, and by the key that was used only from the audit log',
      ...(plan === 'community'
        ? [
            'the audit log is of the enterprise plan: changes of roles, teams and deployments are seen by what is there later',
          ]
        : []),
      ...(how === 'poll'
        ? ['a call that took over 20 minutes is written behind what was read, and missed']
        : ['calls are what the proxy sends: who is in it may send others, or none']),
    ],
  }
}

/** Releases that came with a thief inside. */
const poisoned: readonly string[] = ['1.82.7', '1.82.8']

async function check(context: PullContext<LitellmConfig>) {
  const { config } = context
  const { db, litellm_version: version } = await readReadiness(context)
  const missing: string[] = []
  const excess: string[] = []
  if (poisoned.includes(version ?? '')) {
    missing.push(`version ${version ?? ''} is poisoned: start with \`cordon recall pkg:pypi/litellm\``)
  }
  const hasDatabase = db === 'connected'
  if (config.database && !hasDatabase) {
    throw new VendorError('ERR_VENDOR_REFUSED', 'the gateway is not connected to a database', {
      hint: 'see why, or set `database` to false where it has none: then only what it holds is seen',
      retryable: true,
    })
  }
  if (!config.database && hasDatabase) missing.push('`database` is false, and the gateway has one')
  if (config.hosts.length === 0) missing.push('no `hosts`: which machines run the gateway is not known')
  const own = config.database ? await readOwnKey(context) : 'master'
  if (own === 'master' && config.database) {
    excess.push('the key is the master key, which may do everything: make a key with `cordon source role`')
  }
  if (own !== 'master' && own.routes.length === 0) {
    excess.push('the key has no `allowed_routes`: it may do all that its user may')
  }
  if (own !== 'master' && (own.user === null || !config.ownUsers.includes(own.user))) {
    missing.push("the key's user is not among `ownUsers`: name it there, so that Cordon never acts on itself")
  }
  return {
    authority: authorityOf(config),
    missing,
    excess,
    says: [
      `LiteLLM ${version ?? 'of unknown version'}, ${hasDatabase ? 'with' : 'without'} a database, plan ${config.plan}`,
    ],
  }
}

/** A key that is not bound to routes has those of its user: LiteLLM does not list them. */
async function scopes(context: PullContext<LitellmConfig>, use: CredentialUse): Promise<readonly string[] | null> {
  if (!context.config.database) return null
  const own = await readOwnKey(context)
  return own === 'master' || own.routes.length === 0 || role(context.config, use) === undefined ? null : own.routes
}
