import { formatTime, toBase64url } from '#kit'
import { authorityOf, type EntityId } from '#model'
import { defineAction, type Probed } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, userPath } from '../client.ts'
import { ownSubjects, type GoogleConfig } from '../config.ts'
import { nameUser, partsOf } from '../names.ts'
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

const passwordBytes = 48

/** Sets a password that nobody knows, Cordon included: it is made, sent, and not kept. An administrator hands out the next. */
export const passwordReplace = defineAction<GoogleConfig>({
  verb: 'google.password.replace',
  phase: 'revoke',
  title: 'Replace the password of a user',
  scopes: scopesTo('customer', 'users', 'log'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity }) {
    const user = partsOf('password', entity)?.[0]
    return user === undefined ? undefined : nameUser(authorityOf(entity), user)
  },
  preview: () =>
    preview(
      ['customer', 'users', 'log'],
      [
        'the password of the user is one that nobody knows; an administrator sets the next one with them',
        'there is no way back: the old password is never accepted again',
        'where the company signs in by an identity provider of its own, the password there is another',
      ],
    ),
  async apply(context, target) {
    const id = requiredUser(target)
    const access = await guard(context, target, [id])
    const password = toBase64url(crypto.getRandomValues(new Uint8Array(passwordBytes)))
    const body = { password, changePasswordAtNextLogin: true }
    const response = await call(access, 'users', 'PATCH', userPath(id), body)
    const outcome = settle(response, 'the new password', 'a super administrator must act on an administrator')
    return {
      says: outcome === 'gone' ? 'there is no such user any more' : 'password replaced by one that nobody knows',
    }
  },
  probe: { everyMs: logProbeEveryMs, withinMs: logProbeWithinMs, run: probe },
})

/** The last to set it must have been Cordon, and the user not since. */
async function probe(context: Context, target: EntityId): Promise<Probed> {
  const access = accessOf(context)
  const id = requiredUser(target)
  const user = await readUser(context, id)
  if (user === undefined) return dead(context, 'Google knows the user no more')
  const sinceMs = context.clock.nowMs() - lookBackMs
  const filter = { parameter: 'USER_EMAIL', value: user.primaryEmail }
  const [set] = await eventsNamed(access, 'admin', 'CHANGE_PASSWORD', sinceMs, filter)
  if (set === undefined)
    return { verdict: 'unknown', says: 'the admin log does not tell yet that the password was replaced' }
  if (!ownSubjects(context.config).includes(set.row.actor?.email?.toLowerCase() ?? '')) {
    return {
      verdict: 'unknown',
      says: `another administrator set a password at ${formatTime(set.atMs)}: see whether it is known to be good`,
    }
  }
  return dead(context, `the admin log tells that the password was replaced at ${formatTime(set.atMs)}`)
}
