import { defineAction } from '#respond/contract'

import { listAll, segment, textAt, withQuery } from '../client.ts'
import type { EntraConfig } from '../config.ts'
import { namePrincipal, partsOf } from '../names.ts'
import { preview, requiredParts, tokenLifeMaxMs } from './context.ts'
import { remove } from './removal.ts'

/** An application permission that an exposed credential gave, or a role in an app. */
export const appRoleRemove = defineAction<EntraConfig>({
  verb: 'entra.app-role.remove',
  phase: 'remove-descendants',
  title: 'Take an application permission away',
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('app-role', entity) !== undefined ? entity : undefined,
  preview: () =>
    preview(
      'appRoles',
      [
        'new tokens of the app come without this permission',
        'a token already given out has it for its 60 to 90 minutes',
        'undo gives it back',
      ],
      { reversible: true, residualMs: tokenLifeMaxMs },
    ),
  ...remove({
    use: 'appRoles',
    what: 'the application permission',
    hint: 'look at Permissions of the app under Enterprise applications',
    isReversible: true,
    async find(access, _, target) {
      const [principal, api, role] = requiredParts('app-role', target)
      const base = `/v1.0/servicePrincipals/${segment(api)}/appRoleAssignedTo`
      const rows = await listAll(access, withQuery(base, { $top: '999' }), 'the roles of the API')
      return rows
        .filter((row) => textAt(row, 'principalId') === principal && textAt(row, 'appRoleId') === role)
        .map((row) => ({
          path: `${base}/${segment(textAt(row, 'id'))}`,
          again: { path: base, body: { principalId: principal, resourceId: api, appRoleId: role } },
        }))
    },
    hit: ({ authority }, target) => [namePrincipal(authority, 'sp', requiredParts('app-role', target)[0])],
  }),
})
