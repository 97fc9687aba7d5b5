import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { call } from '../client.ts'
import type { Plan, SlackConfig } from '../config.ts'
import { nameIdentity, partsOf } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  requiredParts,
  settle,
  type Context,
} from './context.ts'
import { readSessions, type OpenSession } from './user.ts'

const scopes = ['admin.users:write', 'admin.users:read', 'users:read'] as const
const plans: readonly Plan[] = ['enterprise']

async function find(context: Context, target: EntityId): Promise<OpenSession | undefined> {
  const [user, id] = requiredParts('session', target)
  const sessions = await readSessions(accessOf(context), user)
  return sessions.find(({ session_id: one }) => one === id)
}

/** One session of somebody who keeps the others: one that an exposed credential opened, or that could be read somewhere. */
export const sessionInvalidate = defineAction<SlackConfig>({
  verb: 'slack.session.invalidate',
  phase: 'end-sessions',
  title: 'End one session',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) =>
    role !== 'trigger' && partsOf('session', entity) !== undefined ? entity : undefined,
  preview: () => preview(scopes, ['the user signs in again on that device; other devices and apps stay signed in']),
  async apply(context, target) {
    const [user] = requiredParts('session', target)
    const { access } = await guard(context, target, plans, [nameIdentity(context.authority, user)])
    const session = await find(context, target)
    if (session === undefined) return { says: 'there was no such session any more' }
    const { team_id, session_id } = session
    const response = await call(access, 'admin.users.session.invalidate', { team_id, session_id })
    settle(response, 'the end of the session', "only the primary owner ends the primary owner's sessions")
    return { says: 'session ended' }
  },
  async readBack(context, target) {
    return (await find(context, target)) === undefined ? 'landed' : 'absent'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await find(context, target)) === undefined
        ? dead(context, 'Slack lists the session no more')
        : { verdict: 'alive', says: 'Slack still lists the session' }
    },
  },
})
