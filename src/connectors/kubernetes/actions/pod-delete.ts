import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import type { KubernetesConfig } from '../config.ts'
import { namePod, partsOf } from '../names.ts'
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
  requiredParts,
  tokenCacheMs,
  tryLent,
  type Context,
} from './context.ts'

const pathOf = (target: EntityId): string => {
  const [namespace, name] = requiredParts('pod-token', target)
  return objectPath('core', 'pods', namespace, name)
}

async function isThere(context: Context, target: EntityId): Promise<boolean> {
  const [, , uid] = requiredParts('pod-token', target)
  return (await findObject(accessOf(context), pathOf(target), 'the pod'))?.uid === uid
}

/**
 * Tokens bound to a pod die with it. By force: with a grace period a token lives for that time and a minute more. An
 * eviction would wait for a disruption budget, which a thief who may make one could set to nothing.
 */
export const podDelete = defineAction<KubernetesConfig>({
  verb: 'kubernetes.pod.delete',
  phase: 'revoke',
  title: 'Delete a pod, and with it its tokens',
  scopes: scopesTo('pods', 'tokens'),
  retry: 'idempotent',
  proofs: ['probed', 'read-back'],
  targetFor: ({ entity }) => (partsOf('pod-token', entity) === undefined ? undefined : entity),
  preview: (_, { workload }) =>
    preview(
      ['pods', 'tokens'],
      [
        typeof workload === 'string'
          ? `the pod ends; \`${workload}\` makes another with a token of its own`
          : 'the pod ends, with what it held in memory; what made it may make another, one made by hand stays away',
        'what its processes do ends when the kubelet of the node has ended them',
      ],
      { residualMs: tokenCacheMs, proofs: ['probed', 'read-back'] },
    ),
  async apply(context, target) {
    const [namespace, name, uid] = requiredParts('pod-token', target)
    const access = await guard(context, target, [namePod(context.authority, namespace, name, uid)])
    if (!(await isThere(context, target))) return { says: 'there was no such pod any more' }
    const outcome = await deleteObject(access, pathOf(target), uid, 'the pod', { gracePeriodSeconds: 0 })
    return { says: outcome === 'gone' ? 'there was no such pod any more' : 'pod deleted' }
  },
  readBack: async (context, target) => ((await isThere(context, target)) ? 'absent' : 'landed'),
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      if (await isThere(context, target))
        return { verdict: 'alive', says: 'the pod is still there, and its tokens with it' }
      return (await tryLent(context, target)) ?? dead(context, 'there is no such pod: tokens bound to it are refused')
    },
  },
})
