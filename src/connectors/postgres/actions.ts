import { authorityOf, type EntityId, type StepPreview } from '#model'
import { defineAction, type ContainAction, type Member } from '#respond/contract'

import type { PostgresConfig } from './config.ts'
import { atTarget, refused, roleState, type Site } from './contain.ts'
import { endSessionsOf, openSessions, sparedSessions } from './end-sessions.ts'
import { grantRevoke } from './grant-revoke.ts'
import { roleHandOver } from './hand-over.ts'
import { firstUserOid, roleId, targetOf, type Target } from './ids.ts'
import { membershipRevoke } from './membership-revoke.ts'
import { countMemberships, restoreMemberships, revokeMemberships } from './memberships.ts'
import { roleScopes, sessionScopes } from './role.ts'
import { disableLogin, enableLogin, loginReadBack, probeLogin } from './role-login.ts'

const probing = { everyMs: 250, withinMs: 30_000 }

/** The role behind a member: itself, its password, or the identity its session logged in as. */
function roleFor(member: Member): EntityId | undefined {
  const target = targetOf(member.entity)
  const role = target?.kind === 'session' && member.identity !== null ? targetOf(member.identity) : target
  return role?.kind === 'role' && role.oid >= firstUserOid ? roleId(authorityOf(member.entity), role.oid) : undefined
}

const isPasswordOrRole = (member: Member): boolean => targetOf(member.entity)?.kind === 'role'
const isDescendant = (member: Member): boolean => member.role === 'descendant' || member.role === 'descendant-entity'

const roleOf = (target: EntityId, named: Target): number => {
  if (named.kind !== 'role') throw refused(target, 'is no role')
  return named.oid
}

const nameIn = (attributes: Member['attributes'], target: EntityId): string =>
  typeof attributes['name'] === 'string' ? attributes['name'] : target

const preview = (effects: string[], scopes: string[], more: Partial<StepPreview> = {}): StepPreview => ({
  effects,
  reversible: true,
  undoWithinMs: null,
  residualMs: 0,
  scopes,
  proofs: ['read-back'],
  ...more,
})

export const roleDisable = defineAction<PostgresConfig>({
  verb: 'postgres.role.disable',
  phase: 'revoke',
  title: 'Refuse a role new sessions',
  targetFor: (member) => (isPasswordOrRole(member) ? roleFor(member) : undefined),
  scopes: roleScopes,
  retry: 'read-back',
  proofs: ['probed', 'read-back'],
  preview: (target, attributes) =>
    preview(
      [
        `${nameIn(attributes, target)} may no longer log in, by any method`,
        'its password expires now',
        'sessions already open go on until they are ended',
        'undo makes the same password work again, for whoever has it',
      ],
      roleScopes,
      { proofs: ['probed', 'read-back'] },
    ),
  apply: (context, target) =>
    atTarget(context, target, (site, named) => disableLogin(site, target, roleOf(target, named))),
  readBack: (context, target) => atTarget(context, target, (site, named) => loginReadBack(site, roleOf(target, named))),
  probe: {
    ...probing,
    run: (context, target) =>
      atTarget(context, target, (site, named) => probeLogin(site, context, roleOf(target, named), false)),
  },
  undo: (context, target, before) =>
    atTarget(context, target, (site, named) => enableLogin(site, target, roleOf(target, named), before)),
})

export const sessionsTerminate = defineAction<PostgresConfig>({
  verb: 'postgres.sessions.terminate',
  phase: 'end-sessions',
  title: 'End the sessions of a role',
  /** A stolen session alone is ended alone; one that came from a stolen password goes with all of its role. */
  targetFor: (member) =>
    targetOf(member.entity)?.kind === 'session' && (member.role !== 'session' || roleFor(member) === undefined)
      ? member.entity
      : roleFor(member),
  scopes: sessionScopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  preview: (target, attributes) =>
    preview(
      [
        targetOf(target)?.kind === 'session'
          ? 'this session ends; its open transaction is rolled back'
          : `every session of ${nameIn(attributes, target)} ends, through poolers too; open transactions are rolled back`,
        ...(targetOf(target)?.kind === 'role'
          ? ['sessions of its members end too, since they may have become it by SET ROLE; they may log in again']
          : []),
      ],
      sessionScopes,
      { reversible: false },
    ),
  apply: (context, target) =>
    atTarget(context, target, async (site, named) => ({
      says: `${await endSessionsOf(site, context.clock, named)} sessions ended`,
    })),
  readBack: (context, target) =>
    atTarget(context, target, async (site, named) => ((await openSessions(site, named)) === 0 ? 'landed' : 'absent')),
  probe: {
    ...probing,
    run: (context, target) =>
      atTarget(context, target, async (site, named) => {
        const open = await openSessions(site, named)
        if (open > 0) return { verdict: 'alive', says: `${open} sessions are open` }
        const where = [`${context.config.host}:${context.config.port}`]
        if (named.kind === 'session') {
          return { verdict: 'dead', proof: { kind: 'read-back', says: 'the session is gone', where } }
        }
        const state = await roleState(site.query, named.oid)
        if (state?.canLogin === true) {
          return { verdict: 'unknown', says: `no session is open, but role ${state.name} may log in again` }
        }
        const left = await sparedSessions(site, named.oid)
        const but = left === 0 ? '' : `; ${left} sessions of break-glass members of it were left`
        return {
          verdict: 'dead',
          proof: { kind: 'read-back', says: `no session is open and none can be opened${but}`, where },
        }
      }),
  },
})

