import type { EdgeType } from '#model'

import type { RoleFields } from './rows.ts'

/**
 * GitHub's five roles, each including those before it
 * (https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories). A custom role
 * stands on one of them and only adds to it; GitHub's `permissions` say on which.
 */
export const roles = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const
export type Role = (typeof roles)[number]

const roleByWord: Readonly<Record<string, Role>> = {
  none: 'none',
  read: 'read',
  pull: 'read',
  triage: 'triage',
  write: 'write',
  push: 'write',
  maintain: 'maintain',
  admin: 'admin',
}
const flags = ['admin', 'maintain', 'push', 'triage', 'pull'] as const

/** Unknown words are read through the flags; where those are lacking too, the role may be anything: the greatest. */
export function roleOf({ role_name: name, permission, permissions }: RoleFields): Role {
  const flag = flags.find((one) => permissions?.[one] === true)
  if (flag !== undefined) return roleByWord[flag] ?? 'admin'
  if (permissions !== undefined) return 'none'
  return roleByWord[name ?? permission ?? ''] ?? 'admin'
}

export const greatest = (given: readonly Role[]): Role =>
  given.reduce<Role>((best, one) => (roles.indexOf(one) > roles.indexOf(best) ? one : best), 'none')

/**
 * What one person may do in one repository: the greatest of what owners have, the organisation's base permission, direct
 * rights, and those of teams with the teams above them. GitHub has no deny; an archived repository is read-only to all
 * but its admins, who can take it out of the archive.
 */
export function effectiveRole(given: {
  isOwner: boolean
  isMember: boolean
  base: Role
  direct: readonly Role[]
  teams: readonly Role[]
  isPublic: boolean
  isArchived: boolean
}): Role {
  const role = greatest([
    ...(given.isOwner ? (['admin'] as const) : []),
    ...(given.isMember ? [given.base] : []),
    ...given.direct,
    ...given.teams,
    ...(given.isPublic ? (['read'] as const) : []),
  ])
  return given.isArchived && role !== 'none' && role !== 'admin' ? 'read' : role
}

/** `onActions`: the right on what only workflows read. Who may push may make a workflow that reads every secret. */
export type RightEdges = { onRepository: readonly EdgeType[]; onActions: readonly EdgeType[] }
const none: RightEdges = { onRepository: [], onActions: [] }
const reads: RightEdges = { onRepository: ['CAN_READ'], onActions: [] }
const writes: RightEdges = { onRepository: ['CAN_READ', 'CAN_WRITE'], onActions: ['CAN_READ'] }
const rules: RightEdges = {
  onRepository: ['CAN_READ', 'CAN_WRITE', 'CAN_ADMIN', 'CAN_GRANT'],
  onActions: ['CAN_READ', 'CAN_WRITE'],
}

const edgesByRole: Readonly<Record<Role, RightEdges>> = {
  none,
  read: reads,
  triage: reads,
  write: writes,
  maintain: writes,
  admin: rules,
}
export function edgesOfRole(role: Role, isArchived: boolean): RightEdges {
  return isArchived && role !== 'admin' && role !== 'none' ? reads : edgesByRole[role]
}

/**
 * What an app or a fine-grained token may do, from its permissions. `administration` counts as the repository's admin: it
 * adds deploy keys and collaborators, so its holder can give itself the rest. `secrets` writes names and new values and
 * never reads one; with `contents` and `workflows` a workflow that reads them can be pushed.
 */
export function edgesOfPermissions(permissions: Readonly<Record<string, string>>): RightEdges {
  const at = (name: string): number => ['', 'read', 'write', 'admin'].indexOf(permissions[name] ?? '')
  if (at('administration') >= 2) return rules
  const onRepository: EdgeType[] = []
  if (at('contents') >= 1) onRepository.push('CAN_READ')
  if (at('contents') >= 2) onRepository.push('CAN_WRITE')
  const pushesWorkflows = at('contents') >= 2 && at('workflows') >= 2
  const onActions: EdgeType[] = [
    ...(pushesWorkflows ? (['CAN_READ'] as const) : []),
    ...(at('secrets') >= 2 ? (['CAN_WRITE'] as const) : []),
  ]
  return { onRepository, onActions }
}

/** Permissions over the organisation itself that let their holder take it over: people, apps, hooks, secrets of all. */
const orgRuling = [
  'members',
  'organization_administration',
  'organization_custom_roles',
  'organization_personal_access_tokens',
]
export const rulesOrganisation = (permissions: Readonly<Record<string, string>>): boolean =>
  orgRuling.some((name) => permissions[name] === 'write' || permissions[name] === 'admin')
