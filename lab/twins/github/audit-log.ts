import { createHash } from 'node:crypto'

import type { JsonObject } from 'cordon/kit'

import { noPast, withPast, type Past, type PastRow } from '../kit/past.ts'
import type { TwinCall, TwinReply } from '../kit/server.ts'
import type { State, Token, User } from './state.ts'

/** Who did it, and with what: a token, a key by its fingerprint, or a browser. */
export type By = { user: User | null; ip: string; agent: string; token: Token | null; key?: string }
type Row = { row: JsonObject & { _document_id: string; action: string }; atMs: number; visibleAtMs: number }

const kindText = {
  classic: 'Personal access token (classic)',
  'fine-grained': 'Fine-grained personal access token',
  installation: 'GitHub App server-to-server token',
} as const
const rowsMax = 100

/** A row as GitHub shows it; `id` is never given twice. */
export function rowOf(
  { org }: State,
  action: string,
  { user, ip, agent, token }: By,
  more: JsonObject,
  { atMs, id }: { atMs: number; id: string },
): Row['row'] {
  return {
    _document_id: createHash('sha256').update(id).digest('base64url').slice(0, 22),
    '@timestamp': atMs,
    created_at: atMs,
    action,
    org: org.login,
    org_id: org.id,
    actor_ip: ip,
    user_agent: agent,
    ...(user === null ? {} : { actor: user.login, actor_id: user.id }),
    ...(token === null ? {} : ofToken(token)),
    ...more,
  }
}

export function createAuditLog(state: State, clock: { nowMs(): number }, delayMs: () => number) {
  const rows: Row[] = []
  let past: Past<JsonObject> = noPast
  let made = 0
  return {
    rows,
    record(action: string, by: By, more: JsonObject = {}): void {
      const atMs = clock.nowMs()
      rows.push({
        row: rowOf(state, action, by, more, { atMs, id: `row ${made++}` }),
        atMs,
        visibleAtMs: atMs + delayMs(),
      })
    },
    /** What came before all that is recorded; the rows recorded so far go over to whoever makes it. */
    setPast(make: (recorded: readonly PastRow<JsonObject>[]) => Past<JsonObject>): Past<JsonObject> {
      return (past = make(rows.splice(0).map(({ atMs, row }) => ({ atMs, row }))))
    },
    answer(call: TwinCall): TwinReply {
      const { query, url } = call
      const include = query.get('include') ?? 'web'
      const phrase = query.get('phrase') ?? ''
      const bound = (sign: string): number =>
        Date.parse(
          new RegExp(`created:${sign}(\\S+)`).exec(phrase)?.[1] ?? (sign === '>=' ? '1970-01-01' : '2100-01-01'),
        )
      const [from, to] = [bound('>='), bound('<=')]
      const isWanted = ({ action }: JsonObject): boolean =>
        include === 'all' || (include === 'git') === (typeof action === 'string' && action.startsWith('git.'))
      const order = query.get('order') === 'asc' ? 'asc' : 'desc'
      const found = rows.filter(
        ({ row, atMs, visibleAtMs }) => isWanted(row) && visibleAtMs <= clock.nowMs() && atMs >= from && atMs <= to,
      )
      if (order === 'desc') found.reverse()
      const max = Math.min(rowsMax, Number(query.get('per_page') ?? 30))
      // An empty `after`, as of a query without one.
      const cursor = query.get('after') || null
      const ask = { order, cursor, fromMs: from, toMs: Math.min(to, clock.nowMs()), max, keep: isWanted } as const
      const page = withPast(past, ask, (after, size) => {
        const start = found.findIndex(({ row: { _document_id: id } }) => id === after) + 1
        const shown = found.slice(start, start + size).map(({ row }): JsonObject => row)
        const last = found[start + size - 1]?.row['_document_id'] ?? ''
        return { rows: shown, next: start + size < found.length ? last : null }
      })
      const next = new URL(url)
      next.searchParams.set('after', page.next ?? '')
      return {
        status: 200,
        ...(page.next === null ? {} : { headers: { link: `<${next.href}>; rel="next"` } }),
        body: page.rows,
      }
    },
  }
}
export type AuditLog = ReturnType<typeof createAuditLog>

/** GitHub's form: SHA-256 of the whole token, in base64. */
const ofToken = ({ id, value, kind, scopes }: Token): JsonObject => ({
  token_id: id,
  hashed_token: createHash('sha256').update(value).digest('base64'),
  programmatic_access_type: kindText[kind],
  ...(scopes.length > 0 ? { token_scopes: scopes.join(',') } : {}),
})
