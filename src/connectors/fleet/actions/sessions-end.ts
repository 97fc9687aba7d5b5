import { parseEntityId, type EntityId } from '#model'
import { defineAction, isWhole } from '#respond/contract'
import { refuseUnlessOk } from '#sources/contract'

import { call, readSessions } from '../client.ts'
import type { FleetConfig } from '../config.ts'
import { nameUser, sessionIn, userIn } from '../names.ts'
import { accessOf, dead, guard, preview, refused } from './context.ts'

const scopes = ['admin'] as const
const probing = { everyMs: 2_000, withinMs: 60_000 }

function requiredUser(target: EntityId): number {
  const id = userIn(target)
  if (id === undefined) throw refused(target, 'is no user')
  return id
}

/** All that a user is signed in with, API tokens among them. */
export const userSessionsEnd = defineAction<FleetConfig>({
  verb: 'fleet.user.sessions.end',
  phase: 'end-sessions',
  title: "End a user's sessions and API tokens (Fleet)",
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) => (isWhole(role) && userIn(entity) !== undefined ? entity : undefined),
  preview: () =>
    preview(scopes, [
      'the user is signed out everywhere, and their API token stops working: what uses it needs a new one',
      'Fleet cannot disable a user: whoever has the password or the single sign-on comes back',
      'what they had hosts do (scripts, software, queries) goes on',
    ]),
  async apply(context, target) {
    const id = requiredUser(target)
    const access = await guard(context, target)
    const open = await readSessions(access, id)
    if (open.length === 0) return { says: 'the user had no session' }
    const response = await call(access, `/users/${id}/sessions`, { method: 'DELETE' })
    if (response.status !== 404) refuseUnlessOk(response, 'the end of sessions')
    return { says: `ended ${open.length} sessions` }
  },
  async readBack(context, target) {
    return (await readSessions(accessOf(context), requiredUser(target))).length === 0 ? 'landed' : 'absent'
  },
  probe: {
    ...probing,
    async run(context, target) {
      const open = await readSessions(accessOf(context), requiredUser(target))
      return open.length === 0
        ? dead(context, 'Fleet lists no session of the user')
        : { verdict: 'alive', says: `Fleet lists ${open.length} sessions: change the password, or delete the user` }
    },
  },
})

function required(target: EntityId): { user: number; id: number } {
  const session = sessionIn(target)
  if (session === undefined) throw refused(target, 'is no session')
  return session
}

/** One session or API token alone. */
export const sessionEnd = defineAction<FleetConfig>({
  verb: 'fleet.session.end',
  phase: 'revoke',
  title: 'End a session or API token (Fleet)',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (sessionIn(entity) === undefined ? undefined : entity),
  preview: () =>
    preview(scopes, ['this session or API token stops working; what uses it needs a new one, other sessions live on']),
  async apply(context, target) {
    const { user, id } = required(target)
    const authority = parseEntityId(target)?.authority ?? ''
    const access = await guard(context, target, [nameUser(authority, user)])
    if (!(await isOpen(access, user, id))) return { says: 'the session had ended already' }
    const response = await call(access, `/sessions/${id}`, { method: 'DELETE' })
    if (response.status !== 404) refuseUnlessOk(response, 'the end of a session')
    return { says: 'ended' }
  },
  async readBack(context, target) {
    const { user, id } = required(target)
    return (await isOpen(accessOf(context), user, id)) ? 'absent' : 'landed'
  },
  probe: {
    ...probing,
    async run(context, target) {
      const { user, id } = required(target)
      return (await isOpen(accessOf(context), user, id))
        ? { verdict: 'alive', says: 'Fleet lists the session' }
        : dead(context, 'Fleet lists no such session of the user')
    },
  },
})

/** INVARIANT: looked for among its user's: a number that was given anew to somebody else is not this session. */
async function isOpen(access: Parameters<typeof readSessions>[0], user: number, id: number): Promise<boolean> {
  return (await readSessions(access, user)).some(({ session_id: one, user_id: of }) => one === id && of === user)
}
