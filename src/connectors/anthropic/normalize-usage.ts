import { nothingNormalized, ocsfEvent, type Normalized } from '#model'
import { isTold, type NormalizeInput } from '#sources/contract'

import { nameKey, nameRequests } from './names.ts'
import { usageRow } from './rows.ts'
import { fact, product, timeMs } from './statements.ts'

/** Anthropic writes no id for the default workspace in its reports. */
const defaultWorkspace = 'default'

/** One minute of one key → a touch of the models of its workspace, at the end of the minute: it widens, and never misses. */
export function normalizeUsage({ raw, authority, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const parsed = usageRow.safeParse(raw)
  if (!parsed.success) return { ...out, unmapped: 'usage' }
  const { starting_at: start, ending_at: end, api_key_id: key, workspace_id: workspace } = parsed.data
  const fromMs = timeMs(start) ?? arrivedAtMs
  const atMs = Math.max(fromMs, Math.min((timeMs(end) ?? fromMs + 1) - 1, arrivedAtMs))
  out.ocsf.push(
    ocsfEvent('api_activity', 'other', atMs, product, {
      activity_name: 'usage of messages',
      api: { operation: 'messages', service: { name: 'Claude' } },
      actor: {
        user: {
          uid: 'unknown',
          ...(isTold(key) ? { programmatic_credentials: [{ uid: key, type: 'API key' }] } : {}),
        },
      },
      src_endpoint: { name: 'unknown' },
    }),
  )
  // Use in the console has no key.
  if (!isTold(key)) return out
  const credential = nameKey(authority, key)
  out.facts.push(fact(credential, atMs, { lastUsedAtMs: atMs }))
  const resource = nameRequests(authority, workspace ?? defaultWorkspace)
  out.touches.push({ identity: null, credential, resource, verb: 'write', atMs, records: null, origin: null })
  return out
}
