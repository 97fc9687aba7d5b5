import type { EdgeType } from '#model'

export type Right = { type: EdgeType; note: string; conditional?: boolean }

/** What a role gives, in the organisation or in a resource group. A role Cordon does not know counts as an upper bound. */
export function rightsOfRole(role: string | null | undefined): Right[] {
  const told = role ?? 'role not told'
  switch (told) {
    case 'no_access':
      return []
    case 'read':
      return [{ type: 'CAN_READ', note: told }]
    case 'contributor':
      // Changes what it made itself, which no list tells.
      return [
        { type: 'CAN_READ', note: told },
        { type: 'CAN_WRITE', note: told, conditional: true },
      ]
    case 'write':
      return [
        { type: 'CAN_READ', note: told },
        { type: 'CAN_WRITE', note: told },
      ]
    case 'admin':
      return [{ type: 'CAN_ADMIN', note: told }]
    default:
      return [
        { type: 'CAN_READ', note: told, conditional: true },
        { type: 'CAN_WRITE', note: told, conditional: true },
      ]
  }
}

/** Who may change a program has it read what it may read: the secrets of its Space. */
export const rightsOverPrograms = (given: readonly Right[]): Right[] =>
  given.flatMap(({ type, conditional }) =>
    type === 'CAN_WRITE'
      ? [{ type: 'CAN_READ', note: 'may change the program', ...(conditional === true ? { conditional } : {}) }]
      : [],
  )

/** What permissions of a fine-grained token give in repositories: of the organisation, or one that they name. */
export function rightsOfPermissions(permissions: readonly string[]): Right[] {
  const writes = permissions.includes('repo.write')
  const reads = writes || permissions.includes('repo.content.read')
  return [
    ...(reads ? [{ type: 'CAN_READ', note: 'repo.content.read' } as const] : []),
    ...(writes ? [{ type: 'CAN_WRITE', note: 'repo.write' } as const] : []),
    ...(permissions.includes('org.write') ? [{ type: 'CAN_ADMIN', note: 'org.write' } as const] : []),
  ]
}
