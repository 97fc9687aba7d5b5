import type { By } from './activity-feed.ts'
import { makeAdminKey, makeKey, makeMember, makeUser, type Org } from './organization.ts'
import { valueOf, type Member, type User } from './state.ts'

/**
 * What people do in the console, where Anthropic has no API: each act takes the session of somebody who still is a member.
 * Removing a user is all that ends one.
 */
export function createConsole(org: Org) {
  const { state, feed } = org
  const userOf = (session: string): User => {
    const user = state.users.get(state.sessions.get(session) ?? '')
    if (user === undefined) throw new Error('no such session: the console shows its sign-in page')
    return user
  }
  const by = (session: string, ip: string): By => {
    const { id, email } = userOf(session)
    return { type: 'user_actor', user_id: id, email_address: email, ip_address: ip, user_agent: 'Mozilla/5.0' }
  }
  const open = (user: User): string => {
    const session = valueOf(state, 'sess-')
    state.sessions.set(session, user.id)
    return session
  }
  return {
    signIn(user: User, ip: string): string {
      const session = open(user)
      feed.record('sso_login_succeeded', by(session, ip))
      return session
    },
    isOpen: (session: string): boolean => state.users.has(state.sessions.get(session) ?? ''),
    makeKey(session: string, ip: string, workspace: string, name: string) {
      const key = makeKey(org, name, { workspace, by: userOf(session).id })
      feed.record('platform_api_key_created', by(session, ip), { api_key_id: key.row.id })
      return key
    },
    makeAdminKey(session: string, ip: string, name: string) {
      if (userOf(session).role !== 'admin') throw new Error('administrators alone make admin keys')
      const key = makeAdminKey(org, name)
      feed.record('admin_api_key_created', by(session, ip), { admin_api_key_id: key.id, scopes: [] })
      return key
    },
    addToWorkspace(session: string, ip: string, workspace: string, user: User, role: Member['workspace_role']) {
      makeMember(org, workspace, user.id, role)
      feed.record('platform_workspace_member_added', by(session, ip), { user_id: user.id, workspace_id: workspace })
    },
    addConnector(session: string, ip: string, name: string): string {
      const id = valueOf(state, 'mcpsrv_').slice(0, 20)
      feed.record('mcp_server_created', by(session, ip), { mcp_server_id: id, mcp_server_name: name })
      return id
    },
    /** Whoever has the mail. */
    acceptInvite(id: string, ip: string): { user: User; session: string } {
      const invite = state.invites.get(id)
      if (invite === undefined || invite.status !== 'pending') throw new Error('the invite opens nothing')
      invite.status = 'accepted'
      const user = makeUser(org, 'M', invite.email, invite.role)
      const session = open(user)
      feed.record('org_user_invite_accepted', by(session, ip), { invite_id: id })
      return { user, session }
    },
  }
}
export type Console = ReturnType<typeof createConsole>
