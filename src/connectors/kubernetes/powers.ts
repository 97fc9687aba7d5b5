import { allows, type Rule } from './rights.ts'

/**
 * What rules come to, in the terms of the estate. `all`: the whole scope and whatever can be given out in it. `become`: a
 * service account of the scope; `impersonate`: anybody. `names`: only those; absent: any.
 */
export type Power = {
  over: 'all' | 'secrets' | 'pods' | 'nodes' | 'objects' | 'become' | 'impersonate'
  as: 'CAN_READ' | 'CAN_WRITE' | 'CAN_ADMIN' | 'CAN_GRANT' | 'ASSUMES'
  names?: readonly string[]
  /** Who may be impersonated. */
  kind?: 'users' | 'groups' | 'serviceaccounts'
  /** Depends on what RBAC does not decide: admission, the version of the server, what a named role gives. */
  conditional?: true
  /** The way, in the vendor's words. */
  by: string
}

/** Names of rules that are limited to some; an empty list: not at all. */
type Found = 'any' | readonly string[]
const isSome = (found: Found): boolean => found === 'any' || found.length > 0

const rbac = 'rbac.authorization.k8s.io'
const edits = ['create', 'update', 'patch'] as const

/** One way to a power: any of `verbs` on any of `resources`. `limited: false`: a rule for some names gives nothing. */
type Way = Omit<Power, 'names' | 'by'> & {
  verbs: readonly string[]
  group: string
  resources: readonly string[]
  onlyEverywhere?: true
  limited?: false
  says?: string
}

