import { formatTime, parseTimeMs, sha256, toHex, utf8, type JsonObject } from 'cordon/kit'

import { withPastByIds } from '../kit/past-pages.ts'
import { noPast, type Past } from '../kit/past.ts'
import type { TwinCall, TwinReply } from '../kit/server.ts'
import { ok, refusal } from './answers.ts'

/** As the feed shows who acted: a person, an admin key, a key at work. */
export type By = JsonObject & { type: 'user_actor' | 'admin_api_key_actor' | 'api_actor' }
export type Activity = JsonObject & { id: string }
type Stored = { entry: Activity; atMs: number; visibleMs: number; at: number }

/** An activity as Anthropic shows it; `id` is never given twice. */
export function activityOf(
  organization: string,
  type: string,
  actor: By,
  detail: JsonObject,
  { atMs, id }: { atMs: number; id: string },
): Activity {
  // Signing in belongs to no organisation.
  const isOf = !type.includes('login')
  return {
    id: `activity_01${id}`,
    created_at: formatTime(atMs),
    organization_id: isOf ? 'org_01twin' : null,
    organization_uuid: isOf ? organization : null,
    actor,
    type,
    ...detail,
  }
}

/** Newest first; an entry shows some time behind what it tells of. */
export function createActivityFeed(
  clock: { nowMs(): number },
  organization: string,
  settings: { feedDelayMs: number },
) {
  const rows: Stored[] = []
  let past: Past<Activity> = noPast

  function record(type: string, actor: By, detail: JsonObject = {}): void {
    const atMs = clock.nowMs()
    const id = toHex(sha256(utf8(`feed ${rows.length}`))).slice(0, 22)
    const entry = activityOf(organization, type, actor, detail, { atMs, id })
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
    const range = { fromMs: bound('gte', 0), toMs: Math.min(bound('lte', Infinity), clock.nowMs()) }
    let isKnown = true
    const ask = { ...range, cursor: after, max: Number(query.get('limit') ?? 100) }
    const page = withPastByIds(past, ask, idOf, (behind, max) => {
      const from = behind === null ? 0 : found.findIndex(({ entry }) => entry.id === behind) + 1
      isKnown &&= behind === null || from > 0
      const shown = found.slice(from, from + max).map(({ entry }) => entry)
      return { rows: shown, next: from + shown.length < found.length ? (shown.at(-1)?.id ?? null) : null }
    })
    if (!isKnown) return refusal(400, 'invalid_request_error', 'after_id: no such activity')
    const ids = { first_id: page.rows.at(0)?.id ?? null, last_id: page.rows.at(-1)?.id ?? null }
    return ok({ data: page.rows, has_more: page.next !== null, ...ids })
  }

  return {
    record,
    answer,
    /** What came before all that is recorded. */
    setPast: (of: Past<Activity>): Past<Activity> => (past = of),
  }
}
export type ActivityFeed = ReturnType<typeof createActivityFeed>

const idOf = ({ id }: Activity): string => id
