import { authorityOf, isEntityId, type EntityId } from '#model'
import { defineAction, type Applied, type Probed } from '#respond/contract'

import { call } from '../client.ts'
import { SlackError, type Plan, type SlackConfig } from '../config.ts'
import { nameIdentity, partsOf, userOf } from '../names.ts'
import { accessOf, dead, guard, preview, requiredUser, settle, type Context } from './context.ts'
import { readActive, readPlaces, readSessions, sessionsOf } from './user.ts'

const scopes = ['admin.users:write', 'admin.users:read', 'users:read'] as const
const plans: readonly Plan[] = ['enterprise']
/** A queue at Slack does it: mostly within the minute, with no word on how late it may be. */
export const resetProbeEveryMs = 15_000
/** The list of sessions bears 50 calls a minute. */
const resetProbeSoonestMs = 1_500
export const resetProbeWithinMs = 30 * 60_000

/**
 * Ends every session of a user. Slack's `ok` says that the work is queued: the thief works on until it is done, so the
 * proof is the list of sessions, empty.
 */
export const userSessionsReset = defineAction<SlackConfig>({
  verb: 'slack.user.sessions.reset',
  phase: 'end-sessions',
  title: 'End all sessions of a user',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity, role, attributes }) {
    if (role !== 'trigger') return undefined
    // One stolen cookie stands for all that the browser was signed in to.
    const session = partsOf('session', entity)
    if (session !== undefined) return nameIdentity(authorityOf(entity), session[0])
    const { owner, kind } = attributes
    if (kind === 'session' && typeof owner === 'string' && isEntityId(owner)) return owner
    return userOf(entity) !== undefined && kind !== 'service' ? entity : undefined
  },
  preview: () =>
    preview(
      scopes,
      [
        'the user is signed out of Slack on every device, and signs in again',
        'Slack queues it: sessions work on until it is done, usually within a minute',
        'tokens that apps hold in the name of the user stay',
      ],
      { residualMs: null },
    ),
  async apply(context, target) {
    const id = requiredUser(target)
    const { access } = await guard(context, target, plans)
    const places = await readPlaces(access, id)
    if (places === undefined) return { says: 'there is no such user: no session either' }
    if (places.isBot) {
      throw new SlackError('ERR_SLACK_REFUSED', 'Slack ends no sessions of bots', {
        hint: 'uninstall the app behind it, or revoke its token',
      })
    }
    const sessions = (await readSessions(access, id)).map(({ session_id: session }) => session)
    if (sessions.length === 0) return { says: 'the user had no session', undoState: { sessions } }
    const response = await call(access, 'admin.users.session.reset', { user_id: id })
    settle(response, 'the end of sessions', "only the primary owner ends the primary owner's sessions")
    return { says: 'Slack has queued the end of all sessions', undoState: { sessions } }
  },
  async readBack(context, target) {
    return (await readSessions(accessOf(context), requiredUser(target))).length === 0 ? 'landed' : 'absent'
  },
  probe: {
    everyMs: resetProbeEveryMs,
    soonestMs: resetProbeSoonestMs,
    withinMs: resetProbeWithinMs,
    run: probe,
  },
})

/** A session that was not there when all were ended is another one; where nobody noted them, each counts as from before. */
async function probe(context: Context, target: EntityId, undoState?: Applied['undoState']): Promise<Probed> {
  const access = accessOf(context)
  const id = requiredUser(target)
  const noted = undoState?.['sessions']
  let later = 0
  for await (const { session_id: session } of sessionsOf(access, id)) {
    if (Array.isArray(noted) && !noted.includes(session)) {
      later++
      continue
    }
    // One is enough: the list bears few calls, and the end must be seen soon.
    const isActive = (await readActive(access, id)) === true
    const next = isActive ? 'if it stays so, deactivate the user and end them once more' : 'end them once more'
    return { verdict: 'alive', says: `Slack still lists the user's session from before: ${next}` }
  }
  if (later === 0) return dead(context, 'Slack lists no session of the user')
  const says = `Slack lists none of the sessions from before, and ${later} begun since: ask the user`
  return { verdict: 'unknown', says }
}
