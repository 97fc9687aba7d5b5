import { z } from 'zod'

import type { JsonObject } from '#kit'
import type { EntityId } from '#model'
import { defineAction, isWhole } from '#respond/contract'
import { segment } from '#sources/contract'

import { scopesToAct } from '../auth.ts'
import { call, members, organizationPath, read, type Member } from '../client.ts'
import type { HuggingfaceConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  previewStep,
  probeEveryMs,
  probeWithinMs,
  requiredParts,
  requirePlan,
  settingsUrl,
  settle,
  type Context,
} from './context.ts'

const scopes = scopesToAct.members
const barred = 'no_access'

/** INVARIANT: found by id: what a member is called is given anew. */
async function findMember(context: Context, target: EntityId): Promise<Member | undefined> {
  const [id] = requiredParts('user', target)
  for await (const member of members(accessOf(context))) if (member._id === id) return member
  return undefined
}

const groups = z.array(
  z.object({ id: z.string(), users: z.array(z.object({ _id: z.string(), role: z.string() })).default([]) }),
)
/** Resource groups of a member with the role in each, as `id role`: who sets a role sets all of them anew. */
async function groupsOf(context: Context, target: EntityId): Promise<string[]> {
  const [user] = requiredParts('user', target)
  const response = await call(accessOf(context), 'GET', `${organizationPath(context.config)}/resource-groups`)
  const listed = response.status === 404 ? [] : read(groups, response, 'the list of resource groups')
  return listed.flatMap(({ id, users }) => users.flatMap((one) => (one._id === user ? [`${id} ${one.role}`] : [])))
}

async function setRole(
  context: Context,
  name: string,
  role: string,
  held: readonly string[],
): Promise<'done' | 'gone'> {
  const resourceGroups = held.map((one): JsonObject => {
    const [id = '', roleThere = ''] = one.split(' ')
    return { id, role: roleThere }
  })
  const path = `${organizationPath(context.config)}/members/${segment(name)}/role`
  const response = await call(accessOf(context), 'PUT', path, { body: { role, resourceGroups } })
  return settle(response, 'another role', `change it by hand: ${settingsUrl(context, 'members')}`)
}

const isBarred = (member: Member | undefined): boolean => member === undefined || member.role === barred

/**
 * Takes a member every right in the organisation, with all tokens they have. The Hub's API puts nobody out: the member
 * stays one, without access.
 */
export const memberSuspend = defineAction<HuggingfaceConfig>({
  verb: 'huggingface.member.suspend',
  phase: 'revoke',
  title: 'Take a member’s access',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) => (isWhole(role) && partsOf('user', entity) !== undefined ? entity : undefined),
  preview: () =>
    previewStep(
      scopes,
      [
        'the member opens nothing of the organisation, by no token and no session; jobs and Spaces that run go on',
        'an administrator puts the member out for good, or, where an identity provider provisions members, it does',
        'undo gives back the role and the resource groups: every token of the member opens what it opened',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    await guard(context, target)
    requirePlan(context, 'team', 'to take a member’s access')
    const member = await findMember(context, target)
    if (member === undefined) return { says: 'the user was no member any more' }
    if (isBarred(member)) return { says: 'the member had no access already' }
    const held = await groupsOf(context, target)
    const outcome = await setRole(context, member.user, barred, [])
    if (outcome === 'gone') return { says: 'the user was no member any more' }
    return { says: 'the member has no access any more', undoState: { role: member.role ?? null, groups: held } }
  },
  async readBack(context, target) {
    return isBarred(await findMember(context, target)) ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    const { role, groups: held } = undoState ?? {}
    if (typeof role !== 'string' || !Array.isArray(held)) return
    await guard(context, target)
    const member = await findMember(context, target)
    if (member?.role === barred) await setRole(context, member.user, role, held)
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const member = await findMember(context, target)
      if (member === undefined) return dead(context, 'the Hub lists no such member any more')
      return isBarred(member)
        ? dead(context, 'the Hub lists the member without access')
        : { verdict: 'alive', says: `the Hub lists the member as \`${member.role ?? 'a role not told'}\`` }
    },
  },
})
