import { defineAction } from '#respond/contract'

import { segment } from '../client.ts'
import { EntraError, type EntraConfig } from '../config.ts'
import { clientIn, principalIn } from '../names.ts'
import { managedTokenLifeMs, preview, refused, spIdOf } from './context.ts'
import { switchOff } from './switch-off.ts'

/** Client ids of Microsoft's own, without which nobody could put anything right. */
const needed = new Set([
  '00000003-0000-0000-c000-000000000000', // Microsoft Graph
  '00000002-0000-0000-c000-000000000000', // the directory before Graph
  'c44b4083-3bb0-49c1-b47d-974e53cbdf3c', // Azure portal
])

/** Takes an app off: one that is itself the trigger, or that the attacker made. It keeps its secrets and permissions. */
export const appDisable = defineAction<EntraConfig>({
  verb: 'entra.app.disable',
  phase: 'uninstall',
  title: 'Disable an app in this tenant',
  targetFor({ entity, role }) {
    if (role !== 'trigger' && role !== 'descendant-entity') return undefined
    return principalIn('sp', entity) !== undefined || clientIn(entity) !== undefined ? entity : undefined
  },
  preview: (_, { name }) =>
    preview(
      'apps',
      [
        `nobody signs in to ${typeof name === 'string' ? `\`${name}\`` : 'the app'}, and it gets no token, in its own name or a user's`,
        'tokens it holds live 60 to 90 minutes, those of a managed identity up to 24 hours: Microsoft cannot take them back',
        'undo gives the app its access back, with every secret and permission it has by then',
      ],
      { reversible: true, residualMs: managedTokenLifeMs },
    ),
  ...switchOff({
    use: 'apps',
    what: 'the app',
    hint: 'look at the app under Enterprise applications',
    fields: 'id,accountEnabled,appId',
    async pathOf(access, target) {
      const client = clientIn(target)
      if (client !== undefined && needed.has(client.toLowerCase())) {
        throw new EntraError('ERR_ENTRA_TARGET', `\`${target}\` is an app that the tenant cannot work without`, {
          hint: 'nothing was changed',
        })
      }
      const sp = client === undefined ? principalIn('sp', target) : await spIdOf(access, client)
      if (client === undefined && sp === undefined) throw refused(target, 'is no app')
      return sp === undefined ? undefined : `/v1.0/servicePrincipals/${segment(sp)}`
    },
  }),
})
