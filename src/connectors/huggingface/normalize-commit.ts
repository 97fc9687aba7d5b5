import { nothingNormalized, ocsfEvent, type Normalized } from '#model'
import { isTold, type NormalizeInput } from '#sources/contract'

import { nameRepo, nameUser } from './names.ts'
import { commitRow } from './rows.ts'
import { fact, product, timeMs } from './statements.ts'

/** One revision → who changed which repository. Who, and when, is the writer's word; the revision itself is not. */
export function normalizeCommit({ raw, authority, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const parsed = commitRow.safeParse(raw)
  if (!parsed.success) return { ...out, unmapped: 'commit' }
  const row = parsed.data
  const atMs = timeMs(row.date) ?? arrivedAtMs
  const user = isTold(row.user) ? nameUser(authority, row.user) : null
  const repo = nameRepo(authority, row.repo)
  const name = row.author ?? 'unknown'
  out.ocsf.push(
    ocsfEvent('api_activity', 'update', atMs, product, {
      uid: row.id,
      api: { operation: 'commit', service: { name: 'Hub' } },
      actor: { user: { name, ...(isTold(row.user) ? { uid: row.user } : {}) } },
      src_endpoint: { name: 'unknown' },
      resources: [{ uid: row.repo, name: row.repoName, type: row.repoKind, version: row.id }],
    }),
  )
  out.facts.push(fact(repo, arrivedAtMs, { kind: 'repository', repoKind: row.repoKind, name: row.repoName }))
  out.touches.push({
    identity: user,
    credential: null,
    resource: repo,
    verb: 'write',
    atMs,
    records: null,
    origin: null,
  })
  return out
}
