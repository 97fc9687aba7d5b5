import type { Json, JsonObject } from '#kit'
import type { Page, PullContext, SnapshotPart, Stream } from '#sources/contract'

import { events, hasAdmin, list, listKinds, type ListKind } from './admin.ts'
import type { Access } from './client.ts'
import type { OidcConfig } from './config.ts'

export const inventoryEveryMs = 15_000
export const feedEveryMs = 1000
/** Pages of one list in one snapshot; beyond it the snapshot stays incomplete, so that nothing closes by mistake. */
export const inventoryPagesMax = 1000

const accessOf = ({ config, see, http, signal }: PullContext<OidcConfig>): Access => ({
  config,
  secrets: see,
  http,
  signal,
})

async function* pullInventory(context: PullContext<OidcConfig>): AsyncGenerator<Page> {
  const access = accessOf(context)
  if (!hasAdmin(access)) return
  const takenAtMs = context.clock.nowMs()
  const id = `inventory-${takenAtMs}`
  let part = 0
  const page = (kind: ListKind | 'end', rows: Json[], complete: boolean): Page => {
    const raw: SnapshotPart = { snapshot: { id, part: part++, complete, takenAtMs }, rows: { kind, rows } }
    return { events: [{ native: `${id}/${raw.snapshot.part}`, eventAtMs: takenAtMs, raw }], cursor: null }
  }
  for (const kind of listKinds) {
    let after: string | null = null
    let pages = 0
    do {
      if (pages++ >= inventoryPagesMax) {
        context.diagnose('warn', 'oidc inventory is longer than its bound', { kind, pages: inventoryPagesMax })
        return
      }
      const answer: { rows: JsonObject[]; next: string | null } = await list(access, kind, after)
      after = answer.next
      yield page(
        kind,
        answer.rows.map((row) => marked(context.config, kind, row)),
        false,
      )
    } while (after !== null)
  }
  yield page('end', [], true)
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

async function* pullLog(context: PullContext<OidcConfig>, cursor: string | null): AsyncGenerator<Page> {
  const access = accessOf(context)
  if (!hasAdmin(access)) return
  let at = cursor
  for (;;) {
    const page = await events(access, at)
    if (page.gap && at !== null) {
      context.diagnose('warn', 'the issuer no longer has the events after our cursor: some were never seen')
    }
    at = page.cursor
    yield {
      events: page.events.map((event) => ({
        native: event.id,
        eventAtMs: event.atMs,
        raw: markedEvent(context.config, event),
      })),
      cursor: at,
    }
    if (page.events.length === 0) return
  }
}

function markedEvent(config: OidcConfig, event: JsonObject): Json {
  const { token, ...rest } = event
  return typeof token === 'object' && token !== null && !Array.isArray(token)
    ? { ...rest, token: markedToken(config, token) }
    : event
}

export const inventory: Stream<OidcConfig> = {
  name: 'inventory',
  kind: 'snapshot',
  delayMs: { typical: inventoryEveryMs / 2, worst: inventoryEveryMs * 2 },
  everyMs: inventoryEveryMs,
  pull: pullInventory,
}

export const log: Stream<OidcConfig> = {
  name: 'log',
  kind: 'feed',
  delayMs: { typical: feedEveryMs / 2, worst: feedEveryMs * 5 },
  everyMs: feedEveryMs,
  pull: pullLog,
}
