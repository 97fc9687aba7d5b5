// A month at the model vendors and at the company's own gateway: keys for programs, people who come and go, calls.
import type { JsonObject } from '#kit'

import type { Person } from '../../../lab/estate/company/model.ts'
import { addressOf } from '../../../lab/estate/use/people.ts'
import { daily, dayMs, happenings, hourMs, minuteMs, someone, type Month, type Record } from '../calendar.ts'

export function* modelsWork(month: Month): Generator<Record> {
  const { engineers, admins } = month
  let made = 0
  const owners = [...admins.owner, ...engineers.slice(0, 4)]

  const openai = (story: string, type: string, who: Person, atMs: number, detail: JsonObject): Record => {
    const user = { id: month.idOf('openai', who) || `user-${who.n}`, email: who.email }
    const raw = {
      id: `audit_log-work${month.seed}${made++}`,
      type,
      effective_at: Math.floor(atMs / 1000),
      project: { id: 'proj_work', name: 'work' },
      actor: { type: 'session', session: { user, ip_address: addressOf(who.n), user_agent: 'Mozilla/5.0' } },
      [type]: detail,
    }
    return { vendor: 'openai', stream: 'audit', atMs, story, raw }
  }
  const anthropic = (story: string, type: string, who: Person, atMs: number, detail: JsonObject = {}): Record => {
    const raw = {
      id: `activity_01work${month.seed}${made++}`,
      created_at: new Date(atMs).toISOString(),
      organization_id: type.includes('login') ? null : 'org_01twin',
      organization_uuid: type.includes('login') ? null : '0c0d0e0f-0000-4000-8000-000000000001',
      actor: {
        type: 'user_actor',
        user_id: month.idOf('anthropic', who) || `user_01work${who.n}`,
        email_address: who.email,
        ip_address: addressOf(who.n),
        user_agent: 'Mozilla/5.0',
      },
      type,
      ...detail,
    }
    return { vendor: 'anthropic', stream: 'activity', atMs, story, raw }
  }
  const hash = (n: number): string => n.toString(16).padStart(64, 'a')
  const gateway = (
    story: string,
    action: string,
    table: string,
    object: string,
    atMs: number,
    values: JsonObject,
  ): Record => ({
    vendor: 'litellm',
    stream: 'audit',
    atMs,
    story,
    raw: {
      id: `audit-work${month.seed}${made++}`,
      updated_at: new Date(atMs).toISOString(),
      changed_by: 'admin',
      changed_by_api_key: null,
      byHash: null,
      action,
      table_name: table,
      object_id: object,
      before_value: null,
      updated_values: values,
    },
  })

  for (const { draw, atMs } of happenings(month, 'openai/key', 12)) {
    const who = someone(engineers, draw, atMs)
    yield openai('key for a program', 'api_key.created', who, atMs, {
      id: `key_${draw.hex(12)}`,
      data: { scopes: ['model.request'] },
    })
  }
  for (const { draw, atMs } of happenings(month, 'openai/rotated', 4)) {
    const who = someone(owners, draw, atMs)
    yield openai('keys changed', 'api_key.created', who, atMs, { id: `key_${draw.hex(12)}` })
    yield openai('keys changed', 'api_key.deleted', who, atMs + dayMs, { id: `key_${draw.hex(12)}` })
  }
  for (const { draw, atMs } of happenings(month, 'openai/account', 3))
    yield openai('key for a program', 'service_account.created', someone(owners, draw, atMs), atMs, {
      id: `user-sa-${draw.hex(8)}`,
      data: { role: 'member' },
    })
  for (const { draw, atMs } of happenings(month, 'openai/invite', 10)) {
    const detail = { id: `invite-${draw.hex(8)}`, data: { email: 'new@brightwater.example', role: 'reader' } }
    yield openai('joiner', 'invite.sent', someone(owners, draw, atMs), atMs, detail)
  }
  for (const { draw, atMs } of happenings(month, 'openai/project', 3))
    yield openai('new project', 'project.created', someone(owners, draw, atMs), atMs, {
      id: `proj_${draw.hex(8)}`,
      data: { name: 'pilot', title: 'pilot' },
    })
  for (const { draw, atMs } of happenings(month, 'openai/login', engineers.length * 3)) {
    const who = someone(engineers, draw, atMs)
    if (draw.chance(0.05))
      yield openai('use', 'login.failed', who, atMs - minuteMs, { error_code: 'x', error_message: 'x' })
    yield openai('use', 'login.succeeded', who, atMs, {})
  }
  for (const { draw, atMs } of happenings(month, 'anthropic/login', engineers.length * 3)) {
    const who = someone(engineers, draw, atMs)
    if (draw.chance(0.05)) yield anthropic('use', 'sso_login_failed', who, atMs - minuteMs)
    yield anthropic('use', 'sso_login_succeeded', who, atMs)
  }
  for (const { draw, atMs } of happenings(month, 'anthropic/key', 8))
    yield anthropic('key for a program', 'platform_api_key_created', someone(engineers, draw, atMs), atMs, {
      api_key_id: `apikey_01${draw.hex(12)}`,
      workspace_id: 'wrkspc_01work',
    })
  for (const { draw, atMs } of happenings(month, 'anthropic/invite', 8))
    yield anthropic('joiner', 'org_user_invite_sent', someone(owners, draw, atMs), atMs, {
      invited_email: 'new@brightwater.example',
      invited_role: 'user',
    })
  for (const { draw, atMs } of happenings(month, 'anthropic/member', 6))
    yield anthropic('workspaces kept', 'platform_workspace_member_added', someone(owners, draw, atMs), atMs, {
      workspace_id: 'wrkspc_01work',
      added_user_id: `user_01${draw.hex(12)}`,
      workspace_role: 'workspace_developer',
    })
  for (const { draw, atMs } of happenings(month, 'litellm/key', 12)) {
    const key = hash(draw.int(1e9))
    yield gateway('key for a program', 'created', 'LiteLLM_VerificationToken', key, atMs, {
      key_alias: 'service',
      team_id: 'data',
    })
  }
  for (const { draw, atMs } of happenings(month, 'litellm/rotated', 4))
    yield gateway('keys changed', 'rotated', 'LiteLLM_VerificationToken', hash(draw.int(1e9)), atMs, {})
  for (const { draw, atMs } of happenings(month, 'litellm/team', 4))
    yield gateway('teams kept', 'updated', 'LiteLLM_TeamTable', `team-${draw.int(9)}`, atMs, { max_budget: 100 })
  for (const { draw, atMs } of happenings(month, 'litellm/model', 3))
    yield gateway('new model', 'created', 'LiteLLM_ProxyModelTable', `model-${draw.hex(4)}`, atMs, { model_name: 'm' })
  for (const { dayStartMs, draw } of daily(month, 'litellm/calls', true)) {
    for (let hour = 0; hour < 24; hour++) {
      for (let n = 0; n < 12; n++) {
        const atMs = dayStartMs + hour * hourMs + draw.int(hourMs)
        const at = new Date(atMs).toISOString()
        const service = draw.int(8)
        yield {
          vendor: 'litellm',
          stream: 'requests',
          atMs,
          story: 'use',
          raw: {
            id: `req-${month.seed}-${made++}`,
            startedAt: at,
            endedAt: at,
            hash: hash(service),
            user: `service-${service}`,
            team_id: 'data',
            model: 'm',
            call_type: 'acompletion',
            status: draw.chance(0.02) ? 'failure' : 'success',
            ip: `10.0.5.${service}`,
            prompt_tokens: 900,
            completion_tokens: 200,
            total_tokens: 1100,
            spend: 0.01,
          },
        }
      }
    }
  }
}
