import { defineAction } from '#respond/contract'
import type { Parts } from '#sources/contract'

import { listAll, quoted, segment, textAt, withQuery, type Access } from '../client.ts'
import type { EntraConfig } from '../config.ts'
import { namePrincipal, nameUser, partsOf } from '../names.ts'
import { preview, requiredParts, tokenLifeMaxMs } from './context.ts'
import { remove, type Found } from './removal.ts'

async function grantsOf(access: Access, [client, principal, api]: Parts): Promise<Found[]> {
  const filter = `clientId eq ${quoted(client)} and resourceId eq ${quoted(api)}`
  const path = withQuery('/v1.0/oauth2PermissionGrants', { $filter: filter })
  const rows = await listAll(access, path, 'the delegated permissions of the app')
  return rows
    .filter((row) =>
      principal === 'all' ? textAt(row, 'consentType') === 'AllPrincipals' : textAt(row, 'principalId') === principal,
    )
    .map((row) => {
      const { clientId = null, consentType = null, principalId = null, resourceId = null, scope = null } = row
      const body = { clientId, consentType, principalId, resourceId, scope }
      return {
        path: `/v1.0/oauth2PermissionGrants/${segment(textAt(row, 'id'))}`,
        again: { path: '/v1.0/oauth2PermissionGrants', body },
      }
    })
}

/** What a user, or an administrator for everybody, let an app do in their name. */
export const grantRevoke = defineAction<EntraConfig>({
  verb: 'entra.grant.revoke',
  phase: 'revoke',
  title: 'Take back what an app may do in the name of users',
  targetFor: ({ entity }) => (partsOf('grant', entity) === undefined ? undefined : entity),
  preview: () =>
    preview(
      'grants',
      [
        'the app gets no new token with these scopes, and asks for consent again; whoever may consent can give it back',
        'access tokens already given out live 60 to 90 minutes',
        'undo gives the same scopes back',
      ],
      { reversible: true, residualMs: tokenLifeMaxMs },
    ),
  ...remove({
    use: 'grants',
    what: 'the permission',
    hint: 'look at Permissions of the app under Enterprise applications',
    isReversible: true,
    find: (access, _, target) => grantsOf(access, requiredParts('grant', target)),
    hit({ authority }, target) {
      const [client, principal] = requiredParts('grant', target)
      return [namePrincipal(authority, 'sp', client), ...(principal === 'all' ? [] : [nameUser(authority, principal)])]
    },
  }),
})
