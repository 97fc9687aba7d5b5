import { z } from 'zod'

import { formatTime, parseTimeMs } from '#kit'
import { authorityOf, type EntityId } from '#model'
import { defineAction, isWhole, type Probed } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, find, listAll, quoted, segment, textAt, withQuery, type Access } from '../client.ts'
import { EntraError, type EntraConfig } from '../config.ts'
import { nameUser, partsOf, principalIn } from '../names.ts'
import { accessOf, dead, guard, preview, requiredUser, settle, tokenLifeMaxMs, type Context } from './context.ts'

/** "There might be a small delay of a few minutes before tokens are revoked." */
export const settlesMs = 5 * 60_000
const sessionsProbeEveryMs = 30_000
/** Reports bear 5 calls in 10 s ("Identity and access reports" among Graph's limits). */
const sessionsProbeSoonestMs = 2_000
const sessionsProbeWithinMs = 20 * 60_000
/** Sessions from before the end of all are known by what was signed in this long before it. */
const lookBackMs = 24 * 3_600_000
/** Microsoft writes the time in whole seconds. */
export const secondMs = 1_000

const user = z.object({
  id: z.string(),
  userType: z.string().nullish(),
  accountEnabled: z.boolean().nullish(),
  signInSessionsValidFromDateTime: z.string().nullish(),
})

const readUser = (access: Access, id: string) =>
  find(
    access,
    user,
    withQuery(`/v1.0/users/${segment(id)}`, {
      $select: 'id,userType,accountEnabled,signInSessionsValidFromDateTime',
    }),
    'the user',
  )

/**
 * Voids every refresh token and browser session of a user. Microsoft lists no sessions: the proof is the time from which
 * on sessions count, old enough to have taken hold, and a sign-in log that tells of no session going on behind it. There
 * is no reading back: that time may stem from somebody else's revocation, before the thief signed in, so it is set anew.
 */
export const userSessionsRevoke = defineAction<EntraConfig>({
  verb: 'entra.user.sessions.revoke',
  phase: 'end-sessions',
  title: 'End all sessions of a user',
  scopes: scopesTo('sessions'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity, role }) {
    const session = partsOf('session', entity)
    if (session !== undefined) return nameUser(authorityOf(entity), session[0])
    const owner = partsOf('password', entity)?.[0]
    if (owner !== undefined) return nameUser(authorityOf(entity), owner)
    return isWhole(role) && principalIn('user', entity) !== undefined ? entity : undefined
  },
  preview: () =>
    preview(
      'sessions',
      [
        'the user is signed out everywhere within minutes, and has to sign in again',
        'access tokens already given out live 60 to 90 minutes; Exchange, SharePoint, Teams and Graph refuse them within 15 minutes where the client evaluates continuously',
        'apps that keep sessions of their own are not told; a guest has sessions at home, and is disabled here instead',
      ],
      { residualMs: tokenLifeMaxMs },
    ),
  async apply(context, target) {
    const access = guard(context, target)
    const id = requiredUser(target)
    const found = await readUser(access, id)
    if (found === undefined) return { says: 'there is no such user: no session either' }
    if (found.userType === 'Guest') {
      throw new EntraError('ERR_ENTRA_REFUSED', 'a guest signs in at another organisation, which alone ends sessions', {
        hint: 'disable the guest here: `entra.user.disable`',
      })
    }
    const response = await call(access, 'POST', `/v1.0/users/${segment(id)}/revokeSignInSessions`)
    settle(response, 'the end of sessions', 'look at the user in the Entra admin center')
    return { says: 'sessions and refresh tokens are void' }
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
  const found = await readUser(access, id)
  if (found === undefined) return dead(context, 'Microsoft has no such user')
  const fromMs = parseTimeMs(found.signInSessionsValidFromDateTime ?? '')
  if (fromMs === undefined) return { verdict: 'alive', says: 'sessions were never ended' }
  const says = `sessions from before ${formatTime(fromMs)} are void`
  const ageMs = context.clock.nowMs() - fromMs
  if (ageMs < settlesMs) {
    return { verdict: 'unknown', says: `${says}; Microsoft takes minutes to apply it`, sameUntilMs: fromMs + settlesMs }
  }
  if (context.config.plan === 'free') {
    return ageMs > lookBackMs
      ? { verdict: 'unknown', says: `${says}; without P1 nothing tells of sign-ins since` }
      : dead(context, `${says}; without P1 nothing tells of sign-ins`)
  }
  const { goesOnAtMs, begunAtMs } = sessionsBehind(await signInsAround(access, id, fromMs), fromMs)
  if (goesOnAtMs !== undefined) {
    const next = found.accountEnabled === false ? 'end them once more' : 'disable the user, then end them once more'
    return { verdict: 'alive', says: `a session from before went on at ${formatTime(goesOnAtMs)}: ${next}` }
  }
  // The user's own new session, or one of a thief who has the password: that it is new is all that the log tells.
  if (begunAtMs !== undefined) {
    return { verdict: 'unknown', says: `${says}; another was begun at ${formatTime(begunAtMs)}: ask the user` }
  }
  return dead(context, `${says}; no sign-in since is logged`)
}

type SignIn = { atMs: number; session: string; isInteractive: boolean }

/** What happened once the end of all must have taken hold: a session from before that went on, and one that was begun. */
function sessionsBehind(rows: readonly SignIn[], fromMs: number): { goesOnAtMs?: number; begunAtMs?: number } {
  const idsOf = (some: (row: SignIn) => boolean) =>
    new Set(rows.filter((row) => row.session !== '' && some(row)).map(({ session }) => session))
  const before = idsOf(({ atMs }) => atMs < fromMs)
  const begun = idsOf(({ atMs, isInteractive, session }) => atMs >= fromMs && isInteractive && !before.has(session))
  const later = rows.filter(({ atMs }) => atMs >= fromMs + settlesMs + secondMs)
  const isNew = ({ session, isInteractive }: SignIn): boolean => begun.has(session) || (session === '' && isInteractive)
  const goesOnAtMs = later.find((row) => !isNew(row))?.atMs
  const begunAtMs = later.find(isNew)?.atMs
  return { ...(goesOnAtMs === undefined ? {} : { goesOnAtMs }), ...(begunAtMs === undefined ? {} : { begunAtMs }) }
}

async function signInsAround(access: Access, id: string, fromMs: number): Promise<SignIn[]> {
  const kinds = "signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')"
  const since = formatTime(fromMs - lookBackMs)
  const path = withQuery('/beta/auditLogs/signIns', {
    $filter: `userId eq ${quoted(id)} and createdDateTime ge ${since} and status/errorCode eq 0 and ${kinds}`,
    $top: '999',
  })
  return (await listAll(access, path, 'the sign-in log')).map((row) => ({
    atMs: parseTimeMs(textAt(row, 'createdDateTime')) ?? 0,
    session: textAt(row, 'sessionId'),
    isInteractive: row['isInteractive'] === true,
  }))
}
