import { formatTime, parseTimeMs, sha256, toHex, utf8, type JsonObject } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import { ok, refusal } from './answers.ts'

/** As the feed shows who acted: a person, an admin key, a key at work. */
export type By = JsonObject & { type: 'user_actor' | 'admin_api_key_actor' | 'api_actor' }
type Stored = { entry: JsonObject & { id: string }; atMs: number; visibleMs: number; at: number }

/** Newest first; an entry shows some time behind what it tells of. */
export function createActivityFeed(
  clock: { nowMs(): number },
  organization: string,
  settings: { feedDelayMs: number },
) {
  const rows: Stored[] = []

  function record(type: string, actor: By, detail: JsonObject = {}): void {
    const atMs = clock.nowMs()
    // Signing in belongs to no organisation.
    const isOf = !type.includes('login')
    const entry = {
      id: `activity_01${toHex(sha256(utf8(`feed ${rows.length}`))).slice(0, 22)}`,
      created_at: formatTime(atMs),
      organization_id: isOf ? 'org_01twin' : null,
      organization_uuid: isOf ? organization : null,
      actor,
      type,
      ...detail,
    }
    rows.push({ entry, atMs, visibleMs: atMs + settings.feedDelayMs, at: rows.length })
  }

  function answer(call: TwinCall): TwinReply {
    const { query } = call
    const bound = (name: string, none: number): number => parseTimeMs(query.get(`created_at.${name}`) ?? '') ?? none
    const found = rows
      .filter(({ visibleMs }) => visibleMs <= clock.nowMs())
      .filter(({ atMs }) => atMs >= bound('gte', 0) && atMs <= bound('lte', Infinity))
      .sort((a, b) => b.atMs - a.atMs || b.at - a.at)
    const after = query.get('after_id')
    const from = after === null ? 0 : found.findIndex(({ entry }) => entry.id === after) + 1
    if (after !== null && from === 0) return refusal(400, 'invalid_request_error', 'after_id: no such activity')
    const page = found.slice(from, from + Number(query.get('limit') ?? 100)).map(({ entry }) => entry)
    const isMore = from + page.length < found.length
    return ok({ data: page, has_more: isMore, first_id: page.at(0)?.id ?? null, last_id: page.at(-1)?.id ?? null })
  }

  return { record, answer }
}
export type ActivityFeed = ReturnType<typeof createActivityFeed>
