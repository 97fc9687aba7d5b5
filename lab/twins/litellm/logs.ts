import { formatTime, type Json, type JsonObject } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import { ok, pageOf, refusal } from './answers.ts'
import type { Caller } from './workers.ts'

type Shown = { row: JsonObject; atMs: number; shownAtMs: number }

/** Spend logs are written in batches; the audit log in a task of its own, and only where it is switched on. */
export function createLogs(
  clock: { nowMs(): number },
  settings: { spendDelayMs: number; auditDelayMs: number; storesAudit: boolean },
  next: () => number,
) {
  const calls: Shown[] = []
  const changes: Shown[] = []
  const shown = (rows: readonly Shown[]): Shown[] =>
    rows.filter(({ shownAtMs }) => shownAtMs <= clock.nowMs()).sort((a, b) => a.atMs - b.atMs)
  return {
    call(row: JsonObject): void {
      const atMs = clock.nowMs()
      const at = formatTime(atMs)
      const full = { request_id: `req-${next()}`, startTime: at, endTime: at, ...row }
      calls.push({ row: full, atMs, shownAtMs: atMs + settings.spendDelayMs })
    },
    change(action: string, table_name: string, object_id: string, caller: Caller, more: JsonObject = {}): void {
      if (!settings.storesAudit) return
      const atMs = clock.nowMs()
      const by = { changed_by: caller.user, changed_by_api_key: caller.hash }
      const row = { id: `audit-${next()}`, updated_at: formatTime(atMs), ...by, action, table_name, object_id, ...more }
      changes.push({ row, atMs, shownAtMs: atMs + settings.auditDelayMs })
    },
    spendPage(call: TwinCall): TwinReply {
      const at = (name: string): number => Date.parse(`${call.query.get(name)?.replace(' ', 'T') ?? ''}Z`)
      const [fromMs, toMs] = [at('start_date'), at('end_date')]
      // The proxy takes `YYYY-MM-DD HH:MM:SS` and no other form here.
      if (Number.isNaN(fromMs) || Number.isNaN(toMs)) return refusal(400, 'bad_request', 'Invalid date format')
      const found = shown(calls).filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
      if (call.query.get('sort_order') !== 'asc') found.reverse()
      const { rows, total, page, size, pages } = pageOf(call, 'page_size', 50, found)
      const data: Json[] = rows.map(({ row }) => row)
      return ok({ data, total, page, page_size: size, total_pages: pages, total_is_capped: false })
    },
    auditPage(call: TwinCall): TwinReply {
      const [from, to] = [call.query.get('start_date'), call.query.get('end_date')]
      const found = shown(changes).filter(
        ({ atMs }) => (from === null || atMs >= Date.parse(from)) && (to === null || atMs <= Date.parse(to)),
      )
      if (call.query.get('sort_order') !== 'asc') found.reverse()
      const { rows, total, page, size, pages } = pageOf(call, 'page_size', 10, found)
      return ok({ audit_logs: rows.map(({ row }) => row), total, page, page_size: size, total_pages: pages })
    },
  }
}
export type Logs = ReturnType<typeof createLogs>
