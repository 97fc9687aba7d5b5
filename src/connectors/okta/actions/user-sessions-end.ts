import { parseTimeMs } from '#kit'
import { authorityOf, isEntityId, nativeOf, type EntityId } from '#model'
import { defineAction, type Probed } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, listAll, segment, textAt, type Access } from '../client.ts'
import type { OktaConfig } from '../config.ts'
import { nameIdentity, partsOf, userOf } from '../names.ts'
import { accessOf, at, dead, guard, preview, settle, type Context } from './context.ts'
import { isClosed, readStatus, requiredUser } from './user.ts'

/** The log tells of it seconds later, at times minutes. */
export const sessionsProbeEveryMs = 5_000
export const sessionsProbeWithinMs = 15 * 60_000
/** How far back an end of all sessions is looked for. */
const lookBackMs = 24 * 3_600_000
const what = 'the System Log'

/**
 * Ends every session of a user at Okta and revokes the tokens it gave out in them. Okta lists no sessions, so the log is
 * the proof: all were ended, and none was begun since.
 */
export const userSessionsEnd = defineAction<OktaConfig>({
  verb: 'okta.user.sessions.end',
  phase: 'end-sessions',
  title: 'End all sessions of a user and revoke their tokens',
  scopes: [...scopesTo('users'), ...scopesTo('logs')],
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity, role, attributes }) {
    const session = partsOf('session', entity)
    if (session !== undefined) return nameIdentity(authorityOf(entity), session[0])
    // Who asks Okta about a token hears that it is revoked; one that carries its own proof lives until it expires.
    if (partsOf('access-token', entity) !== undefined && attributes['selfContained'] === false) {
      const { owner } = attributes
      return typeof owner === 'string' && isEntityId(owner) && userOf(owner) !== undefined ? owner : undefined
    }
    return role === 'trigger' && userOf(entity) !== undefined ? entity : undefined
  },
  preview: () =>
    preview(
      'users',
      [
        'the user is signed out of Okta on every device, which is forgotten, and has to sign in again',
        'refresh and access tokens that Okta gave out in their name are revoked',
        'apps keep the sessions they opened; who checks a token without asking Okta takes it until it expires',
      ],
      { residualMs: null },
    ),
  async apply(context, target) {
    const access = await guard(context, target)
    const path = `/api/v1/users/${segment(requiredUser(target))}/sessions?oauthTokens=true&forgetDevices=true`
    const outcome = settle(await call(access, 'users', 'DELETE', path), 'the end of sessions', 'look at the user')
    return {
      says: outcome === 'gone' ? 'there is no such user: no session either' : 'sessions and tokens ended at Okta',
    }
  },
  async readBack(context, target) {
    return (await lastClear(accessOf(context), context, target)) === undefined ? 'absent' : 'landed'
  },
  probe: { everyMs: sessionsProbeEveryMs, withinMs: sessionsProbeWithinMs, run: probe },
})

async function probe(context: Context, target: EntityId): Promise<Probed> {
  const access = accessOf(context)
  const id = requiredUser(target)
  const clearedAtMs = await lastClear(access, context, target)
  if (clearedAtMs === undefined) {
    return { verdict: 'unknown', says: 'the System Log does not tell yet that the sessions were ended' }
  }
  const begun = await query(access, clearedAtMs, `eventType eq "user.session.start" and actor.id eq "${id}"`)
  const later = begun
    .filter((event) => outcomeOf(event) === 'SUCCESS')
    .flatMap((event) => parseTimeMs(textAt(event, 'published')) ?? [])
    .filter((ms) => ms > clearedAtMs)
  if (later.length > 0) {
    const isOut = isClosed(await readStatus(access, id))
    const next = isOut ? 'end them once more' : 'suspend the user, then end them once more'
    return { verdict: 'alive', says: `a session was begun at ${at(Math.max(...later))}, after the end of all: ${next}` }
  }
  return dead(context, `the System Log tells that all were ended at ${at(clearedAtMs)}, and of none begun since`)
}

async function lastClear(access: Access, context: Context, target: EntityId): Promise<number | undefined> {
  const id = nativeOf(target)
  const events = await query(
    access,
    context.clock.nowMs() - lookBackMs,
    `eventType eq "user.session.clear" and target.id eq "${id}"`,
  )
  const times = events.flatMap((event) => parseTimeMs(textAt(event, 'published')) ?? [])
  return times.length === 0 ? undefined : Math.max(...times)
}

/** `filter` is made of ids that `userOf` has let through: letters and digits. */
function query(access: Access, sinceMs: number, filter: string) {
  const search = new URLSearchParams({
    since: new Date(sinceMs).toISOString(),
    until: new Date(access.clock.nowMs() + 60_000).toISOString(),
    filter,
    limit: '200',
  })
  return listAll(access, 'logs', `/api/v1/logs?${search.toString()}`, what)
}

function outcomeOf(event: Record<string, unknown>): unknown {
  const { outcome } = event
  return typeof outcome === 'object' && outcome !== null && 'result' in outcome ? outcome.result : undefined
}
