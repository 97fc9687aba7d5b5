import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesToAct } from '../auth.ts'
import { call, find, listAll, segment } from '../client.ts'
import type { OpenaiConfig } from '../config.ts'
import { nameGroup, nameUser, partsOf } from '../names.ts'
import { isOwnerRole } from '../rights.ts'
import {
  accessOf,
  dead,
  guard,
  ownsOwnKey,
  preview,
  probeEveryMs,
  probeWithinMs,
  refused,
  requiredParts,
  settle,
  settleDeletion,
  type Context,
} from './context.ts'

const user = z.object({ id: z.string(), role: z.string().nullish() })
const hint = 'look at the role in the console: People > the user, or the project > Members; the last owner keeps it'

/**
 * `owner` and `reader` are a field of the user; every other role is assigned by its id, in the organisation or in a
 * project, to a user or to a group.
 */
const isField = (scope: string, role: string, authority: string): boolean =>
  role === 'owner' && (scope === authority || scope === 'organization')

function pathOf(context: Context, target: EntityId): string {
  const [scope, principal, role] = requiredParts('role-assignment', target)
  if (isField(scope, role, context.authority)) return `/organization/users/${segment(principal)}`
  const kind = principal.startsWith('group') ? 'groups' : 'users'
  const base = scope.startsWith('proj_') ? `/projects/${segment(scope)}` : '/organization'
  return `${base}/${kind}/${segment(principal)}/roles`
}

async function isHeld(context: Context, target: EntityId): Promise<boolean> {
  const [scope, , role] = requiredParts('role-assignment', target)
  const path = pathOf(context, target)
  if (isField(scope, role, context.authority)) {
    return isOwnerRole((await find(accessOf(context), user, path, 'the user'))?.role)
  }
  const held = await call(accessOf(context), 'GET', `${path}?limit=1`)
  if (held.status === 404) return false
  const roles = await listAll(accessOf(context), path, 'the roles of the user')
  return roles.some(({ id }) => id === role)
}

/** Takes back a role that an exposed credential gave. */
export const roleUnassign = defineAction<OpenaiConfig>({
  verb: 'openai.role.unassign',
  phase: 'remove-descendants',
  title: 'Take back a role that was given',
  scopes: scopesToAct,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('role-assignment', entity) !== undefined ? entity : undefined,
  preview: () =>
    preview(['the user or group loses this role, and nothing else; undo gives it again'], { reversible: true }),
  async apply(context, target) {
    const { authority } = context
    const [scope, principal, role] = requiredParts('role-assignment', target)
    const holder = principal.startsWith('group') ? nameGroup(authority, principal) : nameUser(authority, principal)
    const access = guard(context, target, [holder])
    if (!(await isHeld(context, target))) return { says: 'the role was not held any more' }
    if (isOwnerRole(role) && (await ownsOwnKey(context, principal))) {
      throw refused(target, "is what the admin key that is Cordon's own stands on")
    }
    if (isField(scope, role, authority)) {
      const response = await call(access, 'POST', pathOf(context, target), { body: { role: 'reader' } })
      settle(response, 'taking the role back', hint)
    } else {
      const response = await call(access, 'DELETE', `${pathOf(context, target)}/${segment(role)}`)
      settleDeletion(response, 'taking the role back', hint)
    }
    return { says: `role \`${role}\` taken back`, undoState: { wasHeld: true } }
  },
  async readBack(context, target) {
    return (await isHeld(context, target)) ? 'absent' : 'landed'
  },
  async undo(context, target, undoState) {
    if (undoState?.['wasHeld'] !== true || (await isHeld(context, target))) return
    const access = guard(context, target)
    const [scope, , role] = requiredParts('role-assignment', target)
    const body = isField(scope, role, context.authority) ? { role: 'owner' } : { role_id: role }
    settle(await call(access, 'POST', pathOf(context, target), { body }), 'giving the role again', hint)
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await isHeld(context, target))
        ? { verdict: 'alive', says: 'OpenAI still lists the role' }
        : dead(context, 'OpenAI lists the role no more')
    },
  },
})
