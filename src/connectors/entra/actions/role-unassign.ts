import { authorityOf, nativeOf } from '#model'
import { defineAction } from '#respond/contract'

import { listAll, quoted, segment, textAt, withQuery } from '../client.ts'
import type { EntraConfig } from '../config.ts'
import { namePrincipal, nameRoleAssignment, partsOf } from '../names.ts'
import { preview, requiredParts } from './context.ts'
import { remove } from './removal.ts'

const base = '/v1.0/roleManagement/directory/roleAssignments'

/** Takes back an administrator role that an exposed credential gave. */
export const roleUnassign = defineAction<EntraConfig>({
  verb: 'entra.role.unassign',
  phase: 'remove-descendants',
  title: 'Take back an administrator role that was given',
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('role-assignment', entity) !== undefined ? entity : undefined,
  takesRight(member, thing) {
    const [, principal] = /^(?:user|group|sp)\/([^/]+)$/.exec(nativeOf(member)) ?? []
    const [, role] = /^role\/([^/]+)$/.exec(nativeOf(thing)) ?? []
    return principal === undefined || role === undefined || !thing.startsWith('identity:')
      ? undefined
      : nameRoleAssignment(authorityOf(thing), principal, role)
  },
  preview: () =>
    preview(
      'roles',
      ['the role is gone for new and, within minutes, for open sessions; undo gives it back as it was'],
      {
        reversible: true,
      },
    ),
  ...remove({
    use: 'roles',
    what: 'the role',
    hint: 'one that is eligible is taken back in Privileged Identity Management; Microsoft keeps the last Global Administrator',
    isReversible: true,
    async find(access, _, target) {
      const [principal, role] = requiredParts('role-assignment', target)
      const filter = `principalId eq ${quoted(principal)} and roleDefinitionId eq ${quoted(role)}`
      const rows = await listAll(access, withQuery(base, { $filter: filter }), 'the roles of the administrator')
      return rows.map((row) => ({
        path: `${base}/${segment(textAt(row, 'id'))}`,
        again: {
          path: base,
          body: {
            principalId: principal,
            roleDefinitionId: role,
            directoryScopeId: textAt(row, 'directoryScopeId') || '/',
          },
        },
      }))
    },
    hit({ authority }, target) {
      const [principal] = requiredParts('role-assignment', target)
      return (['user', 'group', 'sp'] as const).map((kind) => namePrincipal(authority, kind, principal))
    },
  }),
})
