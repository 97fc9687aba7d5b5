import { isJsonObject, isObject, parseJson, type JsonObject } from '#kit'
import { authorityOf, nativeOf, type EntityId } from '#model'
import { defineAction, type Applied } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, listAll, segment, textAt } from '../client.ts'
import { OktaError, type OktaConfig } from '../config.ts'
import { isAppId, isGroupId, isUserId, nameIdentity, nameRoleAssignment, partsOf } from '../names.ts'
import { roleKey } from '../rows.ts'
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

const hint = 'only a super administrator may, and Okta keeps the last of them: look at the administrators'

function baseOf(target: EntityId): string {
  const [assignee] = requiredParts('role-assignment', target)
  if (isAppId(assignee)) return `/oauth2/v1/clients/${segment(assignee)}/roles`
  return `/api/v1/${isGroupId(assignee) ? 'groups' : 'users'}/${segment(assignee)}/roles`
}

const isByType = (target: EntityId): boolean => /^[A-Z_]+$/.test(requiredParts('role-assignment', target)[1] ?? '')

/** Assignments of this role to this very assignee; what a group gives is taken from the group. */
async function assignmentsOf(context: Context, target: EntityId): Promise<JsonObject[]> {
  const [assignee, key] = requiredParts('role-assignment', target)
  const base = baseOf(target)
  const expand = isAppId(assignee) ? '' : '?expand=targets/groups'
  const roles = await listAll(accessOf(context), 'roles', `${base}${expand}`, 'the roles of the administrator')
  return roles.filter(
    (role) =>
      (roleKey(textAt(role, 'label') || textAt(role, 'type')) === key || textAt(role, 'type') === key) &&
      (isGroupId(assignee) || textAt(role, 'assignmentType') !== 'GROUP'),
  )
}

/** What gives the role back as it was; null for one that was limited: given back without its limits it would be more. */
function givesBack(role: JsonObject): JsonObject | null {
  const embedded = role['_embedded']
  const targets = isJsonObject(embedded) ? embedded['targets'] : undefined
  const groups = isObject(targets) && Array.isArray(targets['groups']) ? targets['groups'].length : 0
  // Apps a role is limited to are not in this list of Okta's: an app administrator is never given back unseen.
  if (groups > 0 || textAt(role, 'type') === 'APP_ADMIN') return null
  const { type = '', role: custom, 'resource-set': set } = role
  return {
    type,
    ...(custom === undefined ? {} : { role: custom }),
    ...(set === undefined ? {} : { 'resource-set': set }),
  }
}

/**
 * A role as the inventory names it, `SUPER_ADMIN`; those that an exposed credential gave are named by the log, in small
 * letters. One that is limited to apps is never given back, so it is not taken in this way.
 */
const standardType = /^role\/((?!APP_ADMIN$|CUSTOM)[A-Z_]{1,60})$/

/** Takes back an administrator role that an exposed credential gave, or that nobody should have any more. */
export const roleUnassign = defineAction<OktaConfig>({
  verb: 'okta.role.unassign',
  phase: 'remove-descendants',
  title: 'Take back an administrator role that was given',
  scopes: scopesTo('roles'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('role-assignment', entity) !== undefined ? entity : undefined,
  takesRight(member, thing) {
    const [, type] = standardType.exec(nativeOf(thing)) ?? []
    const assignee = nativeOf(member)
    const isHolder = isUserId(assignee) || isGroupId(assignee) || isAppId(assignee)
    return type === undefined || !isHolder || !thing.startsWith('identity:')
      ? undefined
      : nameRoleAssignment(authorityOf(thing), assignee, type)
  },
  preview: () =>
    preview('roles', ['the role is gone at once, in open sessions, too; undo gives it back unless it was limited'], {
      reversible: true,
    }),
  async apply(context, target): Promise<Applied> {
    const [assignee] = requiredParts('role-assignment', target)
    const access = await guard(context, target, [nameIdentity(context.authority, assignee)])
    const roles = await assignmentsOf(context, target)
    if (isByType(target) && roles.some((role) => givesBack(role) === null)) {
      throw new OktaError(
        'ERR_OKTA_REFUSED',
        'the role is limited to some groups, and would be given back without limits',
        {
          hint: 'take it away by hand; nothing was changed',
        },
      )
    }
    for (const role of roles) {
      const path = `${baseOf(target)}/${segment(textAt(role, 'id'))}`
      settle(await call(access, 'roles', 'DELETE', path), 'taking the role back', hint)
    }
    return {
      says: roles.length === 0 ? 'the role was gone already' : `${roles.length} assignments taken back`,
      undoState: { roles: roles.map((role) => JSON.stringify(givesBack(role))) },
    }
  },
  async readBack(context, target) {
    return (await assignmentsOf(context, target)).length === 0 ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    const roles = undoState?.['roles']
    if (!Array.isArray(roles)) return
    const access = await guard(context, target)
    for (const body of roles.map((text) => parseJson(text))) {
      if (!isJsonObject(body)) {
        throw new OktaError(
          'ERR_OKTA_REFUSED',
          'the role was limited to some groups or apps, which are not remembered',
          {
            hint: 'give it back by hand, with its limits',
          },
        )
      }
      settle(await call(access, 'roles', 'POST', baseOf(target), body), 'giving the role back', hint)
    }
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await assignmentsOf(context, target)).length === 0
        ? dead(context, 'Okta lists the role no more')
        : { verdict: 'alive', says: 'Okta still lists the role' }
    },
  },
})
