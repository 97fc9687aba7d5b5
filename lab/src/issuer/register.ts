import { createHash } from 'node:crypto'

import { hashId } from 'cordon/kit'

/** What the issuer remembers of a token it gave out: never the value, nor (for opaque tokens the same thing) its jti. */
export type TokenRow = {
  /** `tok_` + hash of the jti: stable, and nothing can be opened with it. */
  ref: string
  /** `sha256:` + hex of the whole value as the client holds it. */
  sha256: string
  /** Of self-contained tokens only: what a resource server can deny by. An opaque token's jti is its value. */
  jti: string | null
  kind: 'access' | 'refresh'
  format: 'opaque' | 'jwt'
  client: string
  subject: string
  grant: string | null
  session: string | null
  audience: string | null
  scope: string | null
  issuedAtMs: number
  expiresAtMs: number | null
  /** Refresh token it was made from. */
  parent: string | null
  revokedAtMs: number | null
}

export type FeedEvent = {
  id: string
  type:
    | 'session.created'
    | 'session.ended'
    | 'grant.created'
    | 'grant.revoked'
    | 'token.issued'
    | 'token.used'
    | 'token.revoked'
    | 'client.disabled'
    | 'client.enabled'
  atMs: number
  client?: string
  subject?: string
  session?: string
  grant?: string
  /** Space-separated scopes by audience. */
  resources?: Record<string, string>
  token?: TokenRow
  /** Resource server that asked for the token's state. */
  by?: string
  ip?: string
}

export const tokensMax = 20_000
export const eventsMax = 20_000

export const tokenRef = (jti: string): string => hashId('tok', jti)
export const sha256Text = (value: string): string => `sha256:${createHash('sha256').update(value).digest('hex')}`

/** Tokens given out and a bounded feed with a cursor of the form `<boot>.<sequence>`. */
export function createRegister(boot: string, nowMs: () => number) {
  const tokens = new Map<string, TokenRow>()
  const events: FeedEvent[] = []
  let last = 0

  const record = (event: Omit<FeedEvent, 'id' | 'atMs'>): void => {
    events.push({ id: `${boot}.${++last}`, atMs: nowMs(), ...event })
    if (events.length > eventsMax) events.shift()
  }
  return {
    record,
    add(row: TokenRow, ip: string): void {
      tokens.set(row.ref, row)
      if (tokens.size > tokensMax) {
        const [oldest] = tokens.keys()
        if (oldest !== undefined) tokens.delete(oldest)
      }
      record({
        type: 'token.issued',
        client: row.client,
        subject: row.subject,
        ...(row.grant === null ? {} : { grant: row.grant }),
        token: row,
        ip,
      })
    },
    token: (ref: string): TokenRow | undefined => tokens.get(ref),
    bySha256: (sha256: string): TokenRow | undefined => [...tokens.values()].find((row) => row.sha256 === sha256),
    /** Tokens that may still open something: neither revoked nor over. */
    live: (): TokenRow[] =>
      [...tokens.values()].filter((row) => row.revokedAtMs === null && (row.expiresAtMs ?? Infinity) > nowMs()),
    revoked(ref: string): void {
      const row = tokens.get(ref)
      if (row === undefined || row.revokedAtMs !== null) return
      row.revokedAtMs = nowMs()
      record({ type: 'token.revoked', client: row.client, subject: row.subject, token: { ...row } })
    },
    /** `gap`: the cursor is older than what is kept, or of another start: events were lost between. */
    after(cursor: string | null, max: number): { events: FeedEvent[]; cursor: string; gap: boolean } {
      const [cursorBoot, sequence] = (cursor ?? `${boot}.0`).split('.')
      const isOurs = cursorBoot === boot
      const from = isOurs ? Number(sequence) : 0
      const firstKept = last - events.length + 1
      const page = events.slice(Math.max(0, from + 1 - firstKept), Math.max(0, from + 1 - firstKept) + max)
      return {
        events: page,
        cursor: page.at(-1)?.id ?? `${boot}.${Math.max(from, 0)}`,
        gap: !isOurs || from + 1 < firstKept,
      }
    },
  }
}
export type Register = ReturnType<typeof createRegister>
