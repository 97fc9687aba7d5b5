import { sha256, toHex, utf8, type Json, type JsonObject } from 'cordon/kit'

import type { State, User } from './state.ts'

/** Who did it and in what, as the log shows it. */
export type By = {
  user: User | undefined
  session: number | null
  app: string | null
  ip: string
  agent: string
  team: string
}
type Stored = { entry: JsonObject; visibleMs: number; at: number }

/** The log: an entry shows some time behind what it tells of, newest first. */
export function createAuditLog(state: State, clock: { nowMs(): number }, delayMs: () => number) {
  const rows: Stored[] = []
  const partyOf = (user: User | undefined): JsonObject => ({
    id: user?.id ?? 'USLACKUSER',
    name: user?.name ?? 'slackbot',
    email: user?.email ?? '',
    team: state.org,
  })

  function record(action: string, by: By, entity: JsonObject, details: JsonObject = {}): void {
    const app = by.app === null ? undefined : state.apps.get(by.app)
    const id = toHex(sha256(utf8(`entry ${rows.length}`)))
    const entry: JsonObject = {
      id: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5'),
      date_create: Math.floor(clock.nowMs() / 1000),
      action,
      actor: { type: 'user', user: partyOf(by.user) },
      entity,
      context: {
        ...(by.session === null ? {} : { session_id: by.session }),
        location: { type: 'workspace', id: by.team, name: state.teams.get(by.team)?.name ?? by.team, domain: 'work' },
        ua: by.agent,
        ip_address: by.ip,
        ...(app === undefined ? {} : { app: { id: app.id, name: app.name, scopes: app.userScopes } }),
      },
      details,
    }
    rows.push({ entry, visibleMs: clock.nowMs() + delayMs(), at: rows.length })
  }

  /** Undefined: a cursor that belongs to no query. `entity` is the id of what was acted on. */
  function page(query: URLSearchParams): JsonObject | undefined {
    const oldestS = Number(query.get('oldest') ?? '0')
    const latestS = Number(query.get('latest') ?? Number.MAX_SAFE_INTEGER)
    const [action, actor, entity] = ['action', 'actor', 'entity'].map((name) => query.get(name))
    const found = rows
      .filter(({ entry, visibleMs }) => {
        const at = Number(entry['date_create'])
        return (
          visibleMs <= clock.nowMs() &&
          at >= oldestS &&
          at <= latestS &&
          (action === null || action === entry['action']) &&
          (actor === null || idIn(entry['actor'], 'user') === actor) &&
          (entity === null || idIn(entry['entity'], typeIn(entry['entity'])) === entity)
        )
      })
      .sort((a, b) => Number(b.entry['date_create']) - Number(a.entry['date_create']) || b.at - a.at)
    const cursor = query.get('cursor')
    const from = cursor === null ? 0 : found.findIndex(({ at }) => cursorOf(at) === cursor) + 1
    if (cursor !== null && from === 0) return undefined
    const limit = Number(query.get('limit') ?? '1000')
    const shown = found.slice(from, from + limit)
    const last = shown.at(-1)
    const isMore = last !== undefined && from + limit < found.length
    return {
      entries: shown.map(({ entry }) => entry),
      response_metadata: { next_cursor: isMore ? cursorOf(last.at) : '' },
    }
  }

  return { record, page, partyOf }
}
export type AuditLog = ReturnType<typeof createAuditLog>

const cursorOf = (at: number): string => Buffer.from(`entry:${at}`).toString('base64')
const partOf = (held: Json | undefined, key: string): Json | undefined =>
  typeof held === 'object' && held !== null && !Array.isArray(held) ? held[key] : undefined
const idIn = (held: Json | undefined, key: string): Json | undefined => partOf(partOf(held, key), 'id')
function typeIn(entity: Json | undefined): string {
  const type = partOf(entity, 'type')
  return typeof type === 'string' ? type : ''
}
