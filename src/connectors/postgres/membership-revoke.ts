import { authorityOf } from '#model'
import { dead, defineAction, previewStep } from '#respond/contract'

import type { PostgresConfig } from './config.ts'
import { refused } from './contain.ts'
import { firstUserOid, membershipId, oids, targetOf } from './ids.ts'
import { countMemberships, rememberMemberships, restoreMemberships, revokeMembership } from './memberships.ts'
import { atMembership, may } from './one-membership.ts'
import { roleScopes, sessionScopes } from './role.ts'

const scopes = [...roleScopes, ...sessionScopes]

/** Takes one role from one login, as a review or a trim decided; what else the two have stays. */
export const membershipRevoke = defineAction<PostgresConfig>({
  verb: 'postgres.membership.revoke',
  phase: 'remove-descendants',
  title: 'Take one role away from one login',
  scopes,
  retry: 'read-back',
  proofs: ['read-back'],
  targetFor: () => undefined,
  takesRight(member, thing) {
    if (!member.startsWith('identity:') || !thing.startsWith('identity:')) return undefined
    const [by, of] = [targetOf(member), targetOf(thing)]
    if (by?.kind !== 'role' || of?.kind !== 'role' || authorityOf(member) !== authorityOf(thing)) return undefined
    const isTakable = by.oid >= firstUserOid && of.oid > oids.bootstrapSuperuser && by.oid !== of.oid
    return isTakable ? membershipId(authorityOf(thing), { role: of.oid, member: by.oid }) : undefined
  },
  preview: () =>
    previewStep(
      scopes,
      [
        'the login loses what the role may do; what it has through other roles, or itself, stays',
        'sessions of the login, and of its members, are ended once, since SET ROLE outlives a membership',
        'undo gives the role again, with the same options',
        'from PostgreSQL 16 on whoever gave it takes it: what another login gave is refused, by name',
      ],
      { reversible: true },
    ),
  remember: (context, target, earlier) =>
    atMembership(context, target, (site, pair) => rememberMemberships(site, pair, earlier)),
  apply: (context, target) =>
    atMembership(context, target, (site, pair) => {
      if (site.own.has(pair.member)) throw refused(target, "is break-glass, or Cordon's own")
      if (context.isOwn(target)) throw refused(target, "is Cordon's own")
      return revokeMembership(site, context.clock, target, pair)
    }),
  readBack: (context, target) =>
    atMembership(context, target, async (site, pair) =>
      (await countMemberships(site, pair)) === 0 ? 'landed' : 'absent',
    ),
  probe: {
    everyMs: 250,
    withinMs: 30_000,
    run: (context, target) =>
      atMembership(context, target, async (site, pair) => {
        if ((await countMemberships(site, pair)) > 0) return { verdict: 'alive', says: 'the membership stands' }
        const also = (await may(site, pair)) ? '; the role still comes through others' : ''
        return dead(context, `pg_auth_members names it no more${also}`)
      }),
  },
  undo: (context, target, before) => atMembership(context, target, (site) => restoreMemberships(site, target, before)),
})
