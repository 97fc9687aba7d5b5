import type { EdgeType } from '#model'

export type Right = { type: EdgeType; note: string; conditional?: boolean }

/** Roles that administer the organisation: they see and make all workspaces. */
export const isAdminRole = (role: string | null | undefined): boolean =>
  role !== null && role !== undefined && ['admin', 'owner', 'primary_owner'].includes(role)

/** What a role in a workspace gives. A role Cordon does not know counts as an upper bound. */
export function rightsInWorkspace(role: string | null | undefined): Right[] {
  switch (role ?? 'not told') {
    case 'workspace_admin':
      return [{ type: 'CAN_ADMIN', note: 'administrator of the workspace' }]
    case 'workspace_developer':
    case 'workspace_restricted_developer':
      return [
        { type: 'CAN_READ', note: 'developer of the workspace' },
        { type: 'CAN_WRITE', note: 'developer of the workspace' },
      ]
    case 'workspace_user':
      return [{ type: 'CAN_READ', note: 'user of the workspace' }]
    case 'workspace_billing':
      return []
    default:
      return [
        { type: 'CAN_READ', note: role ?? 'role not told', conditional: true },
        { type: 'CAN_WRITE', note: role ?? 'role not told', conditional: true },
      ]
  }
}
