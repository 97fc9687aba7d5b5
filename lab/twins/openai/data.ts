import type { JsonObject } from 'cordon/kit'

import { rowsWithin } from '../kit/past-pages.ts'
import type { TwinCall, TwinReply } from '../kit/server.ts'
import { ok, paged, refusal } from './answers.ts'
import { secondsOf, type Org } from './organization.ts'
import { idOf, objectOf, textOf, type Call, type ProjectKey, type Row, type StoredKind } from './state.ts'

const kinds: Record<string, StoredKind> = {
  listFiles: 'files',
  listVectorStores: 'vectorStores',
  listAssistants: 'assistants',
  listPaginatedFineTuningJobs: 'jobs',
}

/** What a key of a project is let do: models, and what lies in the project. */
export function answerData(org: Org, call: TwinCall, key: ProjectKey): TwinReply {
  const kind = kinds[call.id]
  if (kind !== undefined) {
    const rows = org.state.stored[kind].flatMap((one) => (one.project === key.project ? [one.row] : []))
    return paged(call, rows, kind === 'jobs' ? 'bare' : 'ids')
  }
  if (call.id === 'listModels') {
    if (key.scopes !== null && !key.scopes.includes('api.model.read')) {
      return refusal(401, null, 'You have insufficient permissions for this operation. Missing scopes: api.model.read.')
    }
    return ok({
      object: 'list',
      data: [{ id: 'text-embedding-3-small', object: 'model', created: 1, owned_by: 'openai' }],
    })
  }
  const model = textOf(objectOf(call.body), 'model')
  const held = org.state.permissions.get(key.project)
  if (held !== undefined && (held.mode === 'allow_list') !== held.model_ids.includes(model)) {
    return refusal(403, 'model_not_found', 'the project has no access to the model')
  }
  const user = key.user ?? key.account ?? ''
  org.state.calls.push({
    kind: 'embeddings',
    atMs: org.nowMs(),
    project: key.project,
    user,
    key: key.row.id,
    requests: 1,
    tokens: 8,
  })
  const embedding = { index: 0, object: 'embedding', embedding: [0.1] }
  return ok({ object: 'list', model, data: [embedding], usage: { prompt_tokens: 8, total_tokens: 8 } })
}

const sortedBy = (calls: readonly Call[]): Map<string, Call[]> => {
  const groups = new Map<string, Call[]>()
  for (const call of calls) {
    const name = [call.project, call.user, call.key].join(' ')
    groups.set(name, [...(groups.get(name) ?? []), call])
  }
  return groups
}

const sumOf = (calls: readonly Call[], what: 'tokens' | 'requests'): number =>
  calls.reduce((sum, one) => sum + one[what], 0)

/** Buckets over time, empty ones with them, as OpenAI shows them; what was counted shows some time later. */
export function answerUsage(org: Org, call: TwinCall, delayMs: number): TwinReply {
  const kind = call.url.pathname.split('/').at(-1) ?? ''
  const width = { '1m': 60, '1h': 3_600, '1d': 86_400 }[call.query.get('bucket_width') ?? '1d'] ?? 86_400
  const limit = Number(call.query.get('limit') ?? 7)
  const start = Number(call.query.get('page') ?? call.query.get('start_time'))
  const end = Math.min(Number(call.query.get('end_time') ?? Infinity), secondsOf(org))
  const grouped = call.query.getAll('group_by[]').includes('api_key_id')
  const data: JsonObject[] = []
  const toMs = Math.min(end, start + limit * width) * 1000 - 1
  const past = [...rowsWithin(org.state.pastCalls, { fromMs: start * 1000, toMs })].map(({ row }) => row)
  const held = org.state.calls.filter(({ atMs }) => atMs + delayMs <= org.nowMs())
  const inBucket = Map.groupBy(
    [...past, ...held].filter((one) => one.kind === kind),
    ({ atMs }) => Math.floor((atMs / 1000 - start) / width),
  )
  let at = start
  for (; at < end && data.length < limit; at += width) {
    const seen = inBucket.get((at - start) / width) ?? []
    const results = [...sortedBy(seen).values()].map(([first, ...rest]): JsonObject => ({
      object: `organization.usage.${kind}.result`,
      input_tokens: sumOf(rest, 'tokens') + (first?.tokens ?? 0),
      ...(kind === 'completions' ? { output_tokens: 0 } : {}),
      num_model_requests: sumOf(rest, 'requests') + (first?.requests ?? 0),
      project_id: grouped ? (first?.project ?? null) : null,
      user_id: grouped ? (first?.user ?? null) : null,
      api_key_id: grouped ? (first?.key ?? null) : null,
      model: null,
    }))
    data.push({ object: 'bucket', start_time: at, end_time: at + width, results })
  }
  const isMore = at < end
  return ok({ object: 'page', data, has_more: isMore, next_page: isMore ? String(at) : null })
}

export function store(org: Org, project: string, kind: StoredKind, name: string): Row {
  const now = secondsOf(org)
  const rows: Record<StoredKind, () => Row> = {
    files: () => ({
      object: 'file',
      id: idOf(org.state, 'file-'),
      bytes: 1_000,
      created_at: now,
      filename: name,
      purpose: 'fine-tune',
      status: 'processed',
    }),
    vectorStores: () => ({
      object: 'vector_store',
      id: idOf(org.state, 'vs_'),
      created_at: now,
      name,
      usage_bytes: 2_000,
      file_counts: { in_progress: 0, completed: 3, failed: 0, cancelled: 0, total: 3 },
      status: 'completed',
      last_active_at: now,
      metadata: null,
    }),
    assistants: () => ({
      object: 'assistant',
      id: idOf(org.state, 'asst_'),
      created_at: now,
      name,
      description: null,
      model: 'gpt-4.1',
      instructions: 'EXAMPLE instructions',
      tools: [],
      metadata: null,
    }),
    jobs: () => ({
      object: 'fine_tuning.job',
      id: idOf(org.state, 'ftjob-'),
      created_at: now,
      error: null,
      finished_at: now,
      fine_tuned_model: `ft:gpt-4.1-mini:acme::${name}`,
      hyperparameters: {},
      model: 'gpt-4.1-mini',
      organization_id: org.state.organization,
      result_files: [],
      status: 'succeeded',
      trained_tokens: 5,
      training_file: textOf(org.state.stored.files.at(-1)?.row, 'id') || 'file-none',
      validation_file: null,
      seed: 1,
    }),
  }
  const row = rows[kind]()
  org.state.stored[kind].push({ row, project })
  return row
}
