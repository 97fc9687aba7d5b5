import { authorityOf } from '#model'
import { defineAction, isWhole } from '#respond/contract'

import { segment } from '../client.ts'
import type { EntraConfig } from '../config.ts'
import { nameUser, partsOf, principalIn } from '../names.ts'
import { preview, requiredUser, tokenLifeMaxMs } from './context.ts'
import { switchOff } from './switch-off.ts'

/** First of all steps on a user: whoever has the password or a factor begins no session while the old ones are ended. */
export const userDisable = defineAction<EntraConfig>({
  verb: 'entra.user.disable',
  phase: 'revoke',
  title: 'Disable a user',
  targetFor({ entity, role }) {
    const owner = partsOf('password', entity)?.[0]
    if (owner !== undefined) return nameUser(authorityOf(entity), owner)
    return isWhole(role) && principalIn('user', entity) !== undefined ? entity : undefined
  },
  preview: (_, { synced }) =>
    preview(
      'users',
      [
        'the user cannot sign in to anything by way of Microsoft Entra, nor get a token with what was signed in before',
        'access tokens already given out live 60 to 90 minutes; Exchange, SharePoint, Teams and Graph refuse them within minutes where the client evaluates continuously',
        ...(synced === true
          ? ['the user comes from Active Directory: disable the account there, too, or the next sync enables it again']
          : []),
        'an administrator is refused unless the app that acts is a Privileged Authentication Administrator',
        'undo lets the same password and factors sign in again: change them first',
      ],
      { reversible: true, residualMs: tokenLifeMaxMs },
    ),
  ...switchOff({
    use: 'users',
    what: 'the user',
    hint: 'look at the user in the Entra admin center',
    fields: 'id,accountEnabled',
    async pathOf(_, target) {
      return `/v1.0/users/${segment(requiredUser(target))}`
    },
  }),
})
