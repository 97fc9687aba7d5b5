import { z } from 'zod'

import { defineAction } from '#respond/contract'
import { authorityOf, nativeOf, type EntityId } from '#model'

import { scopesTo } from '../auth.ts'
import { call, directory, find, segment } from '../client.ts'
import type { GoogleConfig } from '../config.ts'
import { nameMembership, partsOf, userOf } from '../names.ts'
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

const member = z.object({ id: z.string(), role: z.string().default('MEMBER'), email: z.string().optional() })
const uses = ['customer', 'users', 'members'] as const

const pathOf = (target: EntityId): string => {
  const [group, id] = requiredParts('membership', target)
  return `${directory}/groups/${segment(group)}/members/${segment(id)}`
}
const read = (context: Context, target: EntityId) =>
  find(accessOf(context), 'members', member, pathOf(target), 'the membership')

/** Takes back a membership that an exposed credential gave, or that nobody uses. */
export const membershipRemove = defineAction<GoogleConfig>({
  verb: 'google.membership.remove',
  phase: 'remove-descendants',
  title: 'Take somebody out of a group again',
  scopes: scopesTo(...uses),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('membership', entity) !== undefined ? entity : undefined,
  takesRight: (member, group) => {
    const [, into] = /^group\/([^/]+)$/.exec(nativeOf(group)) ?? []
    const who = userOf(member) ?? /^group\/([^/]+)$/.exec(nativeOf(member))?.[1]
    return into === undefined || who === undefined ? undefined : nameMembership(authorityOf(group), into, who)
  },
  preview: () =>
    preview(
      uses,
      [
        'the member loses what the group opens: shared drives and files, roles, apps',
        'undo puts them back with the same role',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    const [, id] = requiredParts('membership', target)
    const access = await guard(context, target, /^\d+$/.test(id) ? [id] : [])
    const before = await read(context, target)
    if (before === undefined) return { says: 'the membership was gone already' }
    settle(await call(access, 'members', 'DELETE', pathOf(target)), 'the removal', 'look at the group')
    return { says: 'membership taken back', undoState: { role: before.role } }
  },
  async readBack(context, target) {
    return (await read(context, target)) === undefined ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    const { role } = undoState ?? {}
    if (typeof role !== 'string') return
    const [group, id] = requiredParts('membership', target)
    const access = await guard(context, target)
    if ((await read(context, target)) !== undefined) return
    const path = `${directory}/groups/${segment(group)}/members`
    settle(await call(access, 'members', 'POST', path, { id, role }), 'the membership', 'look at the group')
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await read(context, target)) === undefined
        ? dead(context, 'Google lists the membership no more')
        : { verdict: 'alive', says: 'Google still lists the membership' }
    },
  },
})
