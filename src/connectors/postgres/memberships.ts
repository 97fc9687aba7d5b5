import { z } from 'zod'

import type { Clock } from '#kit'
import type { EntityId } from '#model'
import type { Applied } from '#respond/contract'

import { ask, inTransaction, PostgresError, quoteIdent } from './client.ts'
import { refused, requireReach, roleState, versionWithGrantors, type Site } from './contain.ts'
import { endSessionsOf, endSessionsOfUsers } from './end-sessions.ts'
import type { Pair } from './ids.ts'
import { may } from './one-membership.ts'

const membershipRow = z.object({
  role: z.number(),
  member: z.number(),
  grantor: z.number(),
  admin: z.boolean(),
  inherits: z.boolean(),
  sets: z.boolean(),
  roleName: z.string(),
  memberName: z.string(),
  grantorName: z.string().nullable(),
  toSuper: z.boolean(),
})
type Named = z.output<typeof membershipRow>
type Membership = Pick<Named, 'role' | 'member' | 'grantor' | 'admin' | 'inherits' | 'sets'>

const membershipsMax = 1_000

/** All that a role holds and gives, by its oid, or those of one role in another. */
export type Which = number | Pair

/** Held by the role and granted to others; rows of Cordon's own logins are left. */
async function membershipsOf(site: Site, which: Which): Promise<Named[]> {
  const pair = typeof which === 'number' ? [which, which] : [which.member, which.role]
  return ask(
    site.query,
    membershipRow,
    `select m.roleid::int8::float8 as role, m.member::int8::float8 as member, m.grantor::int8::float8 as grantor, m.admin_option as admin,
            coalesce((to_jsonb(m)->>'inherit_option')::boolean, true) as inherits,
            coalesce((to_jsonb(m)->>'set_option')::boolean, true) as sets,
            r.rolname as "roleName", u.rolname as "memberName", g.rolname as "grantorName", r.rolsuper as "toSuper"
       from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
       left join pg_roles g on g.oid = m.grantor
      where case when $4 then m.member = $1 and m.roleid = $2 else m.member = $1 or m.roleid = $2 end
        and not m.member = any ($3::oid[])
      order by 1, 2, 3 limit ${membershipsMax}`,
    [...pair, [...site.own], typeof which !== 'number'],
  )
}

export const countMemberships = async (site: Site, which: Which): Promise<number> =>
  (await membershipsOf(site, which)).length

/** What undo needs, as it stands; what was remembered before stays beside it. */
export async function rememberMemberships(site: Site, which: Which, earlier: Applied['undoState']) {
  const known = Array.isArray(earlier?.['memberships']) ? earlier['memberships'] : []
  const now = (await membershipsOf(site, which)).map(encode)
  return { memberships: [...new Set([...known, ...now])] }
}

const encode = ({ role, member, grantor, admin, inherits, sets }: Membership): string =>
  [role, member, grantor, Number(admin), Number(inherits), Number(sets)].join('|')

function decode(text: string): Membership {
  const parts = /^(\d{1,10})\|(\d{1,10})\|(\d{1,10})\|([01])\|([01])\|([01])$/.exec(text)
  if (parts === null) throw new PostgresError('ERR_POSTGRES_TARGET', 'a remembered membership cannot be read')
  const [role = 0, member = 0, grantor = 0, admin, inherits, sets] = parts.slice(1).map(Number)
  return { role, member, grantor, admin: admin === 1, inherits: inherits === 1, sets: sets === 1 }
}

