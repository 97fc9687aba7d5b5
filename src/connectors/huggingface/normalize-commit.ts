import { nothingNormalized, ocsfEvent, type Normalized } from '#model'
import { isTold, type NormalizeInput } from '#sources/contract'

import { nameRepo, nameRevision, nameUser } from './names.ts'
import { commitRow } from './rows.ts'
import { fact, open, product, timeMs } from './statements.ts'

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
  // A revision is a thing of its own: what an attacker wrote since is to be read by nobody else.
  const revision = nameRevision(authority, row.repo, row.id)
  const title = row.title ?? row.id
  const told = { name: `${row.repoName}@${row.id.slice(0, 8)}: ${title.slice(0, 200)}`, repo, createdAtMs: atMs }
  out.facts.push(fact(revision, atMs, { kind: 'revision', owner: user, ...told }))
  if (user !== null) out.edges.push(open(user, 'CREATED', revision, atMs))
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
