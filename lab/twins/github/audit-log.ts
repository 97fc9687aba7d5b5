import { createHash } from 'node:crypto'

import type { JsonObject } from 'cordon/kit'

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

export function createAuditLog(state: State, clock: { nowMs(): number }, delayMs: () => number) {
  const rows: Row[] = []
  return {
    rows,
    record(action: string, { user, ip, agent, token }: By, more: JsonObject = {}): void {
      const atMs = clock.nowMs()
      const row = {
        _document_id: createHash('sha256').update(`row ${rows.length}`).digest('base64url').slice(0, 22),
        '@timestamp': atMs,
        created_at: atMs,
        action,
        org: state.org.login,
        org_id: state.org.id,
        actor_ip: ip,
        user_agent: agent,
        ...(user === null ? {} : { actor: user.login, actor_id: user.id }),
        ...(token === null ? {} : ofToken(token)),
        ...more,
      }
      rows.push({ row, atMs, visibleAtMs: atMs + delayMs() })
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
      const found = rows.filter(({ row, atMs, visibleAtMs }) => {
        const isGit = row.action.startsWith('git.')
        const isWanted = include === 'all' || (include === 'git') === isGit
        return isWanted && visibleAtMs <= clock.nowMs() && atMs >= from && atMs <= to
      })
      if (query.get('order') !== 'asc') found.reverse()
      const start = found.findIndex(({ row: { _document_id: id } }) => id === query.get('after')) + 1
      const size = Math.min(rowsMax, Number(query.get('per_page') ?? 30))
      const page = found.slice(start, start + size)
      const next = new URL(url)
      next.searchParams.set('after', page.at(-1)?.row['_document_id'] ?? '')
      const isMore = start + size < found.length
      return {
        status: 200,
        ...(isMore ? { headers: { link: `<${next.href}>; rel="next"` } } : {}),
        body: page.map(({ row }) => row),
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
