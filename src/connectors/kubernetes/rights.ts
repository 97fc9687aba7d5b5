import { accountIn, everywhere } from './names.ts'

/** `PolicyRule` of rbac.authorization.k8s.io/v1. */
export type Rule = {
  verbs: readonly string[]
  apiGroups: readonly string[]
  resources: readonly string[]
  resourceNames: readonly string[]
  nonResourceURLs: readonly string[]
}
export type Subject = { kind: 'User' | 'Group' | 'ServiceAccount'; name: string; namespace: string | null }
/** `scope`: the namespace of a RoleBinding, `*` of a ClusterRoleBinding. `rules`: those of its role; empty where it is gone. */
export type Binding = { scope: string; subjects: readonly Subject[]; rules: readonly Rule[] }
export type Who = { username: string; groups: readonly string[] }
/** `namespace` empty: a resource of the cluster, or of all namespaces at once. `name` empty: none in particular. */
export type Asked =
  | { verb: string; group: string; resource: string; subresource: string; namespace: string; name: string }
  | { verb: string; path: string }

/** The API server lets this group do everything, before any role is looked at. */
export const superusers = 'system:masters'

/**
 * What RBAC decides, rule by rule as in k8s.io/component-helpers/auth/rbac/validation and rbac/v1/evaluation_helpers.go.
 * RBAC has no deny: whatever one rule allows is allowed. Aggregated roles hold their united rules in themselves, put there
 * by the controller manager; the authorizer reads those, and so do we.
 */
export function isAllowed(bindings: readonly Binding[], who: Who, asked: Asked): boolean {
  if (who.groups.includes(superusers)) return true
  const namespace = 'path' in asked ? '' : asked.namespace
  return bindings.some(
    ({ scope, subjects, rules }) =>
      (scope === everywhere || (namespace !== '' && scope === namespace)) &&
      subjects.some((subject) => isSubject(subject, scope, who)) &&
      rules.some((rule) => allows(rule, asked)),
  )
}

export function isSubject({ kind, name, namespace }: Subject, scope: string, { username, groups }: Who): boolean {
  if (kind === 'User') return name === username
  if (kind === 'Group') return groups.includes(name)
  const [ownNamespace, ownName] = accountIn(username) ?? []
  // Without a namespace of its own a subject is of the binding's.
  const where = namespace ?? (scope === everywhere ? undefined : scope)
  return where !== undefined && ownNamespace === where && ownName === name
}

export function allows(rule: Rule, asked: Asked): boolean {
  if (!has(rule.verbs, asked.verb)) return false
  if ('path' in asked) return rule.nonResourceURLs.some((url) => matchesUrl(url, asked.path))
  const { group, resource, subresource, name } = asked
  return (
    has(rule.apiGroups, group) &&
    matchesResource(rule.resources, resource, subresource) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(name))
  )
}

const has = (list: readonly string[], word: string): boolean => list.includes('*') || list.includes(word)

// `*` is everything, its subresources too; `*/scale` that subresource of everything; `pods` does not include `pods/exec`.
function matchesResource(resources: readonly string[], resource: string, subresource: string): boolean {
  if (resources.includes('*')) return true
  if (subresource === '') return resources.includes(resource)
  return resources.includes(`${resource}/${subresource}`) || resources.includes(`*/${subresource}`)
}

const matchesUrl = (pattern: string, path: string): boolean =>
  pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, '')))

/** Subjects as objects name them; one without a place to be in is nobody. */
export function readSubjects(
  subjects: readonly { kind: string; name: string; namespace?: string | null | undefined }[] | null | undefined,
  scope: string,
): Subject[] {
  return (subjects ?? []).flatMap(({ kind, name, namespace }): Subject[] => {
    if (kind === 'User' || kind === 'Group') return [{ kind, name, namespace: null }]
    const where = namespace ?? (scope === everywhere ? undefined : scope)
    return kind === 'ServiceAccount' && where !== undefined ? [{ kind, name, namespace: where }] : []
  })
}
