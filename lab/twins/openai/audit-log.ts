import { sha256, toHex, utf8, type JsonObject } from 'cordon/kit'

import { withPastByIds } from '../kit/past-pages.ts'
import { noPast, type Past } from '../kit/past.ts'
import type { TwinCall, TwinReply } from '../kit/server.ts'
import { ok, refusal } from './answers.ts'

/** As the log shows who acted: a person in the console, or a key. */
export type By = { actor: JsonObject; project: string | null }
export type Entry = JsonObject & { id: string }
type Stored = { entry: Entry; atSeconds: number; visibleMs: number; at: number }

const pageRowsMax = 100

/** An entry as OpenAI shows it; `id` is never given twice. */
export const entryOf = (
  type: string,
  { actor, project }: By,
  detail: JsonObject,
  at: { atMs: number; id: string },
): Entry => ({
  id: `audit_log-${at.id}`,
  type,
  effective_at: Math.floor(at.atMs / 1000),
  ...(project === null ? {} : { project: { id: project, name: project } }),
  actor,
  [type]: detail,
})

/** Newest first, by whole seconds; an entry shows some time behind what it tells of. */
export function createAuditLog(clock: { nowMs(): number }, settings: { logDelayMs: number }) {
  const rows: Stored[] = []
  let past: Past<Entry> = noPast

  function record(type: string, by: By, detail: JsonObject): void {
    const atMs = clock.nowMs()
    const entry = entryOf(type, by, detail, { atMs, id: toHex(sha256(utf8(`log ${rows.length}`))).slice(0, 20) })
    const atSeconds = Math.floor(atMs / 1000)
    rows.push({ entry, atSeconds, visibleMs: atMs + settings.logDelayMs, at: rows.length })
  }

  function answer(call: TwinCall): TwinReply {
    const { query } = call
    const limit = Number(query.get('limit') ?? 20)
    if (limit < 1 || limit > pageRowsMax) return refusal(400, null, 'limit: 1 to 100')
    const bound = (name: string, none: number): number => Number(query.get(`effective_at[${name}]`) ?? none)
    const found = rows
      .filter(({ visibleMs }) => visibleMs <= clock.nowMs())
      .filter(({ atSeconds }) => atSeconds >= bound('gte', 0) && atSeconds <= bound('lte', Infinity))
      .sort((a, b) => b.atSeconds - a.atSeconds || b.at - a.at)
    const after = query.get('after')
    const range = { fromMs: bound('gte', 0) * 1000, toMs: Math.min(bound('lte', Infinity) * 1000 + 999, clock.nowMs()) }
    let isKnown = true
    const page = withPastByIds(past, { ...range, cursor: after, max: limit }, idOf, (behind, max) => {
      const from = behind === null ? 0 : found.findIndex(({ entry }) => entry.id === behind) + 1
      isKnown &&= behind === null || from > 0
      const shown = found.slice(from, from + max).map(({ entry }) => entry)
      return { rows: shown, next: from + shown.length < found.length ? (shown.at(-1)?.id ?? null) : null }
    })
    if (!isKnown) return refusal(400, null, 'after: no such entry')
    const ids = { first_id: page.rows.at(0)?.id ?? null, last_id: page.rows.at(-1)?.id ?? null }
    return ok({ object: 'list', data: page.rows, has_more: page.next !== null, ...ids })
  }

  return {
    record,
    answer,
    /** What came before all that is recorded. */
    setPast: (of: Past<Entry>): Past<Entry> => (past = of),
  }
}
export type AuditLog = ReturnType<typeof createAuditLog>

const idOf = ({ id }: Entry): string => id
