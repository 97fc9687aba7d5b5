import { isJsonObject, parseTimeMs, type JsonObject } from '#kit'
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
/** Of what the log bears, reading it has its share, too. */
const sessionsProbeSoonestMs = 1_500
export const sessionsProbeWithinMs = 15 * 60_000
/** How far back an end of all sessions is looked for. */
const lookBackMs = 24 * 3_600_000
const what = 'the System Log'

/**
 * Ends every session of a user at Okta and revokes the tokens it gave out in them. Okta lists no sessions, so the log is
 * the proof: all were ended, and none was begun since. An act in a session from before says that it lives; a session
 * begun since is another one, told as such, and leaves the proof open.
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
  probe: {
    everyMs: sessionsProbeEveryMs,
    soonestMs: sessionsProbeSoonestMs,
    withinMs: sessionsProbeWithinMs,
    run: probe,
  },
})

async function probe(context: Context, target: EntityId): Promise<Probed> {
  const access = accessOf(context)
  const id = requiredUser(target)
  const clearedAtMs = await lastClear(access, context, target)
  if (clearedAtMs === undefined) {
    return { verdict: 'unknown', says: 'the System Log does not tell yet that the sessions were ended' }
  }
  const says = `the System Log tells that all were ended at ${at(clearedAtMs)}`
  const { goesOnAtMs, begunAtMs } = sessionsBehind(await query(access, clearedAtMs, `actor.id eq "${id}"`), clearedAtMs)
  if (goesOnAtMs !== undefined) {
    const isOut = isClosed(await readStatus(access, id))
    const next = isOut ? 'end them once more' : 'suspend the user, then end them once more'
    return { verdict: 'alive', says: `a session from before went on at ${at(goesOnAtMs)}: ${next}` }
  }
  // The user's own new session, or one of a thief who has the password: that it is new is all that the log tells.
  if (begunAtMs !== undefined) {
    return { verdict: 'unknown', says: `${says}; another was begun at ${at(begunAtMs)}: ask the user` }
  }
  return dead(context, `${says}, and of none begun since`)
}

/** Okta's servers stamp rows by clocks of their own. */
const skewMs = 2_000
/** An end that the log tells late is no use of the session. */
const ends: ReadonlySet<string> = new Set(['user.session.end', 'user.session.expire', 'user.session.clear'])

/** What the log tells since the end of all: the first act in a session that was begun before, and the last one begun. */
function sessionsBehind(rows: readonly JsonObject[], clearedAtMs: number): { goesOnAtMs?: number; begunAtMs?: number } {
  const acts = rows
    .filter((row) => outcomeOf(row) === 'SUCCESS')
    .map((row) => ({
      type: textAt(row, 'eventType'),
      atMs: parseTimeMs(textAt(row, 'published')) ?? 0,
      session: sessionIn(row),
    }))
  const starts = acts.filter(({ type, atMs }) => type === 'user.session.start' && atMs > clearedAtMs)
  const begun = new Set(starts.map(({ session }) => session))
  const goesOnAtMs = acts.find(
    ({ type, atMs, session }) =>
      session !== undefined && !begun.has(session) && !ends.has(type) && atMs > clearedAtMs + skewMs,
  )?.atMs
  const begunAtMs = starts.at(-1)?.atMs
  return { ...(goesOnAtMs === undefined ? {} : { goesOnAtMs }), ...(begunAtMs === undefined ? {} : { begunAtMs }) }
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

/** The log's stand-in for the session id; undefined for what was done in no session. */
function sessionIn({ authenticationContext: context }: JsonObject): string | undefined {
  const id = isJsonObject(context) ? textAt(context, 'externalSessionId') : ''
  return id === '' || id === 'unknown' || id === 'N/A' ? undefined : id
}

function outcomeOf(event: Record<string, unknown>): unknown {
  const { outcome } = event
  return typeof outcome === 'object' && outcome !== null && 'result' in outcome ? outcome.result : undefined
}
