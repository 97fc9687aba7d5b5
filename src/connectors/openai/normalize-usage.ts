import { nothingNormalized, ocsfEvent, type Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { nameKey, nameRequests, nameServiceAccount, nameUser } from './names.ts'
import { usageRow } from './rows.ts'
import { fact, product } from './statements.ts'

/** One minute of one key → a touch of the models of its project, at the end of the minute: it widens, and never misses. */
export function normalizeUsage({ raw, authority, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const parsed = usageRow.safeParse(raw)
  if (!parsed.success) return { ...out, unmapped: 'usage' }
  const { kind, start_time: start, end_time: end, api_key_id: key, project_id: project, user_id: user } = parsed.data
  const calls = parsed.data.num_model_requests
  const atMs = Math.max(start * 1000, Math.min(end * 1000 - 1, arrivedAtMs))
  out.ocsf.push(
    ocsfEvent('api_activity', 'other', atMs, product, {
      activity_name: `usage of ${kind}`,
      api: { operation: kind, service: { name: 'OpenAI' } },
      actor: {
        user: {
          uid: user ?? 'unknown',
          ...(key === null || key === undefined ? {} : { programmatic_credentials: [{ uid: key, type: 'API key' }] }),
        },
      },
      src_endpoint: { name: 'unknown' },
      count: calls === null || calls === undefined ? undefined : Math.max(1, calls),
    }),
  )
  if (key === null || key === undefined) return out
  const credential = nameKey(authority, key)
  out.facts.push(fact(credential, atMs, { lastUsedAtMs: atMs }))
  if (project === null || project === undefined) return out
  const identity = user === null || user === undefined ? null : holderOf(authority, user)
  out.touches.push({
    identity,
    credential,
    resource: nameRequests(authority, project),
    verb: 'write',
    atMs,
    records: null,
    origin: null,
  })
  return out
}

const holderOf = (authority: string, id: string) =>
  id.startsWith('user') ? nameUser(authority, id) : nameServiceAccount(authority, id)
