import { formatTime, type JsonObject } from 'cordon/kit'

import { absent, ok, pageOf, partIn, refusal, textIn, textsIn } from './answers.ts'
import type { Gateway, Handler, Handlers } from './keys.ts'
import { idOf, type Deployment, type Team, type User } from './state.ts'
import type { Caller } from './workers.ts'

const at = ({ nowMs }: Gateway): string => formatTime(nowMs())

export function makeUser(gateway: Gateway, user_id: string, user_role: string, caller?: Caller): User {
  const user = { user_id, user_role, teams: [], models: [], created_at: at(gateway) }
  gateway.state.users.set(user_id, user)
  if (caller !== undefined) {
    gateway.logs.change('created', 'LiteLLM_UserTable', user_id, caller, { updated_values: { user_role } })
  }
  return user
}

export function makeTeam(gateway: Gateway, team_alias: string, members: readonly User[], models: string[] = []): Team {
  const team: Team = {
    team_id: idOf(gateway.state, 'team'),
    team_alias,
    members_with_roles: members.map(({ user_id }) => ({ user_id, role: 'user' })),
    models,
    blocked: false,
    created_at: at(gateway),
    updated_at: at(gateway),
  }
  gateway.state.teams.set(team.team_id, team)
  for (const user of members) user.teams.push(team.team_id)
  return team
}

/** `address`: the provider's own, or wherever whoever makes it says. */
export function makeDeployment(
  gateway: Gateway,
  given: Pick<Deployment, 'model_name' | 'provider' | 'address' | 'upstreamKey'> & Partial<Deployment>,
): Deployment {
  const deployment: Deployment = {
    id: idOf(gateway.state, 'deployment'),
    model: `${given.provider}/${given.model_name}`,
    credential: null,
    isStored: true,
    blocked: false,
    created_at: at(gateway),
    created_by: 'default_user_id',
    updated_at: at(gateway),
    ...given,
  }
  gateway.state.deployments.set(deployment.id, deployment)
  return deployment
}

const blockTeam =
  (blocked: boolean): Handler =>
  (gateway, call) => {
    const team = gateway.state.teams.get(textIn(call.body, 'team_id'))
    if (team === undefined) return absent('Team')
    // No worker is told: each has to forget by itself.
    Object.assign(team, { blocked, updated_at: at(gateway) })
    return ok({ ...team })
  }

const blockModel =
  (blocked: boolean): Handler =>
  (gateway, call, { caller }) => {
    const found = gateway.state.deployments.get(textIn(call.body, 'model_id'))
    if (found === undefined) return absent('Model')
    if (!found.isStored) return refusal(400, 'validation_error', 'Cannot edit config-based model.')
    Object.assign(found, { blocked, updated_at: at(gateway) })
    gateway.logs.change(blocked ? 'blocked' : 'unblocked', 'LiteLLM_ProxyModelTable', found.id, caller)
    const { id: model_id, model_name } = found
    return ok({ model_id, model_name, litellm_params: {}, blocked })
  }

/** As the proxy shows it: no key, and an address all the same. */
const deploymentRow = (one: Deployment): JsonObject => ({
  model_name: one.model_name,
  litellm_params: {
    model: one.model,
    api_base: one.address,
    ...(one.credential === null ? {} : { litellm_credential_name: one.credential }),
  },
  model_info: {
    id: one.id,
    db_model: one.isStored,
    litellm_provider: one.provider,
    blocked: one.blocked,
    created_at: one.created_at,
    created_by: one.created_by,
    updated_at: one.updated_at,
  },
})

