import { z } from 'zod'

import { parseOwnJson, type JsonObject } from '#kit'
import { authorityOf, nativeOf, type EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, customerPath, listAll, segment, textAt, userPath } from '../client.ts'
import type { GoogleConfig } from '../config.ts'
import { nameRoleAssignment, partsOf, userOf } from '../names.ts'
import { roleKey } from '../rights.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  readUser,
  requiredParts,
  settle,
  type Context,
} from './context.ts'

const hint = 'only a super administrator may, and Google keeps the last of them: look at the administrators'
const uses = ['customer', 'users', 'roles'] as const
const given = z.object({ roleAssignmentId: z.string() })

/** User or group behind an assignee. */
const holderOf = (assignee: string): { id: string; isUser: boolean } =>
  assignee.startsWith('group:') ? { id: assignee.slice(6), isUser: false } : { id: assignee, isUser: true }

const list = (context: Context, path: string, what: string): Promise<JsonObject[]> =>
  listAll(accessOf(context), { as: 'roles', path: customerPath(path), key: 'items', what })
const keyIn = (role: JsonObject): string =>
  role['isSuperAdminRole'] === true ? 'super' : roleKey(textAt(role, 'roleName'))

/** Whom it is of, and the role; the log names a role (`super`), the inventory its id (`id:4201`). */
async function partsIn(context: Context, target: EntityId): Promise<[assignee: string, key: string]> {
  const [assignee, named] = requiredParts('role-assignment', target)
  if (!named.startsWith('id:')) return [assignee, named]
  const roles = await list(context, rolesPath, rolesWhat)
  const role = roles.find((one) => textAt(one, 'roleId') === named.slice(3))
  return [assignee, role !== undefined && keyIn(role) === 'super' ? 'super' : named]
}
const [rolesPath, rolesWhat] = ['/roles?maxResults=100', 'the list of administrator roles'] as const

/** Assignments of this role to this very assignee; what a group gives is taken from the group. */
async function assignmentsOf(context: Context, target: EntityId): Promise<JsonObject[]> {
  const [assignee, key] = await partsIn(context, target)
  const { id } = holderOf(assignee)
  const roles = await list(context, rolesPath, rolesWhat)
  const wanted = new Set(
    roles
      .filter((role) => keyIn(role) === key || `id:${textAt(role, 'roleId')}` === key)
      .map((role) => textAt(role, 'roleId')),
  )
  const all = await list(context, '/roleassignments?maxResults=200', 'the list of administrators')
  return all.filter((one) => textAt(one, 'assignedTo') === id && wanted.has(textAt(one, 'roleId')))
}

/** Super administration can be given without an assignment that is listed: the user's own flag decides. */
async function isHeld(context: Context, target: EntityId): Promise<boolean> {
  const [assignee, key] = await partsIn(context, target)
  const { id, isUser } = holderOf(assignee)
  if (key === 'super' && isUser) return (await readUser(context, id))?.isAdmin === true
  return (await assignmentsOf(context, target)).length > 0
}

/** Takes back an administrator role that an exposed credential gave, or that nobody should have any more. */
export const roleUnassign = defineAction<GoogleConfig>({
  verb: 'google.role.unassign',
  phase: 'remove-descendants',
  title: 'Take back an administrator role that was given',
  scopes: scopesTo(...uses),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('role-assignment', entity) === undefined ? undefined : entity),
  takesRight(member, thing) {
    const [, role] = /^role\/(\d{1,30})$/.exec(nativeOf(thing)) ?? []
    const [, group] = /^group\/([^/]+)$/.exec(nativeOf(member)) ?? []
    const assignee = group === undefined ? userOf(member) : `group:${group}`
    return role === undefined || assignee === undefined || !thing.startsWith('identity:')
      ? undefined
      : nameRoleAssignment(authorityOf(thing), assignee, `id:${role}`)
  },
  preview: () =>
    preview(
      uses,
      [
        'the user or group has this role no more; other roles, and those of groups, stay',
        'undo gives the same role again',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    const [assignee, key] = await partsIn(context, target)
    const { id, isUser } = holderOf(assignee)
    const access = await guard(context, target, isUser ? [id] : [])
    if (key === 'super' && isUser) {
      if (!(await isHeld(context, target))) return { says: 'the role was gone already' }
      settle(await call(access, 'users', 'POST', userPath(id, '/makeAdmin'), { status: false }), 'the removal', hint)
      return { says: 'super administration taken back', undoState: { wasSuper: true } }
    }
    const found = await assignmentsOf(context, target)
    if (found.length === 0) return { says: 'the role was gone already' }
    const back: string[] = []
    for (const one of found) {
      const path = customerPath(`/roleassignments/${segment(textAt(one, 'roleAssignmentId'))}`)
      settle(await call(access, 'roles', 'DELETE', path), 'the removal', hint)
      const { roleId = '', assignedTo = '', scopeType = 'CUSTOMER', orgUnitId, condition } = one
      const rest = {
        ...(orgUnitId === undefined ? {} : { orgUnitId }),
        ...(condition === undefined ? {} : { condition }),
      }
      back.push(JSON.stringify({ roleId, assignedTo, scopeType, ...rest }))
    }
    return { says: 'role taken back', undoState: { assignments: back } }
  },
  async readBack(context, target) {
    return (await isHeld(context, target)) ? 'absent' : 'landed'
  },
  async undo(context, target, undoState) {
    const [assignee] = requiredParts('role-assignment', target)
    const { id, isUser } = holderOf(assignee)
    const access = await guard(context, target, isUser ? [id] : [])
    if (await isHeld(context, target)) return
    if (undoState?.['wasSuper'] === true) {
      settle(await call(access, 'users', 'POST', userPath(id, '/makeAdmin'), { status: true }), 'the role', hint)
      return
    }
    const { assignments = [] } = undoState ?? {}
    for (const text of Array.isArray(assignments) ? assignments : []) {
      const body = assignmentBody.parse(parseOwnJson(text))
      const response = await call(access, 'roles', 'POST', customerPath('/roleassignments'), body)
      if (settle(response, 'the role', hint) === 'done') given.parse(response.json())
    }
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await isHeld(context, target))
        ? { verdict: 'alive', says: 'Google still lists the role' }
        : dead(context, 'Google lists the role no more')
    },
  },
})

const assignmentBody = z.record(z.string(), z.string())
