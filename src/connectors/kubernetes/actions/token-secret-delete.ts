import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import type { KubernetesConfig } from '../config.ts'
import { nameSecret, partsOf } from '../names.ts'
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
  const [namespace, name] = requiredParts('secret-token', target)
  return objectPath('core', 'secrets', namespace, name)
}
const read = (context: Context, target: EntityId) => findObject(accessOf(context), pathOf(target), 'the secret')

/** A legacy token never ends by itself; it, and tokens bound to the secret, die with the secret. */
export const tokenSecretDelete = defineAction<KubernetesConfig>({
  verb: 'kubernetes.token-secret.delete',
  phase: 'revoke',
  title: 'Delete a secret that holds a token',
  scopes: scopesTo('secrets', 'tokens'),
  retry: 'idempotent',
  proofs: ['probed', 'read-back'],
  targetFor: ({ entity }) => (partsOf('secret-token', entity) === undefined ? undefined : entity),
  preview: () =>
    preview(
      ['secrets', 'tokens'],
      ['what uses the token of this secret, in the cluster or outside, is refused; it needs a new one'],
      { residualMs: tokenCacheMs, proofs: ['probed', 'read-back'] },
    ),
  async apply(context, target) {
    const [namespace, name] = requiredParts('secret-token', target)
    const access = await guard(context, target, [nameSecret(context.authority, namespace, name)])
    const found = await read(context, target)
    if (found === undefined) return { says: 'there was no such secret any more' }
    const outcome = await deleteObject(access, pathOf(target), found.uid, 'the secret')
    return { says: outcome === 'gone' ? 'there was no such secret any more' : 'secret deleted' }
  },
  readBack: async (context, target) => ((await read(context, target)) === undefined ? 'landed' : 'absent'),
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      if ((await read(context, target)) !== undefined) {
        return { verdict: 'alive', says: 'there is a secret of this name, and its tokens with it' }
      }
      return (await tryLent(context, target)) ?? dead(context, 'there is no such secret: its tokens are refused')
    },
  },
})
