import { defineAction } from '#respond/contract'

import type { EntraConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import { preview, tokenLifeMaxMs } from './context.ts'
import { findKey, holderOf } from './key.ts'
import { remove } from './removal.ts'

/** A new secret is another secret: what is removed here does not come back. */
export const secretRemove = defineAction<EntraConfig>({
  verb: 'entra.secret.remove',
  phase: 'revoke',
  title: 'Remove a client secret',
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
  ...remove({
    use: 'apps',
    what: 'the secret',
    hint: 'look at Certificates & secrets of the app',
    isReversible: false,
    async find(access, context, target) {
      const key = await findKey(access, context, 'secret', target)
      if (key === undefined) return []
      return [{ method: 'POST', path: `${key.path}/removePassword`, body: { keyId: key.keyId } }]
    },
    hit: (context, target) => holderOf(context, 'secret', target),
  }),
})