/** All at once, or nothing. */
function takeAway(site: Site, target: EntityId, which: Which): Promise<Named[]> {
  return inTransaction(site.query, false, async () => {
    const state = await roleState(site.query, typeof which === 'number' ? which : which.member)
    if (state === undefined) return []
    requireReach(site, target, state)
    const memberships = await membershipsOf(site, which)
    for (const { roleName, memberName, grantorName, toSuper } of memberships) {
      if (toSuper && !site.isSuper) {
        throw new PostgresError('ERR_POSTGRES_RIGHTS', `membership in the superuser \`${roleName}\` needs a superuser`)
      }
      const by =
        site.version >= versionWithGrantors && grantorName !== null ? ` granted by ${quoteIdent(grantorName)}` : ''
      const revoke = `revoke ${quoteIdent(roleName)} from ${quoteIdent(memberName)}${by}`
      await site.query(revoke).catch((error: unknown) => {
        throw site.version >= versionWithGrantors ? needsGrantor(revoke, error) : error
      })
    }
    const left = await membershipsOf(site, which)
    if (left.length > 0) throw refused(target, 'still has memberships after they were taken away')
    return memberships
  })
}

/**
 * Takes away all at once, or nothing. Members who lost the role are signed out: a session that did SET ROLE keeps the
 * role after the membership is gone.
 */
export async function revokeMemberships(site: Site, clock: Clock, target: EntityId, oid: number): Promise<Applied> {
  const gone = await takeAway(site, target, oid)
  const signedOut = await endSessionsOfUsers(
    site,
    clock,
    gone.filter(({ role }) => role === oid).map(({ member }) => member),
  )
  return {
    says: `${gone.length} memberships taken away, ${signedOut} sessions of former members ended`,
    undoState: { memberships: gone.map(encode) },
  }
}

/** The one of the two. Who has the role another way keeps it, and the sessions. */
export async function revokeMembership(site: Site, clock: Clock, target: EntityId, pair: Pair): Promise<Applied> {
  const gone = await takeAway(site, target, pair)
  if (await may(site, pair)) {
    if (gone.length === 0) throw refused(target, 'is no membership of its own: the role comes through others')
    return { says: 'taken away; the role still comes through others', undoState: { memberships: gone.map(encode) } }
  }
  const ended = await endSessionsOf(site, clock, { kind: 'role', oid: pair.member })
  const says = gone.length === 0 ? 'there was no such membership any more' : 'the membership was taken away'
  return { says: `${says}, ${ended} sessions ended`, undoState: { memberships: gone.map(encode) } }
}

/** https://www.postgresql.org/docs/16/sql-revoke.html: by whoever gave it, with the rights of whom ADMIN alone lends none. */
const needsGrantor = (revoke: string, error: unknown): unknown =>
  error instanceof PostgresError && error.code === 'ERR_POSTGRES_RIGHTS'
    ? new PostgresError('ERR_POSTGRES_RIGHTS', 'a membership was given by another than the login that contains', {
        hint: `from PostgreSQL 16 on whoever gave it takes it back, or a superuser by hand: ${revoke}`,
        cause: error,
      })
    : error

export async function restoreMemberships(site: Site, target: EntityId, before: Applied['undoState']): Promise<void> {
  const remembered = before?.['memberships']
  if (!Array.isArray(remembered)) {
    throw new PostgresError('ERR_POSTGRES_TARGET', `the memberships \`${target}\` had are not known`, {
      hint: 'grant them by hand',
    })
  }
  await inTransaction(site.query, false, async () => {
    for (const { role, member, admin, inherits, sets } of remembered.map(decode)) {
      const [names] = await ask(
        site.query,
        z.object({ role: z.string().nullable(), member: z.string().nullable() }),
        `select (select rolname from pg_roles where oid = $1) as role, (select rolname from pg_roles where oid = $2) as member`,
        [role, member],
      )
      // One of the two was dropped since: there is nothing to give back.
      if (names === undefined || names.role === null || names.member === null) continue
      const how =
        site.version >= versionWithGrantors
          ? ` with admin ${admin}, inherit ${inherits}, set ${sets}`
          : admin
            ? ' with admin option'
            : ''
      await site.query(`grant ${quoteIdent(names.role)} to ${quoteIdent(names.member)}${how}`)
    }
  })
}