/** Dead only when the role cannot log in either: without memberships its password still opens a session. */
const probeMemberships = async (
  site: Site,
  context: Parameters<typeof probeLogin>[1],
  oid: number,
  sessionsToo: boolean,
) => {
  const left = await countMemberships(site, oid)
  return left > 0
    ? { verdict: 'alive' as const, says: `${left} memberships stand` }
    : probeLogin(site, context, oid, sessionsToo)
}

export const membershipsRevoke = defineAction<PostgresConfig>({
  verb: 'postgres.memberships.revoke',
  phase: 'revoke',
  title: 'Take away the memberships a role holds and gives',
  targetFor: (member) => (isPasswordOrRole(member) ? roleFor(member) : undefined),
  scopes: [...roleScopes, ...sessionScopes],
  retry: 'read-back',
  proofs: ['read-back'],
  preview: (target, attributes) =>
    preview(
      [
        `${nameIn(attributes, target)} loses every role it is a member of`,
        'every member of it loses it, and is signed out once, since SET ROLE outlives a membership',
      ],
      [...roleScopes, ...sessionScopes],
    ),
  apply: (context, target) =>
    atTarget(context, target, (site, named) => revokeMemberships(site, context.clock, target, roleOf(target, named))),
  readBack: (context, target) =>
    atTarget(context, target, async (site, named) =>
      (await countMemberships(site, roleOf(target, named))) === 0 ? 'landed' : 'absent',
    ),
  probe: {
    ...probing,
    run: (context, target) =>
      atTarget(context, target, (site, named) => probeMemberships(site, context, roleOf(target, named), false)),
  },
  undo: (context, target, before) => atTarget(context, target, (site) => restoreMemberships(site, target, before)),
})

export const roleQuarantine = defineAction<PostgresConfig>({
  verb: 'postgres.role.quarantine',
  phase: 'remove-descendants',
  title: 'Make a role that an attacker made harmless',
  targetFor: (member) => (isDescendant(member) && isPasswordOrRole(member) ? roleFor(member) : undefined),
  scopes: [...roleScopes, ...sessionScopes],
  retry: 'read-back',
  proofs: ['probed', 'read-back'],
  preview: (target, attributes) =>
    preview(
      [
        `${nameIn(attributes, target)} may no longer log in; its sessions end; its memberships are taken away`,
        'dropping it stays with a person: it may own things worth looking at',
      ],
      [...roleScopes, ...sessionScopes],
      { proofs: ['probed', 'read-back'] },
    ),
  apply: (context, target) =>
    atTarget(context, target, async (site, named) => {
      const oid = roleOf(target, named)
      const login = await disableLogin(site, target, oid)
      const memberships = await revokeMemberships(site, context.clock, target, oid)
      const ended = await endSessionsOf(site, context.clock, named)
      return {
        says: `${login.says}; ${memberships.says}; ${ended} sessions ended`,
        undoState: { ...login.undoState, ...memberships.undoState },
      }
    }),
  readBack: (context, target) =>
    atTarget(context, target, async (site, named) => {
      const oid = roleOf(target, named)
      const isDone =
        (await loginReadBack(site, oid)) === 'landed' &&
        (await countMemberships(site, oid)) === 0 &&
        (await openSessions(site, named)) === 0
      return isDone ? 'landed' : 'absent'
    }),
  probe: {
    ...probing,
    run: (context, target) =>
      atTarget(context, target, (site, named) => probeMemberships(site, context, roleOf(target, named), true)),
  },
  undo: (context, target, before) =>
    atTarget(context, target, async (site, named) => {
      await enableLogin(site, target, roleOf(target, named), before)
      await restoreMemberships(site, target, before)
    }),
})

export const postgresActions: ContainAction<PostgresConfig>[] = [
  roleHandOver,
  roleDisable,
  membershipsRevoke,
  sessionsTerminate,
  roleQuarantine,
  membershipRevoke,
  grantRevoke,
]
