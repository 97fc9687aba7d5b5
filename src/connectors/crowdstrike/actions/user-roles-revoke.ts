import { defineAction, isWhole } from '#respond/contract'
import { refuseUnlessOk } from '#sources/contract'

import { call, readRoles, refuseErrors, type Access } from '../client.ts'
import type { CrowdstrikeConfig } from '../config.ts'
import { userIn } from '../names.ts'
import { accessOf, dead, guard, preview, refused } from './context.ts'

const scopes = ['usermgmt:read', 'usermgmt:write'] as const

/** Of one user, in this customer alone. */
async function change(access: Access, action: 'grant' | 'revoke', uuid: string, roles: readonly string[]) {
  const body = { action, cid: access.config.cid, role_ids: [...roles], uuid }
  const response = await call(access, '/user-management/entities/user-role-actions/v1', { method: 'POST', body })
  refuseUnlessOk(response, 'the change of roles')
  refuseErrors(response, 'the change of roles')
}

/** Reversible, which deleting the user is not: who has no role can do nothing in the console. */
export const userRolesRevoke = defineAction<CrowdstrikeConfig>({
  verb: 'crowdstrike.user.roles.revoke',
  phase: 'revoke',
  title: "Take a console user's roles away (CrowdStrike)",
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) => (isWhole(role) && userIn(entity) !== undefined ? entity : undefined),
  preview: () =>
    preview(
      scopes,
      [
        'the user keeps the account and may do nothing with it in this customer',
        'roles that come by way of a user group stay until an administrator takes the user out of it',
        'API clients the user made live on',
        'undo gives the same roles back, and a session that is still open has them again',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    const uuid = userIn(target)
    if (uuid === undefined) throw refused(target, 'is no user')
    const access = guard(context, target)
    const roles = (await readRoles(access, uuid, true)).map(({ role_id: role }) => role)
    if (roles.length === 0) return { says: 'the user has no role of their own' }
    await change(access, 'revoke', uuid, roles)
    return { says: `took ${roles.length} roles away`, undoState: { roles } }
  },
  async readBack(context, target) {
    return (await readRoles(accessOf(context), userIn(target) ?? '', true)).length === 0 ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    const roles = undoState?.['roles']
    const uuid = userIn(target)
    if (uuid === undefined || !Array.isArray(roles) || roles.length === 0) return
    await change(guard(context, target), 'grant', uuid, roles)
  },
  probe: {
    everyMs: 3_000,
    withinMs: 120_000,
    async run(context, target) {
      const left = await readRoles(accessOf(context), userIn(target) ?? '', false)
      if (left.length === 0) return dead(context, 'CrowdStrike lists no role of the user in this customer')
      const groups = left.filter(({ user_group_id: group }) => group !== null && group !== undefined && group !== '')
      return {
        verdict: 'alive',
        says:
          groups.length === left.length
            ? `${left.length} roles come by way of a user group: an administrator takes the user out of it`
            : `CrowdStrike lists ${left.length} roles of the user`,
      }
    },
  },
})
