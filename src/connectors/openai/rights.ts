import type { EdgeType } from '#model'

export type Right = { type: EdgeType; note: string; conditional?: boolean }

/**
 * What a role in a project gives. OpenAI has `owner`, `member` and (of groups and custom roles) others, whose permissions
 * the list of members does not tell: those count as an upper bound.
 */
export function rightsInProject(role: string | null | undefined): Right[] {
  switch (role ?? 'not told') {
    case 'owner':
      return [{ type: 'CAN_ADMIN', note: 'owner of the project' }]
    case 'member':
      return [
        { type: 'CAN_READ', note: 'member of the project' },
        { type: 'CAN_WRITE', note: 'member of the project' },
      ]
    case 'viewer':
    case 'reader':
      return [{ type: 'CAN_READ', note: `${role} of the project` }]
    case 'none':
      return []
    default:
      return [
        { type: 'CAN_READ', note: role ?? 'role not told', conditional: true },
        { type: 'CAN_WRITE', note: role ?? 'role not told', conditional: true },
      ]
  }
}

type OrganizationRole = {
  id: string
  name?: string | null | undefined
  permissions?: readonly string[] | null | undefined
  predefined_role?: boolean | null | undefined
}

/** Owners administer all there is. Of a custom role's permissions only whether it changes anything is taken: as an upper bound. */
export function rightsInOrganization({
  id,
  name,
  permissions,
  predefined_role: isPredefined,
}: OrganizationRole): Right[] {
  if (isPredefined === true && isOwnerRole(name ?? id))
    return [{ type: 'CAN_ADMIN', note: 'owner of the organisation' }]
  const writing = (permissions ?? []).filter(changes)
  return writing.length === 0
    ? []
    : [{ type: 'CAN_ADMIN', note: `${name ?? id}: ${writing.length} permissions that change`, conditional: true }]
}

const changes = (permission: string): boolean => /[.:](write|manage|create|update|delete|admin)\b/.test(permission)

/** `owner` in lists of users; `role-api-organization-owner__…` where a role is named by its id. */
export const isOwnerRole = (role: string | null | undefined): boolean =>
  role !== null && role !== undefined && /^(owner|role-api-organization-owner(__.*)?)$/.test(role)
