import { formatTime, isObject, parseTimeMs, toBase64url, type JsonObject } from '#kit'
import { authorityOf, type EntityId } from '#model'
import { defineAction, type Probed } from '#respond/contract'

import { activityOf } from '../activities.ts'
import { scopesTo } from '../auth.ts'
import { call, listAll, listAt, segment, textAt, withQuery } from '../client.ts'
import type { EntraConfig } from '../config.ts'
import { nameUser, partsOf } from '../names.ts'
import { accessOf, dead, guard, preview, requiredUser, settle, spIdOf, type Context } from './context.ts'

const passwordBytes = 48
/** How far back the log is read for who set a password. */
const lookBackMs = 24 * 3_600_000
/** The log tells of it minutes later. */
const logProbeEveryMs = 30_000
/** Reports bear 5 calls in 10 s ("Identity and access reports" among Graph's limits). */
const logProbeSoonestMs = 2_000
const logProbeWithinMs = 30 * 60_000

/** Sets a password that nobody knows, Cordon included: it is made, sent, and not kept. An administrator hands out the next. */
export const passwordReplace = defineAction<EntraConfig>({
  verb: 'entra.password.replace',
  phase: 'revoke',
  title: 'Replace the password of a user',
  scopes: scopesTo('passwords'),
  retry: 'idempotent',
  proofs: ['read-back'],
  // One that comes from Active Directory is replaced there.
  targetFor({ entity, attributes }) {
    const user = partsOf('password', entity)?.[0]
    return user === undefined || attributes['synced'] === true ? undefined : nameUser(authorityOf(entity), user)
  },
  preview: () =>
    preview('passwords', [
      'the password of the user is one that nobody knows; an administrator sets the next one with them',
      'there is no way back: the old password is never accepted again',
      'sessions that were begun with it go on until they are ended',
      'refused unless the app that acts is a User Administrator, for administrators a Privileged Authentication Administrator',
    ]),
  async apply(context, target) {
    const access = guard(context, target)
    const path = `/v1.0/users/${segment(requiredUser(target))}`
    const password = toBase64url(crypto.getRandomValues(new Uint8Array(passwordBytes)))
    const body = { passwordProfile: { password, forceChangePasswordNextSignIn: true } }
    const outcome = settle(
      await call(access, 'PATCH', path, body),
      'the new password',
      'a federated user has it elsewhere',
    )
    return { says: outcome === 'gone' ? 'there is no such user' : 'password replaced by one that nobody knows' }
  },
  probe: { everyMs: logProbeEveryMs, soonestMs: logProbeSoonestMs, withinMs: logProbeWithinMs, run: probe },
})

/** The last to set it must have been the app that acts, and nobody since. */
async function probe(context: Context, target: EntityId): Promise<Probed> {
  const id = requiredUser(target)
  const [set] = await settingsOf(context, id)
  if (set === undefined) {
    return { verdict: 'unknown', says: 'the audit log does not tell yet that the password was replaced' }
  }
  const own = await spIdOf(accessOf(context), context.config.containClientId ?? '')
  const at = formatTime(parseTimeMs(textAt(set, 'activityDateTime')) ?? 0)
  if (own === undefined || own !== setterOf(set)) {
    return { verdict: 'unknown', says: `somebody else set a password at ${at}: see whether it is known to be good` }
  }
  return dead(context, `the audit log tells that the password was replaced at ${at}, and of no other since`)
}

/** Rows of the log that tell of a password that was set, the newest first. */
async function settingsOf(context: Context, id: string): Promise<JsonObject[]> {
  const since = formatTime(context.clock.nowMs() - lookBackMs)
  const path = withQuery('/v1.0/auditLogs/directoryAudits', {
    $filter: `activityDateTime ge ${since} and category eq 'UserManagement'`,
    $top: '999',
  })
  const rows = await listAll(accessOf(context), path, 'the audit log')
  return rows
    .filter((row) => activityOf(textAt(row, 'activityDisplayName'))?.activity.startsWith('password_') === true)
    .filter((row) => textAt(row, 'result') === 'success')
    .filter((row) => listAt(row, 'targetResources').some((of) => textAt(of, 'id') === id))
    .sort((a, b) => (textAt(a, 'activityDateTime') < textAt(b, 'activityDateTime') ? 1 : -1))
}

function setterOf({ initiatedBy }: JsonObject): string | undefined {
  const app = isObject(initiatedBy) ? initiatedBy['app'] : undefined
  const id = isObject(app) ? app['servicePrincipalId'] : undefined
  return typeof id === 'string' ? id : undefined
}
