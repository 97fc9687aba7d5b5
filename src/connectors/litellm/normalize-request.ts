import { nothingNormalized, ocsfEndpoint, ocsfEvent, type Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { keyNamed, nameMcpTool, nameModel, nameTeam, nameUser } from './names.ts'
import { isTold } from './rights.ts'
import { requestRow, type RequestRow } from './rows.ts'
import { fact, product, timeMs } from './statements.ts'

/** One call of a model or a tool → who reached what, from where, with which key. Of prompts and answers there is nothing. */
export function normalizeRequest({ raw, authority, stream, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const parsed = requestRow.safeParse(raw)
  if (!parsed.success) return { ...out, unmapped: stream }
  const row = parsed.data
  const atMs = timeMs(row.startedAt) ?? eventAtMs ?? arrivedAtMs
  out.ocsf.push(describe(row, atMs, authority))
  const name = row.model_group ?? row.model
  const resource = isTold(row.tool)
    ? nameMcpTool(authority, row.tool)
    : isTold(name)
      ? nameModel(authority, name)
      : undefined
  // What was refused reached nothing.
  if (row.status === 'failure' || resource === undefined) return out
  const credential = keyNamed(authority, row.hash) ?? null
  out.touches.push({
    identity: isTold(row.user)
      ? nameUser(authority, row.user)
      : isTold(row.team_id)
        ? nameTeam(authority, row.team_id)
        : null,
    credential,
    resource,
    verb: 'read',
    atMs,
    records: null,
    origin: isTold(row.ip) ? row.ip : null,
  })
  if (credential !== null) out.facts.push(fact(credential, atMs, { lastUsedAtMs: atMs }))
  return out
}

function describe(row: RequestRow, atMs: number, authority: string) {
  const isFailure = row.status === 'failure'
  const code = Number(row.error_code)
  const operation = row.call_type ?? 'unknown'
  const tokens = {
    ...(isTold(row.session_id) ? { uid: row.session_id } : {}),
    ...countOf('prompt_tokens', row.prompt_tokens),
    ...countOf('completion_tokens', row.completion_tokens),
    ...countOf('total_tokens', row.total_tokens),
  }
  return ocsfEvent('api_activity', 'other', atMs, product, {
    uid: row.id,
    activity_name: operation,
    profiles: ['ai_operation'],
    status_id: isFailure ? 2 : 1,
    actor: {
      user: {
        uid: row.user ?? row.team_id ?? 'unknown',
        type_id: isTold(row.user) ? 1 : 0,
        ...(isTold(row.hash) ? { programmatic_credentials: [{ uid: row.hash, type: 'virtual key' }] } : {}),
      },
    },
    src_endpoint: ocsfEndpoint(row.ip),
    http_request: isTold(row.agent) ? { user_agent: row.agent } : undefined,
    api: {
      operation,
      service: { name: product.name, uid: authority },
      request: { uid: row.id },
      ...(isFailure
        ? {
            response: {
              ...(isTold(row.error) ? { error: row.error } : {}),
              ...(Number.isInteger(code) && code > 0 ? { code } : {}),
            },
          }
        : {}),
    },
    ai_model: {
      ai_provider: row.provider ?? 'unknown',
      name: row.model ?? row.model_group ?? 'unknown',
      ...(isTold(row.model_id) ? { uid: row.model_id } : {}),
    },
    message_context: { service: { name: product.name, uid: authority }, ...tokens },
    dst_endpoint: isTold(row.host) ? { hostname: row.host } : undefined,
    unmapped: {
      ...(isTold(row.team_id) ? { team: row.team_id } : {}),
      ...(isTold(row.end_user) ? { end_user: row.end_user } : {}),
      ...(isTold(row.tool) ? { tool: row.tool } : {}),
      ...(typeof row.spend === 'number' ? { spend: row.spend } : {}),
    },
  })
}

const countOf = (name: string, count: number | null | undefined): Record<string, number> =>
  typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? { [name]: count } : {}
