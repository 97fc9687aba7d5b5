import {
  openEdge,
  toldFact,
  type EdgeStatement,
  type EdgeType,
  type EntityFact,
  type EntityId,
  type Stated,
} from '#model'
import type { TakenAt } from '#sources/contract'

import {
  everywhere,
  nameAccount,
  nameAnyAccount,
  nameBinding,
  nameCluster,
  nameGroup,
  nameNamespace,
  nameNodes,
  nameObjects,
  namePods,
  nameRole,
  nameSecret,
  nameSecrets,
  nameUser,
  nameWho,
} from './names.ts'
import { idOf } from './normalize-pods.ts'
import { powersOf, type Power } from './powers.ts'
import { readSubjects, superusers, type Subject } from './rights.ts'
import { rulesOf, type BindingRow } from './rows.ts'

/** A binding: its subjects take its role, and what the role's rules come to in the scope. */
export function stateBinding(row: BindingRow, { authority, atMs }: TakenAt): Stated {
  const { name, namespace, sinceMs } = idOf(row.metadata)
  const scope = namespace === '' ? everywhere : namespace
  const { kind, name: roleName } = row.roleRef
  const role = nameRole(authority, scope, kind, roleName)
  const binding = nameBinding(authority, scope, name)
  const subjects = readSubjects(row.subjects, scope)
  const powers = powersOf(rulesOf(row.rules), scope === everywhere)
  const facts: EntityFact[] = [
    toldFact(role, atMs, {
      kind: 'role',
      name: `${kind} ${roleName}`,
      namespace: scope,
      ...(row.rules === undefined ? {} : { aggregated: row.isAggregated, readsSecrets: powers.some(readsSecrets) }),
    }),
    toldFact(binding, atMs, {
      name: `binding ${name}`,
      role: `${kind} ${roleName}`,
      namespace: scope,
      createdAtMs: sinceMs,
      gives: role,
      ...(row.rules === undefined ? {} : { everything: scope === everywhere && powers.some(isEverything) }),
    }),
  ]
  const edges: EdgeStatement[] = []
  for (const subject of subjects) {
    const who = nameSubject(authority, subject)
    edges.push(openEdge(who, 'MEMBER_OF', role, sinceMs, { note: name }))
    if (subject.kind === 'Group') {
      // What Kubernetes puts everybody or every service account into nobody can be taken out of.
      const everyone = subject.name.startsWith('system:') ? true : undefined
      facts.push(toldFact(who, atMs, { kind: 'group', name: subject.name, everyone }))
    }
    if (subject.kind !== 'User') continue
    const isService = subject.name.startsWith('system:')
    facts.push(toldFact(who, atMs, { kind: isService ? 'service' : 'human', name: subject.name, login: subject.name }))
    edges.push(openEdge(who, 'MEMBER_OF', nameGroup(authority, 'system:authenticated'), 0))
  }
  for (const power of powers) {
    edges.push(...edgesOf(authority, role, scope, power, sinceMs))
    if (power.over === 'all') facts.push(toldFact(role, atMs, { admin: true }))
  }
  return { facts, edges }
}

const isEverything = ({ over, as }: Power): boolean => over === 'all' && as === 'CAN_ADMIN'
const readsSecrets = ({ over, as, conditional }: Power): boolean =>
  conditional !== true && (over === 'all' || (over === 'secrets' && as === 'CAN_READ'))

export function nameSubject(authority: string, { kind, name, namespace }: Subject): EntityId {
  if (kind === 'Group') return nameGroup(authority, name)
  return kind === 'User' ? nameWho(authority, name) : nameAccount(authority, namespace ?? '', name)
}

/** The whole of a scope. */
const nameScope = (authority: string, scope: string): EntityId =>
  scope === everywhere ? nameCluster(authority) : nameNamespace(authority, scope)

function edgesOf(authority: string, role: EntityId, scope: string, power: Power, sinceMs: number): EdgeStatement[] {
  const to = (type: EdgeType, dst: EntityId): EdgeStatement =>
    openEdge(role, type, dst, sinceMs, { note: power.by, ...(power.conditional === true ? { conditional: true } : {}) })
  const { as, names } = power
  switch (power.over) {
    case 'all':
      return [
        to(as, nameScope(authority, scope)),
        // Who may do or give everything may be anybody there.
        to('ASSUMES', nameAnyAccount(authority, scope)),
        ...(scope === everywhere ? [to('ASSUMES', nameGroup(authority, superusers))] : []),
      ]
    case 'secrets':
      if (names === undefined) return [to(as, nameSecrets(authority, scope))]
      // Of all namespaces at once a name means many: an upper bound, the whole, and said so.
      if (scope === everywhere) return [{ ...to(as, nameSecrets(authority, scope)), conditional: true }]
      return names.map((name) => to(as, nameSecret(authority, scope, name)))
    case 'pods':
      return [{ ...to(as, namePods(authority, scope)), ...(names === undefined ? {} : { conditional: true }) }]
    case 'nodes':
      return [{ ...to(as, nameNodes(authority)), ...(names === undefined ? {} : { conditional: true }) }]
    case 'objects':
      return [to(as, nameObjects(authority, scope))]
    case 'become':
      if (names === undefined || scope === everywhere) {
        return [{ ...to(as, nameAnyAccount(authority, scope)), ...(names === undefined ? {} : { conditional: true }) }]
      }
      return names.map((name) => to(as, nameAccount(authority, scope, name)))
    case 'impersonate':
      return impersonated(authority, power).map((who) => to(as, who))
  }
}

/** Unnamed, it is anybody: the groups' right alone reaches the one that may do everything. */
function impersonated(authority: string, { kind, names }: Power): EntityId[] {
  if (kind === 'groups') return (names ?? [superusers]).map((name) => nameGroup(authority, name))
  if (kind === 'users') {
    // Kubernetes' own controllers act as users with rights of their own.
    return names === undefined
      ? [nameAnyAccount(authority, everywhere), nameUser(authority, 'system:kube-controller-manager')]
      : names.map((name) => nameWho(authority, name))
  }
  return [nameAnyAccount(authority, everywhere)]
}
