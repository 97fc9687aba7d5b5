import { z } from 'zod'

import { formatTime, parseTimeMs } from '#kit'
import { authorityOf, type EntityId } from '#model'
import { defineAction, type Probed } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, find, listPage, quoted, segment, textAt, withQuery, type Access } from '../client.ts'
import { EntraError, type EntraConfig } from '../config.ts'
import { nameUser, partsOf, principalIn } from '../names.ts'
import { accessOf, dead, guard, preview, refused, settle, tokenLifeMaxMs, type Context } from './context.ts'

/** "There might be a small delay of a few minutes before tokens are revoked." */
export const settlesMs = 5 * 60_000
export const sessionsProbeEveryMs = 30_000
export const sessionsProbeWithinMs = 20 * 60_000
/** A revocation older than this was for something else. */
const lookBackMs = 24 * 3_600_000
/** Microsoft writes the time in whole seconds. */
const secondMs = 1_000

const user = z.object({
  id: z.string(),
  userType: z.string().nullish(),
  accountEnabled: z.boolean().nullish(),
  signInSessionsValidFromDateTime: z.string().nullish(),
})

function requiredUser(target: EntityId): string {
  const id = principalIn('user', target)
  if (id === undefined) throw refused(target, 'is no user')
  return id
}

const readUser = (access: Access, id: string) =>
  find(
    access,
    user,
    withQuery(`/v1.0/users/${segment(id)}`, {
      $select: 'id,userType,accountEnabled,signInSessionsValidFromDateTime',
    }),
    'the user',
  )

const validFromMs = (found: z.infer<typeof user> | undefined): number =>
  parseTimeMs(found?.signInSessionsValidFromDateTime ?? '') ?? 0

/**
 * Voids every refresh token and browser session of a user. Microsoft lists no sessions: the proof is the time from which
 * on sessions count, old enough to have taken hold, and a sign-in log that tells of no session going on behind it.
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
    const isWhole = role === 'trigger' || role === 'descendant-entity'
    return isWhole && principalIn('user', entity) !== undefined ? entity : undefined
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
  async readBack(context, target) {
    const found = await readUser(accessOf(context), requiredUser(target))
    if (found === undefined) return 'landed'
    return validFromMs(found) >= context.clock.nowMs() - lookBackMs ? 'landed' : 'absent'
  },
  probe: { everyMs: sessionsProbeEveryMs, withinMs: sessionsProbeWithinMs, run: probe },
})

async function probe(context: Context, target: EntityId): Promise<Probed> {
  const access = accessOf(context)
  const id = requiredUser(target)
  const found = await readUser(access, id)
  if (found === undefined) return dead(context, 'Microsoft has no such user')
  const fromMs = validFromMs(found)
  const nowMs = context.clock.nowMs()
  if (fromMs < nowMs - lookBackMs) return { verdict: 'alive', says: 'sessions from before still count' }
  const says = `sessions from before ${formatTime(fromMs)} are void`
  if (nowMs - fromMs < settlesMs) return { verdict: 'unknown', says: `${says}; Microsoft takes minutes to apply it` }
  const later = context.config.plan === 'free' ? [] : await signInsSince(access, id, fromMs + settlesMs + secondMs)
  const [last] = later
  if (last === undefined) {
    const seen = context.config.plan === 'free' ? 'without P1 nothing tells of sign-ins' : 'no sign-in since is logged'
    return dead(context, `${says}; ${seen}`)
  }
  const next = found.accountEnabled === false ? 'end them once more' : 'disable the user, then end them once more'
  return { verdict: 'alive', says: `a session went on at ${textAt(last, 'createdDateTime')}: ${next}` }
}

async function signInsSince(access: Access, id: string, sinceMs: number) {
  const kinds = "signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')"
  const filter = `userId eq ${quoted(id)} and createdDateTime ge ${formatTime(sinceMs)} and status/errorCode eq 0 and ${kinds}`
  const path = withQuery('/beta/auditLogs/signIns', { $filter: filter, $top: '1' })
  return (await listPage(access, path, 'the sign-in log')).rows
}
