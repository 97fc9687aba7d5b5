import { z } from 'zod'

import { authorityOf, type EntityId } from '#model'
import type { LeaseAction, Probed } from '#respond/contract'

import { ask, inTransaction, PostgresError, quoteIdent } from './client.ts'
import type { PostgresConfig } from './config.ts'
import { refused, requireReach, roleState, versionWithGrantors, type Site } from './contain.ts'
import { endSessionsOf } from './end-sessions.ts'
import { firstUserOid, membershipId, roleId, targetOf, type Pair } from './ids.ts'
import { atMembership, may, pairOf } from './one-membership.ts'
import { roleScopes, sessionScopes } from './role.ts'

const oidOf = (entity: EntityId): number | undefined => {
  const target = entity.startsWith('identity:') ? targetOf(entity) : undefined
  return target?.kind === 'role' && target.oid >= firstUserOid ? target.oid : undefined
}

/**
 * A role of PostgreSQL for a time: `GRANT role TO member`, without ADMIN, so that whoever has it passes it on to nobody. The
 * end revokes what this login granted, and ends the sessions that may have become the role: SET ROLE outlives a membership.
 */
export const membershipLend: LeaseAction<PostgresConfig> = {
  verb: 'postgres.membership.lend',
  title: 'Make a login a member of a role for a time',
  scopes: [...roleScopes, ...sessionScopes],
  everyMs: 250,
  withinMs: 30_000,
  rightOf(member, thing) {
    const [to, role] = [oidOf(member), oidOf(thing)]
    if (to === undefined || role === undefined || to === role || authorityOf(member) !== authorityOf(thing))
      return undefined
    return membershipId(authorityOf(thing), { role, member: to })
  },
  holdersOf(right) {
    const { role, member } = pairOf(right)
    return [roleId(authorityOf(right), member), roleId(authorityOf(right), role)]
  },
  effects: [
    'the login may do what the role may, and become it by SET ROLE; it cannot pass it on',
    'at the end the membership is revoked and the sessions of the login, and of its members, are ended once',
    'what it made or granted meanwhile stays, in the name of the role',
  ],
  isHeld: (context, right) => atMembership(context, right, (site, pair) => may(site, pair)),
  give: (context, right) =>
    atMembership(context, right, async (site, pair) => {
      await inTransaction(site.query, false, async () => {
        const { role, member } = await namesOf(site, right, pair)
        const how = site.version >= versionWithGrantors ? ' with admin false, inherit true, set true' : ''
        await site.query(`grant ${quoteIdent(role)} to ${quoteIdent(member)}${how}`)
        // A rename in between rolls it back: the names were looked up before, and this is by number.
        if ((await ownGrants(site, pair)) === 0) throw refused(right, 'now names something else')
      })
      return 'the membership was granted, without ADMIN'
    }),
  take: (context, right) =>
    atMembership(context, right, async (site, pair) => {
      await inTransaction(site.query, false, async () => {
        if ((await ownGrants(site, pair)) === 0) return
        const { role, member } = await namesOf(site, right, pair)
        const by = site.version >= versionWithGrantors ? ' granted by current_user' : ''
        await site.query(`revoke ${quoteIdent(role)} from ${quoteIdent(member)}${by}`)
        if ((await ownGrants(site, pair)) > 0) throw refused(right, 'still stands after it was revoked')
      })
      if (!(await may(site, pair))) await endSessionsOf(site, context.clock, { kind: 'role', oid: pair.member })
    }),
  isGone: (context, right) =>
    atMembership(context, right, async (site, pair): Promise<Probed> => {
      if ((await ownGrants(site, pair)) > 0) return { verdict: 'alive', says: 'the membership stands' }
      const also = (await may(site, pair)) ? '; the login has the role another way by now' : ''
      const where = [`${context.config.host}:${context.config.port}`]
      return { verdict: 'dead', proof: { kind: 'read-back', says: `pg_auth_members names it no more${also}`, where } }
    }),
}

/** Superusers are neither lent nor lent to: they may do all of it anyway. */
async function namesOf(site: Site, right: EntityId, pair: Pair): Promise<{ role: string; member: string }> {
  const [role, member] = [await roleState(site.query, pair.role), await roleState(site.query, pair.member)]
  if (role === undefined || member === undefined) throw refused(right, 'names a role that is gone')
  for (const one of [role, member]) {
    requireReach(site, right, one)
    if (one.isSuper)
      throw new PostgresError('ERR_POSTGRES_TARGET', `\`${one.name}\` is a superuser: that is never lent`)
  }
  return { role: role.name, member: member.name }
}

/** Before PostgreSQL 16 there is one membership, whoever gave it. */
async function ownGrants(site: Site, { role, member }: Pair): Promise<number> {
  const [row] = await ask(
    site.query,
    z.object({ n: z.number() }),
    `select count(*)::int4 as n from pg_auth_members
      where roleid = $1 and member = $2 and ($3 < ${versionWithGrantors} or grantor = current_user::regrole)`,
    [role, member, site.version],
  )
  return row?.n ?? 0
}
