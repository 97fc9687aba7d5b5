import { authorityOf, nativeOf, type EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, listAll, segment, textAt } from '../client.ts'
import type { OktaConfig } from '../config.ts'
import { isGroupId, isUserId, nameIdentity, nameMembership, partsOf } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  requiredParts,
  settle,
  type Context,
} from './context.ts'

const hint =
  'Okta changes groups of its own only: take the user out where the group comes from, or change the group rule'
const pathOf = (target: EntityId): string => {
  const [group, user] = requiredParts('membership', target)
  return `/api/v1/groups/${segment(group)}/users/${segment(user)}`
}

async function isMember(context: Context, target: EntityId): Promise<boolean> {
  const [group, user] = requiredParts('membership', target)
  const path = `/api/v1/users/${segment(user)}/groups`
  const groups = await listAll(accessOf(context), 'users', path, 'the groups of the user')
  return groups.some((one) => textAt(one, 'id') === group)
}

/** Takes back a membership that an exposed credential gave, or that nobody uses. */
export const membershipRemove = defineAction<OktaConfig>({
  verb: 'okta.membership.remove',
  phase: 'remove-descendants',
  title: 'Take a user out of a group they were added to',
  scopes: [...scopesTo('groups'), ...scopesTo('users')],
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('membership', entity) !== undefined ? entity : undefined,
  takesRight: (member, group) => {
    const [user, into] = [nativeOf(member), nativeOf(group)]
    return isUserId(user) && isGroupId(into) ? nameMembership(authorityOf(group), into, user) : undefined
  },
  preview: () =>
    preview('groups', ['the user loses the apps and roles the group gives; undo puts the user back'], {
      reversible: true,
    }),
  async apply(context, target) {
    const [, user] = requiredParts('membership', target)
    const access = await guard(context, target, [nameIdentity(context.authority, user)])
    if (!(await isMember(context, target))) return { says: 'the user was no member any more' }
    settle(await call(access, 'groups', 'DELETE', pathOf(target)), 'taking the user out', hint)
    return { says: 'taken out of the group', undoState: { wasMember: true } }
  },
  async readBack(context, target) {
    return (await isMember(context, target)) ? 'absent' : 'landed'
  },
  async undo(context, target, undoState) {
    if (undoState?.['wasMember'] !== true) return
    const access = await guard(context, target)
    settle(await call(access, 'groups', 'PUT', pathOf(target)), 'putting the user back', hint)
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await isMember(context, target))
        ? { verdict: 'alive', says: 'Okta still lists the user in the group' }
        : dead(context, 'Okta lists the user in the group no more')
    },
  },
})
