/**
 * What a console role may do to hosts. CrowdStrike's own words for its roles; a customer's own roles (32 letters and digits)
 * have permissions that no API tells.
 */
export type Right = { edge: 'CAN_ADMIN' | 'CAN_GRANT'; note: string; conditional: boolean }

/** Real Time Response: `two` reads any file and kills processes, `three` runs any program as the system. */
const known: Readonly<Record<string, Omit<Right, 'conditional'>>> = {
  remote_responder_two: { edge: 'CAN_ADMIN', note: 'Real Time Response: reads files of any host' },
  remote_responder_three: { edge: 'CAN_ADMIN', note: 'Real Time Response: runs programs on any host' },
  falconhost_admin: { edge: 'CAN_GRANT', note: 'Falcon Administrator: gives roles and makes API clients' },
  falcon_admin: { edge: 'CAN_GRANT', note: 'Falcon Administrator: gives roles and makes API clients' },
}

export function rightOf(role: string): Right | undefined {
  const right = known[role]
  if (right !== undefined) return { ...right, conditional: false }
  // A role of the customer's own may hold any permission: an upper bound.
  if (/^[0-9a-f]{32}$/.test(role)) {
    return { edge: 'CAN_ADMIN', note: 'a role of your own, whose permissions no API tells', conditional: true }
  }
  return undefined
}

export const isAdmin = (role: string): boolean => known[role]?.edge === 'CAN_GRANT'
