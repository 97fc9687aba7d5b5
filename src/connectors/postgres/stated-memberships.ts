import type { MembershipRow } from './rows.ts'

/** What the estate is told of memberships, so that a walk along it finds what the server lets somebody do, and no more. */
export type StatedMembership = { member: number; role: number; type: 'MEMBER_OF' | 'ASSUMES'; note: string | null }

/** All rows of two roles together: from 16 on each grantor has a row of its own, and any of them serves. */
type Membership = Pick<MembershipRow, 'inherits' | 'sets' | 'admin'>

/**
 * From 16 on a member may inherit a role's rights without being able to become it (`WITH INHERIT TRUE, SET FALSE`,
 * https://www.postgresql.org/docs/16/sql-grant.html). Whoever only inherits a role cannot become what that role can
 * become, nor has it what is a role's own (`hasPower`: SUPERUSER, BYPASSRLS); a plain walk would say so. So where such a role leads on to more than its
 * rights, the membership is stated for the roles behind it that lead to no more, and the rest as grants of the member's
 * own (`grantsOn`). ADMIN on a role lets somebody grant it to themselves, and is inherited; that on a superuser does not.
 */
export function statedMemberships(
  rows: readonly MembershipRow[],
  isSuper: (role: number) => boolean,
  hasPower: (role: number) => boolean,
): StatedMembership[] {
  const of = new Map<number, Map<number, Membership>>()
  for (const { member, role, inherits, sets, admin } of rows) {
    const mine = of.get(member) ?? new Map<number, Membership>()
    of.set(member, mine)
    const known = mine.get(role)
    mine.set(role, {
      inherits: inherits || known?.inherits === true,
      sets: sets || known?.sets === true,
      admin: admin || known?.admin === true,
    })
  }
  const maySelfGrant = (role: number, { admin }: Membership): boolean => admin && !isSuper(role)

  const known = new Map<number, boolean>()
  /** Does a walk from here find no more than what is inherited from here? */
  const isPlain = (role: number): boolean => {
    const told = known.get(role)
    if (told !== undefined) return told
    // The server allows no circle; were there one, it would lead to no more than its members do.
    known.set(role, true)
    const found =
      !hasPower(role) &&
      [...(of.get(role) ?? [])].every(([to, one]) => maySelfGrant(to, one) || (one.inherits ? isPlain(to) : !one.sets))
    known.set(role, found)
    return found
  }

  const stated: StatedMembership[] = []
  const inheritOnly = (member: number, from: number, seen: Set<number>): void => {
    if (seen.has(from)) return
    seen.add(from)
    if (isPlain(from)) {
      stated.push({ member, role: from, type: 'MEMBER_OF', note: 'inherits, may not become it' })
      return
    }
    for (const [to, one] of of.get(from) ?? []) {
      if (maySelfGrant(to, one)) stated.push({ member, role: to, type: 'ASSUMES', note: 'may grant it to itself' })
      else if (one.inherits) inheritOnly(member, to, seen)
    }
  }
  for (const [member, roles] of of) {
    for (const [role, one] of roles) {
      const { inherits, sets, admin } = one
      if (sets || maySelfGrant(role, one)) {
        const note = admin ? (sets ? 'with admin option' : 'may grant it to itself') : inherits ? null : 'set role'
        stated.push({ member, role, type: inherits ? 'MEMBER_OF' : 'ASSUMES', note })
      } else if (inherits) inheritOnly(member, role, new Set())
    }
  }
  return stated
}
