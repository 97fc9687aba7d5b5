import type { Stated } from '#model'

import { activityKey } from './activities.ts'
import { changed, created, detail, principalOf, targetOf, type Told } from './audit-changes.ts'
import {
  nameByTime,
  nameMembership,
  nameMethod,
  namePassword,
  namePrincipal,
  nameRole,
  nameRoleAssignment,
  nameUser,
} from './names.ts'
import { close, fact, open } from './statements.ts'

export function stateUserMade(told: Told): Stated {
  const { audit, atMs, authority } = told
  const user = targetOf(audit, 'User')
  if (user?.id === null || user?.id === undefined || user.id === '') return {}
  const identity = nameUser(authority, user.id)
  const name = user.displayName ?? user.userPrincipalName
  const attributes = { kind: 'human', name, login: user.userPrincipalName, createdAtMs: atMs }
  return { facts: [fact(identity, atMs, attributes)], edges: created(told, identity) }
}

export function stateEnabled({ audit, atMs, authority }: Told, enabled: boolean): Stated {
  const user = targetOf(audit, 'User')?.id
  if (user === null || user === undefined) return {}
  const identity = nameUser(authority, user)
  return {
    facts: [fact(identity, atMs, { enabled })],
    edges: enabled ? [] : [close(namePassword(authority, user), 'AUTHENTICATES_AS', identity, atMs)],
  }
}

/** Who sets a password knows it: the account is theirs from then on. */
export function stateReset(told: Told): Stated {
  const { audit, atMs, authority } = told
  const user = targetOf(audit, 'User')?.id
  if (user === null || user === undefined || nameUser(authority, user) === told.actor) return {}
  const password = namePassword(authority, user)
  return {
    facts: [fact(password, atMs, { kind: 'password', createdAtMs: atMs })],
    edges: [open(password, 'AUTHENTICATES_AS', nameUser(authority, user), atMs), ...created(told, password)],
  }
}

/** The log names no method, but when one was registered: the action finds it by that. */
export function stateMethod(told: Told): Stated {
  const { audit, atMs, authority } = told
  const user = targetOf(audit, 'User')?.id
  if (user === null || user === undefined) return {}
  const method = nameMethod(authority, user, nameByTime(atMs))
  const owner = nameUser(authority, user)
  const name = audit.resultReason === '' ? 'factor' : (audit.resultReason ?? 'factor')
  return {
    facts: [fact(method, atMs, { kind: 'key', name, owner, createdAtMs: atMs })],
    edges: [open(method, 'OWNED_BY', owner, atMs), ...created(told, method)],
  }
}

export function stateMembership(told: Told, isMember: boolean): Stated {
  const { audit, atMs, authority } = told
  const member = principalOf(audit)
  const [first] = audit.targetResources ?? []
  const group = targetOf(audit, 'Group')?.id ?? changed(first, 'Group.ObjectID')
  if (member === undefined || group === undefined || group === null || member.id === group) return {}
  const holder = namePrincipal(authority, member.kind, member.id)
  const to = namePrincipal(authority, 'group', group)
  if (!isMember) return { edges: [close(holder, 'MEMBER_OF', to, atMs)] }
  const entity = nameMembership(authority, group, member.id)
  const name = `membership of ${member.name ?? member.id} in ${changed(first, 'Group.DisplayName') ?? group}`
  return {
    facts: [fact(entity, atMs, { name, owner: holder, createdAtMs: atMs })],
    edges: [open(holder, 'MEMBER_OF', to, atMs), ...created(told, entity)],
  }
}

export function stateRole(told: Told, isGiven: boolean): Stated {
  const { audit, atMs, authority } = told
  const member = principalOf(audit)
  const [first] = audit.targetResources ?? []
  const template = changed(first, 'Role.TemplateId') ?? detail(audit, 'TemplateId')
  if (member === undefined || template === undefined) return {}
  const holder = namePrincipal(authority, member.kind, member.id)
  const role = nameRole(authority, template)
  if (!isGiven) return { edges: [close(holder, 'MEMBER_OF', role, atMs)] }
  const entity = nameRoleAssignment(authority, member.id, template)
  const label = changed(first, 'Role.DisplayName') ?? targetOf(audit, 'Role')?.displayName ?? 'a role'
  const isEligible = activityKey(audit.activityDisplayName).includes('eligible')
  return {
    facts: [
      fact(entity, atMs, { name: `${label} of ${member.name ?? member.id}`, owner: holder, createdAtMs: atMs }),
      fact(role, atMs, { kind: 'role', name: label, admin: true }),
      fact(holder, atMs, isEligible ? { eligibleAdmin: true } : { admin: true }),
    ],
    edges: [open(holder, 'MEMBER_OF', role, atMs, { conditional: isEligible }), ...created(told, entity)],
  }
}
