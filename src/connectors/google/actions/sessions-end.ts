import { formatTime } from '#kit'
import { authorityOf, type EntityId } from '#model'
import { defineAction, type Probed } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, userPath } from '../client.ts'
import type { GoogleConfig } from '../config.ts'
import { nameUser, partsOf, userOf } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  logProbeEveryMs,
  logProbeWithinMs,
  preview,
  readUser,
  requiredUser,
  settle,
  type Context,
} from './context.ts'
import { eventsNamed, lookBackMs } from './log.ts'

/**
 * Signs a user out everywhere. Google lists no sessions, so the admin log is the proof: the cookies were reset, and the
 * login log, which lags by up to some hours, tells of no sign-in since. One since then is another session, told as such,
 * and leaves the proof open.
 */
export const sessionsEnd = defineAction<GoogleConfig>({
  verb: 'google.user.sessions.end',
  phase: 'end-sessions',
  title: 'Sign a user out everywhere',
  scopes: scopesTo('customer', 'users', 'security', 'log'),
  // Of an earlier reset the log tells the same: after a crash it is done once more, which does no harm.
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity, role }) {
    const user = partsOf('session', entity)?.[0]
    if (user !== undefined) return nameUser(authorityOf(entity), user)
    return role === 'trigger' && userOf(entity) !== undefined ? entity : undefined
  },
  preview: () =>
    preview(
      ['customer', 'users', 'security', 'log'],
      [
        'the user is signed out of every web and device session at Google and has to sign in again',
        'grants to apps and app passwords stay: they have steps of their own; apps keep sessions of theirs',
      ],
    ),
  async apply(context, target) {
    const id = requiredUser(target)
    const access = await guard(context, target, [id])
    const outcome = settle(
      await call(access, 'security', 'POST', userPath(id, '/signOut')),
      'the sign-out',
      'look at the user',
    )
    return { says: outcome === 'gone' ? 'there is no such user: no session either' : 'signed out everywhere' }
  },
  probe: { everyMs: logProbeEveryMs, withinMs: logProbeWithinMs, run: probe },
})

async function probe(context: Context, target: EntityId): Promise<Probed> {
  const access = accessOf(context)
  const user = await readUser(context, requiredUser(target))
  if (user === undefined) return dead(context, 'Google knows the user no more')
  const sinceMs = context.clock.nowMs() - lookBackMs
  const filter = { parameter: 'USER_EMAIL', value: user.primaryEmail }
  const [reset] = await eventsNamed(access, 'admin', 'RESET_SIGNIN_COOKIES', sinceMs, filter)
  if (reset === undefined)
    return { verdict: 'unknown', says: 'the admin log does not tell yet that the user was signed out' }
  const signIns = await eventsNamed(access, 'login', 'login_success', reset.atMs)
  const later = signIns.find(({ atMs, row }) => row.actor?.profileId === user.id && atMs > reset.atMs)
  const says = `the admin log tells that cookies were reset at ${formatTime(reset.atMs)}`
  // The user's own new session, or one of a thief who has the password: Google logs sign-ins, and no session's id.
  if (later !== undefined) {
    return { verdict: 'unknown', says: `${says}; another session was begun at ${formatTime(later.atMs)}: ask the user` }
  }
  return dead(context, `${says}; the login log of none begun since`)
}
