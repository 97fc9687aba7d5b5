import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call } from '../client.ts'
import type { EntraConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import { accessOf, dead, guard, preview, probeEveryMs, probeWithinMs, settle, tokenLifeMaxMs } from './context.ts'
import { hasKey, hitBy, holderOf } from './key.ts'

/** A new secret is another secret: what is removed here does not come back. */
export const secretRemove = defineAction<EntraConfig>({
  verb: 'entra.secret.remove',
  phase: 'revoke',
  title: 'Remove a client secret',
  scopes: scopesTo('apps'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('secret', entity) === undefined ? undefined : entity),
  preview: () =>
    preview(
      'apps',
      [
        'whoever has this secret gets no token with it; an app that uses it stops until it has another',
        'tokens already given out live 60 to 90 minutes: Microsoft cannot take them back',
      ],
      { residualMs: tokenLifeMaxMs },
    ),
  async apply(context, target) {
    const access = guard(context, target, hitBy(context, 'secret', target))
    const found = await holderOf(access, context, 'secret', target)
    if (found === undefined || !hasKey(found, 'passwordCredentials')) return { says: 'the secret was gone already' }
    const response = await call(access, 'POST', `${found.path}/removePassword`, { keyId: found.keyId })
    settle(response, 'the removal', 'look at Certificates & secrets of the app')
    return { says: 'removed' }
  },
  async readBack(context, target) {
    return hasKey(await holderOf(accessOf(context), context, 'secret', target), 'passwordCredentials')
      ? 'absent'
      : 'landed'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return hasKey(await holderOf(accessOf(context), context, 'secret', target), 'passwordCredentials')
        ? { verdict: 'alive', says: 'Microsoft still lists the secret' }
        : dead(context, 'Microsoft lists the secret no more')
    },
  },
})
