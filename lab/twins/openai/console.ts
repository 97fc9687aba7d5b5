import { sessionOf } from './caller.ts'
import { makeUser, ownerRole, type Org } from './organization.ts'
import { makeAdminKey, makeKey, makeMember } from './projects.ts'
import { textOf, valueOf, type Row } from './state.ts'

/**
 * What people do in the console, where OpenAI has no API: each act takes the session of somebody who still is a member.
 * Removing a user is all that ends one.
 */
export function createConsole(org: Org) {
  const { state, log } = org
  const userOf = (session: string): Row => {
    const user = state.users.get(state.sessions.get(session) ?? '')
    if (user === undefined) throw new Error('no such session: the console shows its sign-in page')
    return user
  }
  const by = (session: string, ip: string, project: string | null = null) =>
    sessionOf(state, userOf(session).id, ip, project)
  const open = (user: Row): string => {
    const session = valueOf(state, 'sess-')
    state.sessions.set(session, user.id)
    return session
  }

  return {
    signIn(user: Row, ip: string): string {
      const session = open(user)
      log.record('login.succeeded', by(session, ip), {})
      return session
    },
    isOpen: (session: string): boolean => state.users.has(state.sessions.get(session) ?? ''),
    makeKey(session: string, ip: string, project: string, name: string, scopes: string[] | null = null) {
      const key = makeKey(org, project, { user: userOf(session).id }, name, scopes)
      log.record('api_key.created', by(session, ip, project), { id: key.row.id, data: { scopes: scopes ?? [] } })
      return key
    },
    makeAdminKey(session: string, ip: string, name: string) {
      if (userOf(session)['role'] !== 'owner') throw new Error('owners alone make admin keys')
      const key = makeAdminKey(org, userOf(session).id, name)
      log.record('api_key.created', by(session, ip), { id: key.row.id, data: { scopes: ['api.all'] } })
      return key
    },
    addToProject(session: string, ip: string, project: string, user: Row, role: string) {
      makeMember(org, project, user, role)
      log.record('user.added', by(session, ip, project), { id: user.id, data: { role } })
    },
    makeOwner(session: string, ip: string, user: Row) {
      user['role'] = 'owner'
      log.record('user.updated', by(session, ip), { id: user.id, changes_requested: { role: 'owner' } })
    },
    giveRole(session: string, ip: string, user: Row) {
      const role = ownerRole(state)
      state.assigned.push({ scope: state.organization, principal: user.id, role })
      log.record('role.assignment.created', by(session, ip), {
        id: `role_assignment_${role.id}_${user.id}`,
        principal_id: user.id,
        principal_type: 'user',
        resource_id: state.organization,
        resource_type: 'api.organization',
      })
    },
    /** Trusts tokens of somebody else's identity provider: the API neither shows nor ends it. */
    trustIssuer(session: string, ip: string): string {
      const id = valueOf(state, 'wip-').slice(0, 20)
      log.record('workload_identity_provider.created', by(session, ip), { id, data: {} })
      return id
    },
    /** Whoever has the mail. */
    acceptInvite(id: string, ip: string): { user: Row; session: string } {
      const invite = state.invites.get(id)
      if (invite === undefined || invite['status'] !== 'pending') throw new Error('the invite opens nothing')
      invite['status'] = 'accepted'
      const user = makeUser(org, 'M', textOf(invite, 'email'), textOf(invite, 'role') === 'owner' ? 'owner' : 'reader')
      const session = open(user)
      log.record('invite.accepted', by(session, ip), { id })
      return { user, session }
    },
  }
}
export type Console = ReturnType<typeof createConsole>
