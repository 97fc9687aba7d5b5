import { formatTime, parseTimeMs, type JsonObject } from 'cordon/kit'

import { rowsWithin } from '../kit/past-pages.ts'
import type { TwinCall, TwinReply } from '../kit/server.ts'
import type { By } from './activity-feed.ts'
import { absent, ok, refusal } from './answers.ts'
import type { Org } from './organization.ts'
import type { Key } from './state.ts'

/** What a key of a workspace is let do: models, and the files of the workspace. */
export function answerData(org: Org, call: TwinCall, key: Key, by: By): TwinReply {
  const { state } = org
  const workspace = key.row.scope.type === 'workspace' ? key.row.scope.workspace_id : ''
  switch (call.id) {
    case 'models.list':
      return key.canListModels
        ? ok({ data: [], has_more: false, first_id: null, last_id: null })
        : refusal(403, 'permission_error', 'the key may not list models')
    case 'files.list': {
      // With the header of the former beta Anthropic pages by the last row's id: nobody here asks so.
      if (call.headers['anthropic-beta'] !== undefined) return refusal(400, 'invalid_request_error', 'the former beta')
      const rows = [...state.files.values()].flatMap((file) => (file.workspace === workspace ? [file.row] : []))
      const from = Number(call.query.get('page') ?? 0)
      const limit = Number(call.query.get('limit') ?? 20)
      const next = from + limit < rows.length ? String(from + limit) : null
      return ok({ data: rows.slice(from, from + limit), next_page: next })
    }
    case 'files.download': {
      const file = state.files.get(call.params['file_id'] ?? '')
      if (file === undefined || file.workspace !== workspace) return absent()
      org.feed.record('platform_file_content_downloaded', by, { file_id: file.row.id })
      return ok({ made: 'up' })
    }
    default: {
      state.calls.push({ atMs: org.nowMs(), workspace, key: key.row.id, tokens: 8 })
      return ok({
        id: 'msg_01twin',
        type: 'message',
        role: 'assistant',
        model: 'claude-twin',
        content: [],
        stop_reason: 'end_turn',
        stop_sequence: null,
        usage: { input_tokens: 8, output_tokens: 1 },
      })
    }
  }
}

const widths: Record<string, number> = { '1m': 60_000, '1h': 3_600_000, '1d': 86_400_000 }

/** Buckets over time, empty ones with them; what was counted shows some time later. */
export function answerUsage(org: Org, { query }: TwinCall, delayMs: number): TwinReply {
  const width = widths[query.get('bucket_width') ?? '1d'] ?? 86_400_000
  const limit = Number(query.get('limit') ?? 7)
  const start = Number(query.get('page') ?? parseTimeMs(query.get('starting_at') ?? '') ?? 0)
  const end = Math.min(parseTimeMs(query.get('ending_at') ?? '') ?? Infinity, org.nowMs())
  const isGrouped = query.getAll('group_by[]').includes('api_key_id')
  const data: JsonObject[] = []
  const toMs = Math.min(end, start + limit * width) - 1
  const past = [...rowsWithin(org.state.pastCalls, { fromMs: start, toMs })].map(({ row }) => row)
  const held = org.state.calls.filter(({ atMs }) => atMs + delayMs <= org.nowMs())
  const inBucket = Map.groupBy([...past, ...held], ({ atMs }) => Math.floor((atMs - start) / width))
  let at = start
  for (; at < end && data.length < limit; at += width) {
    const groups = new Map<string, number>()
    for (const call of inBucket.get((at - start) / width) ?? []) {
      const name = isGrouped ? `${call.workspace} ${call.key}` : ' '
      groups.set(name, (groups.get(name) ?? 0) + call.tokens)
    }
    const results = [...groups].map(([name, tokens]): JsonObject => {
      const [workspace = '', key = ''] = name.split(' ')
      return {
        api_key_id: key === '' ? null : key,
        workspace_id: workspace === '' ? null : workspace,
        model: null,
        service_tier: null,
        context_window: null,
        uncached_input_tokens: tokens,
        cache_creation: { ephemeral_1h_input_tokens: 0, ephemeral_5m_input_tokens: 0 },
        cache_read_input_tokens: 0,
        output_tokens: 1,
        server_tool_use: { web_search_requests: 0 },
      }
    })
    data.push({ starting_at: formatTime(at), ending_at: formatTime(at + width), results })
  }
  const isMore = at < end
  return ok({ data, has_more: isMore, next_page: isMore ? String(at) : null })
}
