import { defineAction } from '#respond/contract'

import type { EntraConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import { preview, tokenLifeMaxMs } from './context.ts'
import { findKey, holderOf } from './key.ts'
import { remove } from './removal.ts'

/**
 * `removeKey` wants a proof made with the very key, which Cordon does not have: the list of certificates is written anew
 * without it. Graph knows no condition here: a certificate that somebody adds between the reading and the
 * writing, a moment, is lost, and its owner adds it again.
 */
export const certificateRemove = defineAction<EntraConfig>({
  verb: 'entra.certificate.remove',
  phase: 'revoke',
  title: 'Remove a certificate of an app',
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
  ...remove({
    use: 'apps',
    what: 'the certificate',
    hint: 'look at Certificates & secrets of the app',
    isReversible: false,
    async find(access, context, target) {
      const key = await findKey(access, context, 'certificate', target)
      return key === undefined ? [] : [{ method: 'PATCH', path: key.path, body: { keyCredentials: key.others } }]
    },
    hit: (context, target) => holderOf(context, 'certificate', target),
  }),
})
