import type { JsonObject } from '#kit'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call } from '../client.ts'
import type { EntraConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import { accessOf, dead, guard, preview, probeEveryMs, probeWithinMs, settle, tokenLifeMaxMs } from './context.ts'
import { hasKey, hitBy, holderOf } from './key.ts'

/**
 * `removeKey` wants a proof made with the very key, which Cordon does not have: the list of certificates is written anew
 * without it. Graph knows no condition here: a certificate that somebody adds between the reading and the
 * writing, a moment, is lost, and its owner adds it again.
 */
export const certificateRemove = defineAction<EntraConfig>({
  verb: 'entra.certificate.remove',
  phase: 'revoke',
  title: 'Remove a certificate of an app',
  scopes: scopesTo('apps'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('certificate', entity) === undefined ? undefined : entity),
  preview: () =>
    preview(
      'apps',
      [
        'whoever has the key of this certificate gets no token with it; an app that uses it stops until it has another',
        'tokens already given out live 60 to 90 minutes: Microsoft cannot take them back',
      ],
      { residualMs: tokenLifeMaxMs },
    ),
  async apply(context, target) {
    const access = guard(context, target, hitBy(context, 'certificate', target))
    const found = await holderOf(access, context, 'certificate', target)
    if (found === undefined || !hasKey(found, 'keyCredentials')) return { says: 'the certificate was gone already' }
    const kept: JsonObject[] = (found.keyCredentials ?? []).filter(({ keyId }) => keyId !== found.keyId)
    const response = await call(access, 'PATCH', found.path, { keyCredentials: kept })
    settle(response, 'the removal', 'look at Certificates & secrets of the app')
    return { says: `removed; ${kept.length} others stay` }
  },
  async readBack(context, target) {
    return hasKey(await holderOf(accessOf(context), context, 'certificate', target), 'keyCredentials')
      ? 'absent'
      : 'landed'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return hasKey(await holderOf(accessOf(context), context, 'certificate', target), 'keyCredentials')
        ? { verdict: 'alive', says: 'Microsoft still lists the certificate' }
        : dead(context, 'Microsoft lists the certificate no more')
    },
  },
})
