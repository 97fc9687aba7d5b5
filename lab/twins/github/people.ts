import type { TwinCall } from '../kit/server.ts'
import { absent, gone, ok, paged, refusal } from './answers.ts'
import { userNamed, type State, type Team, type User } from './state.ts'
import { aboutUser, bodyOf, byOf, idOf, userRow, type Handlers, type World } from './world.ts'

const outside = (state: State): User[] =>
  [...state.users.values()].filter(
    ({ id }) => !state.members.has(id) && [...state.repos.values()].some((repo) => repo.collaborators.has(id)),
  )

/** Out of the organisation: with it go rights, places in teams, and the grants of tokens. */
function leave({ state }: World, { id }: User): boolean {
  const wasMember = state.members.delete(id)
  for (const team of state.teams.values()) team.members.delete(id)
  let hadRight = false
  for (const repo of state.repos.values()) hadRight = repo.collaborators.delete(id) || hadRight
  for (const token of state.tokens.values()) if (token.user === id) token.letIn = null
  return wasMember || hadRight
}

const userOf = ({ state }: World, { params }: TwinCall): User | undefined => userNamed(state, params['username'])
const teamOf = ({ state }: World, { params }: TwinCall): Team | undefined =>
  [...state.teams.values()].find(({ slug }) => slug === params['team_slug'])

export const peopleHandlers: Handlers = {
  'orgs/get': ({ state }) =>
    ok({
      id: state.org.id,
      login: state.org.login,
      default_repository_permission: 'none',
      two_factor_requirement_enabled: true,
      plan: { name: 'enterprise', space: 0, private_repos: 0 },
    }),
  'orgs/list-members': ({ state }, call) => {
    const role = call.query.get('role') ?? 'all'
    const rows = [...state.members].flatMap(([id, member]) => {
      const user = state.users.get(id)
      const isWanted = member.state === 'active' && (role === 'all' || role === member.role)
      return user !== undefined && isWanted ? [userRow(user)] : []
    })
    return paged(call, rows)
  },
  'orgs/list-outside-collaborators': ({ state }, call) => paged(call, outside(state).map(userRow)),
  'orgs/remove-outside-collaborator': (world, call, caller) => {
    const user = userOf(world, call)
    if (user === undefined) return absent()
    if (world.state.members.has(user.id)) return refusal(422, 'You cannot specify an organization member to remove.')
    if (leave(world, user))
      world.log.record('org.remove_outside_collaborator', byOf(caller, world.state), aboutUser(user))
    return gone()
  },
  'orgs/get-membership-for-user': (world, call) => {
    const user = userOf(world, call)
    const member = world.state.members.get(user?.id ?? 0)
    if (user === undefined || member === undefined) return absent()
    return ok({
      ...member,
      organization: { login: world.state.org.login, id: world.state.org.id },
      user: userRow(user),
    })
  },
  'orgs/set-membership-for-user': (world, call, caller) => {
    const user = userOf(world, call)
    if (user === undefined) return absent()
    const role = bodyOf(call)['role'] === 'admin' ? 'admin' : 'member'
    const state = world.state.members.get(user.id)?.state ?? 'pending'
    world.state.members.set(user.id, { role, state })
    world.log.record('org.invite_member', byOf(caller, world.state), aboutUser(user))
    return ok({
      role,
      state,
      organization: { login: world.state.org.login, id: world.state.org.id },
      user: userRow(user),
    })
  },
  'orgs/remove-membership-for-user': (world, call, caller) => {
    const user = userOf(world, call)
    if (user === undefined || !world.state.members.has(user.id)) return absent()
    leave(world, user)
    world.log.record('org.remove_member', byOf(caller, world.state), aboutUser(user))
    return gone()
  },
  'users/get-by-id': ({ state }, call) => {
    const user = state.users.get(idOf(call, 'account_id'))
    return user === undefined ? absent() : ok({ ...userRow(user), user_view_type: 'public' })
  },
  'users/get-authenticated': ({ state }, _, caller) => {
    const user = caller.kind === 'token' ? state.users.get(caller.token.user ?? 0) : undefined
    return user === undefined
      ? refusal(403, 'Resource not accessible')
      : ok({ ...userRow(user), user_view_type: 'public' })
  },
  'teams/list': ({ state }, call) =>
    paged(
      call,
      [...state.teams.values()].map(({ id, slug }) => ({ id, slug, name: slug, parent: null, type: 'organization' })),
    ),
  'teams/list-members-in-org': (world, call) => {
    const team = teamOf(world, call)
    if (team === undefined) return absent()
    return paged(
      call,
      [...team.members.keys()].flatMap((id) => {
        const user = world.state.users.get(id)
        return user === undefined ? [] : [userRow(user)]
      }),
    )
  },
  'teams/get-membership-for-user-in-org': (world, call) => {
    const role = teamOf(world, call)?.members.get(userOf(world, call)?.id ?? 0)
    return role === undefined ? { status: 404 } : ok({ role, state: 'active' })
  },
  'teams/add-or-update-membership-for-user-in-org': (world, call, caller) => {
    const [team, user] = [teamOf(world, call), userOf(world, call)]
    if (team === undefined || user === undefined) return absent()
    const role = bodyOf(call)['role'] === 'maintainer' ? 'maintainer' : 'member'
    team.members.set(user.id, role)
    const more = { ...aboutUser(user), team: `${world.state.org.login}/${team.slug}`, team_id: team.id }
    world.log.record('team.add_member', byOf(caller, world.state), more)
    return ok({ role, state: 'active' })
  },
  'teams/remove-membership-for-user-in-org': (world, call, caller) => {
    const [team, user] = [teamOf(world, call), userOf(world, call)]
    if (team === undefined || user === undefined) return absent()
    if (team.members.delete(user.id)) {
      const more = { ...aboutUser(user), team: `${world.state.org.login}/${team.slug}`, team_id: team.id }
      world.log.record('team.remove_member', byOf(caller, world.state), more)
    }
    return gone()
  },
}
