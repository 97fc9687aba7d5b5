import type { Json, JsonObject } from '#kit'
import type { FeedStream, PullContext, SnapshotStream } from '#sources/contract'

import { events, list, listKinds, type ListKind } from './admin.ts'
import type { Access } from './client.ts'
import type { OidcConfig } from './config.ts'
import { logSigma } from './sigma.ts'

export const inventoryEveryMs = 15_000
export const feedEveryMs = 1000

const accessOf = ({ config, see, http, signal }: PullContext<OidcConfig>): Access => ({
  config,
  secrets: see,
  http,
  signal,
})

const isListKind = (kind: string): kind is ListKind => listKinds.some((one) => one === kind)
/** Standards give no way to list what an issuer gave out. */
const isOn = ({ adminUrl }: OidcConfig): boolean => adminUrl !== undefined

export const inventory: SnapshotStream<OidcConfig> = {
  name: 'inventory',
  kind: 'snapshot',
  delayMs: { typical: inventoryEveryMs / 2, worst: inventoryEveryMs * 2 },
  everyMs: inventoryEveryMs,
  covers: ['identities', 'grants', 'sessions'],
  scopes: ['read'],
  requestsPerRun: listKinds.length,
  isOn,
  lists: () => listKinds,
  async page(context, kind, next) {
    if (!isListKind(kind)) return { rows: [], next: null }
    const answer = await list(accessOf(context), kind, next)
    return { rows: answer.rows.map((row) => marked(context.config, kind, row)), next: answer.next }
  },
}

/** The issuer counts its events in the order it wrote them, and says itself when it has dropped some. */
export const log: FeedStream<OidcConfig> = {
  name: 'log',
  kind: 'feed',
  sigma: logSigma,
  resumes: 'cursor',
  overlapMs: 60_000,
  delayMs: { typical: feedEveryMs / 2, worst: feedEveryMs * 5 },
  everyMs: feedEveryMs,
  covers: ['logins'],
  tells: ['sign-ins'],
  scopes: ['read'],
  requestsPerRun: 1,
  isOn,
  async page(context, { cursor }) {
    const page = await events(accessOf(context), cursor)
    return {
      events: page.events.map((event) => ({
        native: event.id,
        eventAtMs: event.atMs,
        raw: markedEvent(context.config, event),
      })),
      next: page.cursor,
      isEnd: page.events.length === 0,
      gap: page.gap && cursor !== null,
    }
  },
}

/** What only the configuration knows, put into the record: `normalize` sees records alone. */
function marked(config: OidcConfig, kind: ListKind, row: JsonObject): Json {
  if (kind === 'clients') return { ...row, isOwn: row['id'] === config.clientId }
  return kind === 'tokens' ? markedToken(config, row) : row
}

const markedToken = (config: OidcConfig, row: JsonObject): JsonObject => ({
  ...row,
  isDeniable: isDeniable(config, row['audience'], row['format']),
})

function isDeniable(config: OidcConfig, audience: unknown, format: unknown): boolean {
  const list = config.resourceDenylist
  return list !== undefined && format === 'jwt' && (list.audience === undefined || list.audience === audience)
}

function markedEvent(config: OidcConfig, event: JsonObject): Json {
  const { token, ...rest } = event
  return typeof token === 'object' && token !== null && !Array.isArray(token)
    ? { ...rest, token: markedToken(config, token) }
    : event
}
