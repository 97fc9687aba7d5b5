import type { RuleRead } from './client.ts'

/** What everybody may do by Kubernetes' own bindings: looking at oneself. No permission that was given to Cordon. */
const everybodys = /^(authorization\.k8s\.io|authentication\.k8s\.io)$/
const isEverybodys = (group: string, resource: string): boolean => everybodys.test(group) && resource.startsWith('self')

/** Rules as `verb resource[.group]`; those for single names give no permission that Cordon could count on. */
export function scopesIn(rules: readonly RuleRead[]): string[] {
  const held = new Set<string>()
  for (const { verbs, apiGroups, resources, resourceNames } of rules) {
    if ((resourceNames ?? []).length > 0) continue
    for (const group of apiGroups ?? []) {
      for (const resource of resources ?? []) {
        if (isEverybodys(group, resource)) continue
        for (const verb of verbs) held.add(`${verb} ${resource}${group === '' ? '' : `.${group}`}`)
      }
    }
  }
  return [...held].sort()
}

const partsOf = (scope: string): [string, string, string] => {
  const [, verb = '', resource = '', group = ''] = /^(\S+) ([^.]+)(?:\.(.+))?$/.exec(scope) ?? []
  return [verb, resource, group]
}

/** `*` stands for any verb, resource or group. */
export function implies(held: string, needed: string): boolean {
  const wanted = partsOf(needed)
  return partsOf(held).every((part, at) => part === '*' || part === wanted[at])
}
