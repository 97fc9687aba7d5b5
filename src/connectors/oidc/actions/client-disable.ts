import type { EntityId } from '#model'
import { authorityOf } from '#model'
import { defineAction, previewStep } from '#respond/contract'

import { readClient, setClient } from '../admin.ts'
import { OidcError, type OidcConfig } from '../config.ts'
import { clientOf, nameApp } from '../names.ts'
import { accessOf, probeEveryMs, probeWithinMs } from './context.ts'

/** Takes the app, or the app whose secret was exposed, off the issuer; the one step here that can be undone. */
export const clientDisable = defineAction<OidcConfig>({
  verb: 'oidc.client.disable',
  phase: 'uninstall',
  title: 'Disable a client at the issuer',
  scopes: ['admin: clients'],
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity }) {
    const client = clientOf(entity)
    return client === undefined ? undefined : nameApp(authorityOf(entity), client)
  },
  preview: () =>
    previewStep(
      ['admin: clients'],
      [
        'the client gets no new tokens, for any user: its secret and its grants to refresh are refused',
        'tokens it already holds are not ended by this step',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    const id = clientId(target)
    if (id === context.config.clientId || context.isOwn(target)) {
      throw new OidcError('ERR_OIDC_TARGET', `\`${id}\` is the client Cordon itself uses`, {
        hint: 'to cut Cordon off, remove the source and delete its client at the issuer',
      })
    }
    const before = await readClient(accessOf(context), id)
    if (before === undefined) throw new OidcError('ERR_OIDC_TARGET', `the issuer knows no client \`${id}\``)
    await setClient(accessOf(context), id, false)
    return { says: `client ${id} disabled at the issuer`, undoState: { wasEnabled: before.isEnabled } }
  },
  async readBack(context, target) {
    const client = await readClient(accessOf(context), clientId(target))
    if (client === undefined) return 'unknown'
    return client.isEnabled ? 'absent' : 'landed'
  },
  async undo(context, target, undoState) {
    if (undoState?.['wasEnabled'] !== false) await setClient(accessOf(context), clientId(target), true)
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const client = await readClient(accessOf(context), clientId(target))
      if (client === undefined) return { verdict: 'unknown', says: 'the issuer does not list the client' }
      return client.isEnabled
        ? { verdict: 'alive', says: 'the issuer lists the client as enabled' }
        : {
            verdict: 'dead',
            proof: { kind: 'read-back', says: 'the issuer lists the client as disabled', where: [context.authority] },
          }
    },
  },
})

function clientId(target: EntityId): string {
  const id = clientOf(target)
  if (id === undefined) throw new OidcError('ERR_OIDC_TARGET', `\`${target}\` is no client`)
  return id
}
