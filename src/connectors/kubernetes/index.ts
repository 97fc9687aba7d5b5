import type { ContainAction, Holder } from '#respond/contract'
import { defineConnector, type Coverage, type PullContext } from '#sources/contract'

import { log } from './audit.ts'
import { auth, role } from './auth.ts'
import { limits, mayPatchSecret, readCluster, readOwnRules, readSelf, type Access } from './client.ts'
import { kubernetesConfig, type KubernetesConfig } from './config.ts'
import { inventory, secrets } from './inventory.ts'
import { usernameOf } from './names.ts'
import { normalize } from './normalize.ts'
import { implies, scopesIn } from './scopes.ts'
import { bindingRemove } from './actions/binding-remove.ts'
import { nodeCordon } from './actions/node-cordon.ts'
import { objectDelete } from './actions/object-delete.ts'
import { podDelete } from './actions/pod-delete.ts'
import { podIsolate } from './actions/pod-isolate.ts'
import { secretHolder } from './actions/secret-place.ts'
import { accountRecreate } from './actions/account-recreate.ts'
import { subjectUnbind } from './actions/subject-unbind.ts'
import { tokenSecretDelete } from './actions/token-secret-delete.ts'

export {
  KubernetesError,
  kubernetesConfig,
  kubernetesOrigins,
  namesOfOwnAccounts,
  type KubernetesConfig,
} from './config.ts'
export { keepAudit } from './audit-event.ts'
export { powersOf, type Power } from './powers.ts'
export { isAllowed, type Asked, type Binding, type Rule, type Subject, type Who } from './rights.ts'

/** A Kubernetes cluster; what each part needs is in README.md. */
export const kubernetesConnector = defineConnector<KubernetesConfig>({
  id: 'kubernetes',
  version: 1,
  title: 'Kubernetes',
  config: kubernetesConfig,
  example: kubernetesConfig.parse({
    apiUrl: 'https://10.0.0.1:6443',
    containAccount: 'cordon/cordon-contain',
    listSecrets: true,
    logs: ['read', 'write', 'delete'],
    places: [
      {
        secret: 'shop/aws',
        values: { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' },
        rereadSeconds: 90,
      },
    ],
  }),
  secrets: { see: ['token'], contain: ['token'] },
  auth,
  limits,
  trusts: ({ ca }) => ca,
  streams: [inventory, secrets, log],
  coverage,
  role,
  survives: [
    {
      what: 'client certificates: Kubernetes revokes none',
      until: 'they expire, or the authority that signed them is replaced; their rights end with their bindings',
    },
    {
      what: 'a token that was just ended, at an API server that has looked at it within the last ten seconds',
      until: 'ten seconds later',
    },
    { what: 'what runs in a pod that was deleted by force', until: 'the kubelet of its node has ended it' },
    {
      what: 'connections that were open before a network policy came',
      until: 'the network plug-in ends them, if it does',
    },
    {
      what: 'sessions in a cloud that a service account opened by way of its annotation',
      until: 'that cloud ends them',
    },
    { what: 'what a secret opens elsewhere', until: 'it is replaced there' },
  ],
  check,
  scopes: async (context, use) => {
    const account = use === 'see' ? context.config.account : context.config.containAccount
    const [namespace = 'default'] = account?.split('/') ?? []
    const access = accessOf(context)
    const held = scopesIn(await readOwnRules(access, namespace))
    return use === 'contain' && (await mayWriteAt(access, context.config.places)) ? [...held, 'patch secrets'] : held
  },
  implies,
  normalize,
})

/** Where successors go: secrets of `places`. */
export const kubernetesHolder: Holder<KubernetesConfig> = secretHolder

/** In the order of the kill table: isolate, then credentials from the narrowest, rights, and what the thief left. */
export const kubernetesActions: readonly ContainAction<KubernetesConfig>[] = [
  podIsolate,
  nodeCordon,
  subjectUnbind,
  podDelete,
  tokenSecretDelete,
  accountRecreate,
  bindingRemove,
  objectDelete,
]

function coverage({ listSecrets, enforcesNetworkPolicy, logs }: KubernetesConfig): Coverage {
  return {
    sees: ['identities', 'grants', 'resources', 'admin', 'logins', 'reads', 'writes'],
    logged: logs,
    blind: [
      'tokens given out are kept nowhere: one is known when the audit log shows it made or used',
      'which groups a person is in only the identity provider and the audit log tell; bindings to groups show, their members do not',
      'client certificates are not listed: one is known by its first use in the audit log',
      'what a cluster logs is its audit policy’s to say: where it leaves something out, nothing was seen',
      'authorizers beside RBAC (webhooks, cloud IAM of EKS and GKE, the node authorizer) and admission are not evaluated',
      'a binding or role that was changed, not made, is shown; it is not put back by itself',
      'what a process in a pod read or sent the API server does not know',
      ...(listSecrets ? [] : ['secrets are known only by what mounts them: `listSecrets` is off']),
      ...(enforcesNetworkPolicy
        ? []
        : ['whether network policies are enforced is not known: an isolated pod may still speak']),
    ],
  }
}

const accessOf = ({ config, http, signal }: PullContext<KubernetesConfig>): Access => ({ config, http, signal })

/** Rights over single secrets do not show among those that hold everywhere: each place is asked for. */
async function mayWriteAt(access: Access, places: KubernetesConfig['places']): Promise<boolean> {
  for (const { secret } of places) if (!(await mayPatchSecret(access, ...pairOf(secret)))) return false
  return places.length > 0
}

async function check(context: PullContext<KubernetesConfig>) {
  const access = accessOf(context)
  const { config } = context
  const authority = await readCluster(access)
  const { username } = await readSelf(access)
  const missing: string[] = []
  if (config.containAccount === undefined) missing.push('no `containAccount`: this source can only look')
  const excess: string[] = []
  const expected = usernameOf(...pairOf(config.account))
  if (username !== expected) {
    missing.push(
      `the token speaks for \`${username}\`, not for \`${config.account}\`: set \`account\`, so that Cordon never acts on itself`,
    )
  }
  if (config.containAccount === config.account) {
    excess.push('the account that looks is the one that acts: make two, so that looking needs no right to act')
  }
  return { authority, missing, excess, says: [`cluster ${authority}`, `looks as ${username}`] }
}

const pairOf = (account: string): [string, string] => {
  const [namespace = '', name = ''] = account.split('/')
  return [namespace, name]
}
