import { formatTime, type JsonObject } from 'cordon/kit'

import { numbered, numberedPage, type Numbered } from '../kit/past-pages.ts'
import { noPast, type Past, type PastRow } from '../kit/past.ts'
import type { TwinCall, TwinReply } from '../kit/server.ts'
import { ok, refusal } from './answers.ts'
import type { Caller } from './workers.ts'

type Shown = { row: JsonObject; atMs: number; shownAtMs: number }
type At = { atMs: number; id: string }

/** A call as the spend logs have it; `id` is never given twice. */
export const callOf = (row: JsonObject, { atMs, id }: At): JsonObject => {
  const at = formatTime(atMs)
  return { request_id: id, startTime: at, endTime: at, ...row }
}
/** A change as the audit log has it. */
export const changeOf = (
  [action, table_name, object_id]: readonly [action: string, table: string, object: string],
  caller: Pick<Caller, 'user' | 'hash'>,
  more: JsonObject,
  { atMs, id }: At,
): JsonObject => {
  const by = { changed_by: caller.user, changed_by_api_key: caller.hash }
  return { id, updated_at: formatTime(atMs), ...by, action, table_name, object_id, ...more }
}

/** Spend logs are written in batches; the audit log in a task of its own, and only where it is switched on. */
export function createLogs(
  clock: { nowMs(): number },
  settings: { spendDelayMs: number; auditDelayMs: number; storesAudit: boolean },
  next: () => number,
) {
  const calls: Shown[] = []
  const changes: Shown[] = []
  const pasts: { calls: Numbered<JsonObject>; changes: Numbered<JsonObject> } = {
    calls: numbered<JsonObject>(noPast),
    changes: numbered<JsonObject>(noPast),
  }

  /** Of a log what lies between two times, in the order and by the page that is asked for. */
  function page(
    { query }: TwinCall,
    log: keyof typeof pasts,
    { fromMs, toMs, sizeDefault }: { fromMs: number; toMs: number; sizeDefault: number },
  ) {
    const order = query.get('sort_order') === 'asc' ? 'asc' : 'desc'
    const held = (log === 'calls' ? calls : changes)
      .filter(({ shownAtMs, atMs }) => shownAtMs <= clock.nowMs() && atMs >= fromMs && atMs <= toMs)
      .sort((a, b) => a.atMs - b.atMs)
    if (order === 'desc') held.reverse()
    const [number, size] = [Number(query.get('page') ?? 1), Number(query.get('page_size') ?? sizeDefault)]
    const ask = { order, fromMs, toMs: Math.min(toMs, clock.nowMs()), skipped: (number - 1) * size, max: size } as const
    const all = held.map(({ row }) => row)
    const { rows, total } = numberedPage(pasts[log], all, ask)
    return { rows, total, page: number, page_size: size, total_pages: Math.ceil(total / size) }
  }

  return {
    call(row: JsonObject): void {
      const atMs = clock.nowMs()
      calls.push({ row: callOf(row, { atMs, id: `req-${next()}` }), atMs, shownAtMs: atMs + settings.spendDelayMs })
    },
    change(action: string, table_name: string, object_id: string, caller: Caller, more: JsonObject = {}): void {
      if (!settings.storesAudit) return
      const atMs = clock.nowMs()
      const row = changeOf([action, table_name, object_id], caller, more, { atMs, id: `audit-${next()}` })
      changes.push({ row, atMs, shownAtMs: atMs + settings.auditDelayMs })
    },
    spendPage(call: TwinCall): TwinReply {
      const at = (name: string): number => Date.parse(`${call.query.get(name)?.replace(' ', 'T') ?? ''}Z`)
      const [fromMs, toMs] = [at('start_date'), at('end_date')]
      // The proxy takes `YYYY-MM-DD HH:MM:SS` and no other form here.
      if (Number.isNaN(fromMs) || Number.isNaN(toMs)) return refusal(400, 'bad_request', 'Invalid date format')
      const { rows, ...told } = page(call, 'calls', { fromMs, toMs, sizeDefault: 50 })
      return ok({ data: rows, ...told, total_is_capped: false })
    },
    auditPage(call: TwinCall): TwinReply {
      const [from, to] = [call.query.get('start_date'), call.query.get('end_date')]
      const fromMs = from === null ? 0 : Date.parse(from)
      const toMs = to === null ? Infinity : Date.parse(to)
      const { rows, ...told } = page(call, 'changes', { fromMs, toMs, sizeDefault: 10 })
      return ok({ audit_logs: rows, ...told })
    },
    /** What came before all that is recorded; the changes recorded so far go over to whoever makes it. */
    setPast(make: {
      calls: Past<JsonObject>
      changes: (recorded: readonly PastRow<JsonObject>[]) => Past<JsonObject>
    }): { calls: Past<JsonObject>; changes: Past<JsonObject> } {
      const past = { calls: make.calls, changes: make.changes(changes.splice(0)) }
      pasts.calls = numbered(past.calls)
      pasts.changes = numbered(past.changes)
      return past
    },
  }
}
export type Logs = ReturnType<typeof createLogs>
