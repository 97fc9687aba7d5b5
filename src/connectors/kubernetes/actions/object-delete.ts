import { authorityOf, type EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import type { KubernetesConfig } from '../config.ts'
import { nameAccount, nameObject, partsOf } from '../names.ts'
import {
  accessOf,
  dead,
  deleteObject,
  findObject,
  guard,
  objectPath,
  preview,
  probeEveryMs,
  probeWithinMs,
  refused,
  requiredParts,
  type Context,
} from './context.ts'

/** What a thief makes to stay: pods, what makes pods, accounts, secrets, roles. Whatever else is a person's to judge. */
const deleted: ReadonlySet<string> = new Set([
  'core/pods',
  'core/secrets',
  'core/serviceaccounts',
  'apps/deployments',
  'apps/statefulsets',
  'apps/daemonsets',
  'batch/jobs',
  'batch/cronjobs',
  'rbac.authorization.k8s.io/roles',
  'rbac.authorization.k8s.io/clusterroles',
])
const builtIn = /^(cluster-admin|admin|edit|view|system:.*)$/

/** The object behind an entity that was made: accounts and secrets have names of their own. */
function objectOf(entity: EntityId): EntityId | undefined {
  const authority = authorityOf(entity)
  const account = partsOf('serviceaccount', entity)
  if (account !== undefined) return nameObject(authority, 'core', 'serviceaccounts', account[0], account[1])
  const secret = partsOf('secret', entity)
  if (secret !== undefined) return nameObject(authority, 'core', 'secrets', secret[0], secret[1])
  const [group, resource] = partsOf('object', entity) ?? []
  return deleted.has(`${group ?? ''}/${resource ?? ''}`) ? entity : undefined
}

const pathOf = (target: EntityId): string => objectPath(...requiredParts('object', target))
const read = (context: Context, target: EntityId) => findObject(accessOf(context), pathOf(target), 'the object')

export const objectDelete = defineAction<KubernetesConfig>({
  verb: 'kubernetes.object.delete',
  phase: 'remove-descendants',
  title: 'Delete an object that an exposed credential made',
  scopes: scopesTo('pods', 'secrets', 'accounts', 'objects'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) => (role === 'descendant-entity' ? objectOf(entity) : undefined),
  preview: (target) => {
    const [, resource, scope, name] = requiredParts('object', target)
    return preview(
      ['pods', 'secrets', 'accounts', 'objects'],
      [
        `\`${resource}\` \`${scope}/${name}\` goes, and what it made with it; there is no way back`,
        'what it holds that may serve as evidence goes, too',
      ],
    )
  },
  async apply(context, target) {
    const [group, resource, scope, name] = requiredParts('object', target)
    if (!deleted.has(`${group}/${resource}`)) throw refused(target, 'is of a kind that is not deleted here')
    if (group.startsWith('rbac') && builtIn.test(name)) throw refused(target, "is one of Kubernetes' own roles")
    const hit = resource === 'serviceaccounts' ? [nameAccount(context.authority, scope, name)] : []
    const access = await guard(context, target, hit)
    const found = await read(context, target)
    if (found === undefined) return { says: 'there was no such object any more' }
    const grace = resource === 'pods' ? { gracePeriodSeconds: 0 } : {}
    await deleteObject(access, pathOf(target), found.uid, 'the object', grace)
    return { says: `${resource} deleted` }
  },
  readBack: async (context, target) => ((await read(context, target)) === undefined ? 'landed' : 'absent'),
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const found = await read(context, target)
      if (found === undefined) return dead(context, 'there is no such object')
      const isEnding = typeof found.deletionTimestamp === 'string'
      return {
        verdict: 'alive',
        says: isEnding ? 'its deletion has begun, and something holds it' : 'the object is still there',
      }
    },
  },
})