/** Kinds that start pods: who makes one chooses its image, its service account and the secrets it mounts. */
const podMakers: readonly Pick<Way, 'verbs' | 'group' | 'resources'>[] = [
  // Of a pod that runs nothing but its images can be changed.
  { verbs: ['create'], group: '', resources: ['pods'] },
  { verbs: edits, group: '', resources: ['replicationcontrollers'] },
  { verbs: edits, group: 'apps', resources: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'] },
  { verbs: edits, group: 'batch', resources: ['jobs', 'cronjobs'] },
]

const ways: readonly Way[] = [
  ...(['users', 'groups', 'serviceaccounts'] as const).map((kind): Way => ({
    verbs: ['impersonate'],
    group: '',
    resources: [kind],
    over: 'impersonate',
    as: 'ASSUMES',
    kind,
    onlyEverywhere: true,
  })),
  { verbs: ['impersonate'], group: '', resources: ['serviceaccounts'], over: 'become', as: 'ASSUMES' },
  { verbs: ['create'], group: '', resources: ['serviceaccounts/token'], over: 'become', as: 'ASSUMES' },
  { verbs: ['get', 'list', 'watch'], group: '', resources: ['secrets'], over: 'secrets', as: 'CAN_READ' },
  {
    verbs: ['update', 'patch', 'delete', 'deletecollection'],
    group: '',
    resources: ['secrets'],
    over: 'secrets',
    as: 'CAN_WRITE',
  },
  { verbs: ['create'], group: '', resources: ['secrets'], over: 'secrets', as: 'CAN_WRITE', limited: false },
  ...podMakers.flatMap((maker): Way[] => [
    { ...maker, over: 'become', as: 'ASSUMES', limited: false },
    { ...maker, over: 'secrets', as: 'CAN_READ', limited: false },
    // A privileged pod has its node; admission may refuse one.
    { ...maker, over: 'nodes', as: 'CAN_ADMIN', limited: false, conditional: true, says: 'privileged' },
  ]),
  { verbs: ['create'], group: '', resources: ['pods/exec', 'pods/attach'], over: 'pods', as: 'CAN_ADMIN' },
  // Opens the same by WebSocket on servers before 1.35.
  {
    verbs: ['get'],
    group: '',
    resources: ['pods/exec', 'pods/attach'],
    over: 'pods',
    as: 'CAN_ADMIN',
    conditional: true,
  },
  {
    verbs: ['update', 'patch'],
    group: '',
    resources: ['pods', 'pods/ephemeralcontainers'],
    over: 'pods',
    as: 'CAN_ADMIN',
  },
  // A kubelet runs commands in every pod of its node for who may reach it by way of the API server.
  {
    verbs: ['get', 'create'],
    group: '',
    resources: ['nodes/proxy'],
    over: 'nodes',
    as: 'CAN_ADMIN',
    onlyEverywhere: true,
  },
]

/** `isEverywhere`: held by a ClusterRoleBinding. Rules of one that binds in a namespace reach no more than that. */
export function powersOf(rules: readonly Rule[], isEverywhere: boolean): Power[] {
  if (find(rules, '*', '*', '*') === 'any') return [{ over: 'all', as: 'CAN_ADMIN', by: '* on *.*' }]
  const found = ways.flatMap((way) => (way.onlyEverywhere === true && !isEverywhere ? [] : powersBy(way, rules)))
  return [...grantsOf(rules, isEverywhere), ...found, ...tokenSecrets(rules), ...otherObjects(rules)]
}

function powersBy(way: Way, rules: readonly Rule[]): Power[] {
  const { verbs, group, resources, onlyEverywhere: _, limited = true, says, ...power } = way
  return resources.flatMap((resource) =>
    verbs.flatMap((verb): Power[] => {
      const found = find(rules, verb, group, resource)
      if (found !== 'any' && (!limited || found.length === 0)) return []
      const by = `${verb} ${resource}${says === undefined ? '' : `, ${says}`}`
      return [{ ...power, by, ...(found === 'any' ? {} : { names: found }) }]
    }),
  )
}

/** To which names the rules allow it. What is made has no name yet: a rule for some names allows no `create`. */
function find(rules: readonly Rule[], verb: string, group: string, path: string): Found {
  const [resource = '', subresource = ''] = path.split('/')
  const isMaking = verb === 'create' && subresource === ''
  const names = new Set<string>()
  for (const rule of rules) {
    const asked = { verb, group, resource, subresource, namespace: '' }
    if (rule.resourceNames.length === 0 && allows(rule, { ...asked, name: '' })) return 'any'
    if (!isMaking) for (const name of rule.resourceNames) if (allows(rule, { ...asked, name })) names.add(name)
  }
  return [...names].sort()
}

/** The API server lets nobody give more than they have, but for `escalate` on roles and `bind` on what is bound. */
function grantsOf(rules: readonly Rule[], isEverywhere: boolean): Power[] {
  const may = (verb: string, resource: string): Found => find(rules, verb, rbac, resource)
  const edited = (resources: readonly string[]): string | undefined =>
    resources.find((one) => edits.some((verb) => isSome(may(verb, one))))
  const roles = isEverywhere ? ['roles', 'clusterroles'] : ['roles']
  const powers: Power[] = []
  const escalated = roles.find((role) => isSome(may('escalate', role)) && edited([role]) !== undefined)
  if (escalated !== undefined) powers.push({ over: 'all', as: 'CAN_GRANT', by: `escalate ${escalated}` })
  const binding = edited(isEverywhere ? ['rolebindings', 'clusterrolebindings'] : ['rolebindings'])
  const bound = ['clusterroles', 'roles'].find((role) => isSome(may('bind', role)))
  if (binding !== undefined && bound !== undefined) {
    // Bound by name: no more than those roles give.
    const isNarrow = may('bind', bound) !== 'any'
    const by = `bind ${bound}, ${binding}`
    powers.push({ over: 'all', as: 'CAN_GRANT', by, ...(isNarrow ? { conditional: true } : {}) })
  }
  return powers
}

/** A secret of type service-account-token is filled with a token of whichever account its annotation names. */
function tokenSecrets(rules: readonly Rule[]): Power[] {
  const isRead = ['get', 'list', 'watch'].some((verb) => find(rules, verb, '', 'secrets') === 'any')
  const isMade = find(rules, 'create', '', 'secrets') === 'any'
  return isRead && isMade ? [{ over: 'become', as: 'ASSUMES', by: 'create and read token secrets' }] : []
}

/** Whatever else can be read or changed, as one thing for each scope. */
function otherObjects(rules: readonly Rule[]): Power[] {
  const kinds = [
    ['CAN_READ', ['get', 'list', 'watch']],
    ['CAN_WRITE', ['create', 'update', 'patch', 'delete', 'deletecollection']],
  ] as const
  return kinds.flatMap(([as, verbs]): Power[] => {
    const wanted = (verb: string): boolean => verb === '*' || verbs.some((one) => one === verb)
    const rule = rules.find((one) => one.resources.length > 0 && one.verbs.some(wanted))
    if (rule === undefined) return []
    return [{ over: 'objects', as, by: `${rule.verbs.find(wanted) ?? ''} ${rule.resources.slice(0, 4).join(', ')}` }]
  })
}
