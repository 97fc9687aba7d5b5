import { sha256, toHex, utf8, type JsonObject } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import { ok, refusal } from './answers.ts'

/** As the log shows who acted: a person in the console, or a key. */
export type By = { actor: JsonObject; project: string | null }
type Stored = { entry: JsonObject & { id: string }; atSeconds: number; visibleMs: number; at: number }

const pageRowsMax = 100

/** Newest first, by whole seconds; an entry shows some time behind what it tells of. */
export function createAuditLog(clock: { nowMs(): number }, settings: { logDelayMs: number }) {
  const rows: Stored[] = []

  function record(type: string, by: By, detail: JsonObject): void {
    const atSeconds = Math.floor(clock.nowMs() / 1000)
    const entry = {
      id: `audit_log-${toHex(sha256(utf8(`log ${rows.length}`))).slice(0, 20)}`,
      type,
      effective_at: atSeconds,
      ...(by.project === null ? {} : { project: { id: by.project, name: by.project } }),
      actor: by.actor,
      [type]: detail,
    }
    rows.push({ entry, atSeconds, visibleMs: clock.nowMs() + settings.logDelayMs, at: rows.length })
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
    const from = after === null ? 0 : found.findIndex(({ entry }) => entry.id === after) + 1
    if (after !== null && from === 0) return refusal(400, null, 'after: no such entry')
    const page = found.slice(from, from + limit).map(({ entry }) => entry)
    const isMore = from + page.length < found.length
    const ids = { first_id: page.at(0)?.id ?? null, last_id: page.at(-1)?.id ?? null }
    return ok({ object: 'list', data: page, has_more: isMore, ...ids })
  }

  return { record, answer }
}
export type AuditLog = ReturnType<typeof createAuditLog>
