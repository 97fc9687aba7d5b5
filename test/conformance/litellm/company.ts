import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { makeDeployment, makeTeam, makeUser } from '../../../lab/twins/litellm/directory.ts'
import { makeKey } from '../../../lab/twins/litellm/keys.ts'
import type { Deployment, Key, Team, User } from '../../../lab/twins/litellm/state.ts'
import { startLitellmTwin, type LitellmTwin } from '../../../lab/twins/litellm/twin.ts'
import type { Caller } from '../../../lab/twins/litellm/workers.ts'
import { litellmConfig, litellmConnector, type LitellmConfig } from '#connectors/litellm'
import type { CredentialUse } from '#sources/contract'

export type Made = { key: Key; value: string }
export type Company = {
  twin: LitellmTwin
  clock: TwinClock
  config: LitellmConfig
  /** Values of Cordon's own keys. */
  keys: Record<CredentialUse, string>
  ada: User
  boss: User
  crew: Team
  /** Ada's own, what the boss administers with, and one of a team without a user. */
  adas: Made
  bosses: Made
  crews: Made
  deployment: Deployment
  spare: Deployment
  /** Of the configuration file. */
  fixed: Deployment
}

export const startMs = Date.UTC(2026, 2, 24, 12)
export const upstreamValue = 'sk-EXAMPLE-upstream-of-the-company'
const root: Caller = { user: 'default_user_id', role: 'proxy_admin', hash: '', team: null, models: [] }

/** A small company: two people, a team, three ways to models, one stored credential, and Cordon's two users. */
export async function foundCompany(over: Partial<LitellmConfig> = {}): Promise<Company> {
  const clock = new TwinClock(startMs - 40 * 86_400_000)
  const twin = await startLitellmTwin({ clock })
  const { gateway } = twin
  const config = litellmConfig.parse({ url: twin.url, plan: 'enterprise', hosts: ['gateway-1'], ...over })
  const ownKey = (use: CredentialUse, role: string): string => {
    const { user_id } = makeUser(gateway, `cordon-${use}`, role)
    const routes = (litellmConnector.role?.(config, use)?.scopes ?? []).map(({ name }) => name)
    return makeKey(gateway, root, { user_id, key_alias: `cordon-${use}`, allowed_routes: routes }).value
  }
  const keys = { see: ownKey('see', 'proxy_admin_viewer'), contain: ownKey('contain', 'proxy_admin') }
  const ada = makeUser(gateway, 'ada', 'internal_user')
  const boss = makeUser(gateway, 'boss', 'proxy_admin')
  const crew = makeTeam(gateway, 'crew', [ada], ['gpt-4o'])
  const adas = makeKey(gateway, root, { user_id: 'ada', key_alias: 'laptop' })
  const bosses = makeKey(gateway, root, { user_id: 'boss' })
  const crews = makeKey(gateway, root, { user_id: null, team_id: crew.team_id, models: ['gpt-4o'] })
  gateway.state.credentials.set('openai-prod', { provider: 'openai', values: { api_key: upstreamValue } })
  const way = { model_name: 'gpt-4o', provider: 'openai', address: 'https://api.openai.com/v1' }
  const deployment = makeDeployment(gateway, { ...way, upstreamKey: upstreamValue, credential: 'openai-prod' })
  const spare = makeDeployment(gateway, { ...way, upstreamKey: 'sk-EXAMPLE-spare' })
  const fixed = makeDeployment(gateway, {
    model_name: 'claude',
    provider: 'anthropic',
    address: 'https://api.anthropic.com',
    upstreamKey: 'sk-EXAMPLE-fixed',
    isStored: false,
  })
  gateway.state.mcpServers.push({
    server_id: 'mcp-1',
    server_name: 'tickets',
    url: 'https://mcp.example.com/sse?key=EXAMPLE-in-the-address',
    transport: 'sse',
    auth_type: 'bearer_token',
    static_headers: { 'x-team': 'EXAMPLE-header-value' },
  })
  gateway.state.guardrails.push({ guardrail_id: 'g-1', guardrail_name: 'presidio' })
  gateway.state.organizations.push({
    organization_id: 'org-1',
    organization_alias: 'Example',
    budget_id: 'b-1',
    created_by: 'boss',
    updated_by: 'boss',
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    members: [],
  })
  clock.pass(40 * 86_400_000)
  return { twin, clock, config, keys, ada, boss, crew, adas, bosses, crews, deployment, spare, fixed }
}
