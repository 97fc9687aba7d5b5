import type { EntityId, Stated } from '#model'
import { secondsMs, type TakenAt } from '#sources/contract'

import { nameProject, nameStored } from './names.ts'
import type { Rows } from './rows.ts'
import { fact, open } from './statements.ts'

/** What lies at the vendor: each inside its project, and derived from what it was made of. */
export const storedStates = {
  files(file: Rows['files'], at: TakenAt): Stated {
    const { filename: name, purpose, bytes } = file
    return inside(at, file.project, 'file', file.id, file.created_at, {
      name,
      purpose,
      bytes,
      expiresAtMs: secondsMs(file.expires_at),
    })
  },
  'vector-stores'(store: Rows['vector-stores'], at: TakenAt): Stated {
    const { name, status, usage_bytes: bytes } = store
    return inside(at, store.project, 'vector-store', store.id, store.created_at, {
      name,
      status,
      bytes,
      records: store.file_counts?.total,
      lastUsedAtMs: secondsMs(store.last_active_at),
      expiresAtMs: secondsMs(store.expires_at),
    })
  },
  assistants(assistant: Rows['assistants'], at: TakenAt): Stated {
    const { name, model, tool_resources: tools } = assistant
    const from = [
      ...(tools?.code_interpreter?.file_ids ?? []).map((id) => nameStored(at.authority, 'file', id)),
      ...(tools?.file_search?.vector_store_ids ?? []).map((id) => nameStored(at.authority, 'vector-store', id)),
    ]
    return inside(at, assistant.project, 'assistant', assistant.id, assistant.created_at, { name, model }, from)
  },
  'fine-tuning-jobs'(job: Rows['fine-tuning-jobs'], at: TakenAt): Stated {
    const { model, status, fine_tuned_model: tuned } = job
    const from = [job.training_file, job.validation_file].flatMap((id) =>
      id === null || id === undefined ? [] : [nameStored(at.authority, 'file', id)],
    )
    const stated = inside(at, job.project, 'fine-tuning-job', job.id, job.created_at, { model, status }, from)
    if (tuned === null || tuned === undefined) return stated
    const finishedAt = job.finished_at ?? job.created_at
    const made = inside(at, job.project, 'model', tuned, finishedAt, { name: tuned, model }, from)
    return {
      facts: [...(stated.facts ?? []), ...(made.facts ?? [])],
      edges: [...(stated.edges ?? []), ...(made.edges ?? [])],
    }
  },
}

function inside(
  { authority, atMs }: TakenAt,
  project: string,
  kind: string,
  id: string,
  createdAt: number | null | undefined,
  attributes: Record<string, string | number | null | undefined>,
  from: readonly EntityId[] = [],
): Stated {
  const entity = nameStored(authority, kind, id)
  const fromMs = secondsMs(createdAt) ?? 0
  return {
    facts: [fact(entity, atMs, { ...attributes, storedKind: kind, project, createdAtMs: secondsMs(createdAt) })],
    edges: [
      open(nameProject(authority, project), 'CONTAINS', entity, fromMs),
      ...from.map((source) => open(entity, 'DERIVED_FROM', source, fromMs)),
    ],
  }
}