export const directoryHandlers: Handlers = {
  health_readiness_details_health_readiness_details_get: () =>
    ok({ status: 'healthy', db: 'connected', litellm_version: '1.99.4' }),
  get_users_user_list_get({ state }, call) {
    const ids = call.query.get('user_ids')?.split(',')
    const found = [...state.users.values()].filter(({ user_id: id }) => ids === undefined || ids.includes(id))
    const { rows, total, page, size, pages } = pageOf(call, 'page_size', 25, found)
    const users = rows.map((user) => ({ ...user, key_count: 0 }))
    return ok({ users, total, page, page_size: size, total_pages: pages })
  },
  new_user_user_new_post(gateway, call, { caller }) {
    const { user_id } = makeUser(gateway, textIn(call.body, 'user_id'), textIn(call.body, 'user_role'), caller)
    return ok({ key: '', user_id })
  },
  user_update_user_update_post({ state, logs, ...rest }, call, { caller }) {
    const [id, role] = [textIn(call.body, 'user_id'), textIn(call.body, 'user_role')]
    // The proxy makes a user of an id that it does not know.
    const user = state.users.get(id) ?? makeUser({ state, logs, ...rest }, id, role)
    const before_value = { user_role: user.user_role }
    user.user_role = role
    logs.change('updated', 'LiteLLM_UserTable', id, caller, { before_value, updated_values: { user_role: role } })
    return ok({ user_id: id, data: { user_id: id, user_role: role } })
  },
  list_team_v2_v2_team_list_get({ state }, call) {
    const id = call.query.get('team_id')
    const found = [...state.teams.values()].filter(({ team_id }) => id === null || team_id === id)
    const { rows, total, page, size, pages } = pageOf(call, 'page_size', 10, found)
    return ok({ teams: rows.map((team) => ({ ...team })), total, page, page_size: size, total_pages: pages })
  },
  new_team_team_new_post(gateway, call, { caller }) {
    const { team_id, team_alias } = makeTeam(gateway, textIn(call.body, 'team_alias'), [])
    gateway.logs.change('created', 'LiteLLM_TeamTable', team_id, caller, { updated_values: { team_alias } })
    return ok({ team_id, team_alias })
  },
  block_team_team_block_post: blockTeam(true),
  unblock_team_team_unblock_post: blockTeam(false),
  list_organization_organization_list_get: ({ state }) => ok(state.organizations),
  model_info_v2_v2_model_info_get({ state }, call) {
    const id = call.query.get('modelId')
    const found = [...state.deployments.values()].filter((one) => id === null || one.id === id)
    const { rows, total, page, size, pages } = pageOf(call, 'size', 50, found)
    return ok({ data: rows.map(deploymentRow), total_count: total, current_page: page, total_pages: pages, size })
  },
  add_new_model_model_new_post(gateway, call, { caller }) {
    const params = partIn(call.body, 'litellm_params')
    const credential = textIn(params, 'litellm_credential_name')
    const made = makeDeployment(gateway, {
      id: textIn(partIn(call.body, 'model_info'), 'id'),
      model_name: textIn(call.body, 'model_name'),
      provider: textIn(params, 'model').split('/')[0] ?? '',
      address: textIn(params, 'api_base'),
      upstreamKey: gateway.state.credentials.get(credential)?.values['api_key'] ?? textIn(params, 'api_key'),
      credential: credential || null,
      created_by: caller.user,
    })
    const { id, model_name } = made
    gateway.logs.change('created', 'LiteLLM_ProxyModelTable', id, caller, { updated_values: { model_name } })
    return ok({ model_id: id, model_name })
  },
  block_model_model_block_post: blockModel(true),
  unblock_model_model_unblock_post: blockModel(false),
  delete_model_model_delete_post({ state, logs }, call, { caller }) {
    const id = textIn(call.body, 'id')
    if (state.deployments.get(id)?.isStored !== true) return refusal(400, 'auth_error', 'Model not found in db')
    state.deployments.delete(id)
    logs.change('deleted', 'LiteLLM_ProxyModelTable', id, caller)
    return ok({ message: `Model: ${id} deleted successfully` })
  },
  // Masked, with the ends of the values in clear, as the proxy does.
  get_credentials_credentials_get: ({ state }) =>
    ok({
      success: true,
      credentials: [...state.credentials].map(([credential_name, { provider, values }]) => ({
        credential_name,
        credential_values: Object.fromEntries(
          Object.entries(values).map(([name, value]) => [name, `${value.slice(0, 2)}****${value.slice(-2)}`]),
        ),
        credential_info: { custom_llm_provider: provider },
      })),
    }),
  fetch_all_mcp_servers_v1_mcp_server_get: ({ state }) => ok(state.mcpServers),
  list_guardrails_v2_v2_guardrails_list_get: ({ state }) => ok({ guardrails: state.guardrails }),
  model_list_v1_models_get({ state }) {
    const names = new Set([...state.deployments.values()].map(({ model_name: name }) => name))
    const data = [...names].map((id) => ({ id, object: 'model', created: 1, owned_by: 'openai' }))
    return ok({ data, object: 'list' })
  },
  /** The call is led to one of the deployments of its model, and what it sends is theirs from then on. */
  chat_completion_v1_chat_completions_post(gateway, call, { caller }) {
    const model = textIn(call.body, 'model')
    const { state, logs } = gateway
    if (caller.models.length > 0 && !caller.models.includes(model)) {
      return refusal(403, 'key_model_access_denied', 'key not allowed to access model')
    }
    const open = [...state.deployments.values()].filter((one) => one.model_name === model && !one.blocked)
    const chosen = open[state.led++ % Math.max(1, open.length)]
    if (chosen === undefined) return refusal(429, 'None', 'No deployments available for selected model')
    const { id: deployment, address, upstreamKey: key, provider } = chosen
    state.deliveries.push({ deployment, address, key })
    const held = state.keys.get(caller.hash)
    const team = state.teams.get(caller.team ?? '')
    // What is counted moves `updated_at` of the row, and not `settings_updated_at`.
    if (held !== undefined) Object.assign(held, { last_active: at(gateway), updated_at: at(gateway) })
    if (team !== undefined) team.updated_at = at(gateway)
    const messages = textsIn(call.body, 'messages')
    logs.call({
      call_type: 'acompletion',
      api_key: caller.hash,
      user: caller.user,
      team_id: caller.team,
      model: chosen.model,
      model_group: model,
      model_id: deployment,
      custom_llm_provider: provider,
      api_base: address,
      prompt_tokens: 7,
      completion_tokens: 9,
      total_tokens: 16,
      spend: 0.01,
      status: 'success',
      requester_ip_address: String(call.headers['x-forwarded-for'] ?? '192.0.2.1'),
      // A proxy that stores prompts puts them here and into metadata; so do callers, who put in what they like.
      metadata: {
        user_agent: call.headers['user-agent'] ?? '',
        requester_metadata: { note: 'a SECRET prompt' },
        messages,
      },
    })
    return ok({ id: 'chatcmpl-EXAMPLE', object: 'chat.completion', model, choices: [] })
  },
}
