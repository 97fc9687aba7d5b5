import { type Json, type JsonObject } from 'cordon/kit'

import type { Caller } from './caller.ts'
import { listAt, textAt, textsAt } from './at.ts'
import { findNamed, type State } from './state.ts'

export type Question = {
  verb: string
  group: string
  resource: string
  subresource: string
  namespace: string
  name: string
}
export const superusers = 'system:masters'

/** Rules a caller has, each with the namespace it holds in; null: in all of them. */
export function rulesOf(state: State, caller: Caller): { namespace: string | null; rule: Json }[] {
  return [...state.objects.values()].flatMap(({ resource, namespace, object }) => {
    const isWide = resource.plural === 'clusterrolebindings'
    if (!isWide && resource.plural !== 'rolebindings') return []
    if (!listAt(object, 'subjects').some((subject) => isSubject(subject, namespace, caller))) return []
    const rules = rulesOfRole(state, object, namespace)
    return rules.map((rule) => ({ namespace: isWide ? null : namespace, rule }))
  })
}

function rulesOfRole(state: State, binding: JsonObject, namespace: string): Json[] {
  const name = textAt(binding, 'roleRef', 'name')
  const isLocal = textAt(binding, 'roleRef', 'kind') === 'Role'
  const role = isLocal ? findNamed(state, 'roles', namespace, name) : findNamed(state, 'clusterroles', '', name)
  return listAt(role?.object, 'rules')
}

function isSubject(subject: Json, namespace: string, { username, groups }: Caller): boolean {
  const name = textAt(subject, 'name')
  switch (textAt(subject, 'kind')) {
    case 'User':
      return name === username
    case 'Group':
      return groups.includes(name)
    default:
      return username === `system:serviceaccount:${textAt(subject, 'namespace') || namespace}:${name}`
  }
}

export function isAllowed(state: State, caller: Caller, asked: Question): boolean {
  if (caller.groups.includes(superusers)) return true
  return rulesOf(state, caller).some(
    ({ namespace, rule }) => (namespace === null || namespace === asked.namespace) && allows(rule, asked),
  )
}

function allows(rule: Json, { verb, group, resource, subresource, name }: Question): boolean {
  const has = (key: string, ...words: string[]): boolean =>
    textsAt(rule, key).some((one) => one === '*' || words.includes(one))
  const names = textsAt(rule, 'resourceNames')
  const what = subresource === '' ? [resource] : [`${resource}/${subresource}`, `*/${subresource}`]
  return (
    has('verbs', verb) &&
    has('apiGroups', group) &&
    has('resources', ...what) &&
    (names.length === 0 || names.includes(name))
  )
}

/** Nobody gives what they do not have, unless they may `bind` the role. */
export function mayBind(state: State, caller: Caller, binding: JsonObject, namespace: string): boolean {
  const group = 'rbac.authorization.k8s.io'
  const resource = textAt(binding, 'roleRef', 'kind') === 'Role' ? 'roles' : 'clusterroles'
  const name = textAt(binding, 'roleRef', 'name')
  if (isAllowed(state, caller, { verb: 'bind', group, resource, subresource: '', namespace, name })) return true
  return rulesOfRole(state, binding, namespace).every((rule) => holds(state, caller, rule, namespace))
}

/** Has the caller all that a rule gives? */
export function holds(state: State, caller: Caller, rule: Json, namespace: string): boolean {
  const words = (key: string): string[] => textsAt(rule, key)
  const names = words('resourceNames')
  return words('verbs').every((verb) =>
    words('apiGroups').every((group) =>
      words('resources').every((path) =>
        (names.length === 0 ? [''] : names).every((name) => {
          const [resource = '', subresource = ''] = path.split('/')
          return isAllowed(state, caller, { verb, group, resource, subresource, namespace, name })
        }),
      ),
    ),
  )
}
