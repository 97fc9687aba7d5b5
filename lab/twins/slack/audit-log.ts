import { sha256, toHex, utf8, type Json, type JsonObject } from 'cordon/kit'

import { noPast, readPlace, withPast, type Past, type PastRow } from '../kit/past.ts'
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

export const partyIn = ({ org }: State, user: User | undefined): JsonObject => ({
  id: user?.id ?? 'USLACKUSER',
  name: user?.name ?? 'slackbot',
  email: user?.email ?? '',
  team: org,
})

/** An entry as Slack shows it; `id` is never given twice. */
export function entryOf(
  state: State,
  action: string,
  { by, entity, details }: { by: By; entity: JsonObject; details: JsonObject },
  { atMs, id }: { atMs: number; id: string },
): JsonObject {
  const app = by.app === null ? undefined : state.apps.get(by.app)
  return {
    id: toHex(sha256(utf8(id))).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5'),
    date_create: Math.floor(atMs / 1000),
    action,
    actor: { type: 'user', user: partyIn(state, by.user) },
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
}

/** The log: an entry shows some time behind what it tells of, newest first. */
export function createAuditLog(state: State, clock: { nowMs(): number }, delayMs: () => number) {
  const rows: Stored[] = []
  let past: Past<JsonObject> = noPast
  let made = 0
  const partyOf = (user: User | undefined): JsonObject => partyIn(state, user)

  function record(action: string, by: By, entity: JsonObject, details: JsonObject = {}): void {
    const atMs = clock.nowMs()
    const entry = entryOf(state, action, { by, entity, details }, { atMs, id: `entry ${made}` })
    rows.push({ entry, visibleMs: atMs + delayMs(), at: made++ })
  }

  /** Undefined: a cursor that belongs to no query. `entity` is the id of what was acted on. */
  function page(query: URLSearchParams): JsonObject | undefined {
    const oldestS = Number(query.get('oldest') ?? '0')
    const latestS = Number(query.get('latest') ?? Number.MAX_SAFE_INTEGER)
    const [action, actor, entity] = ['action', 'actor', 'entity'].map((name) => query.get(name))
    const isWanted = (entry: JsonObject): boolean =>
      (action === null || action === entry['action']) &&
      (actor === null || idIn(entry['actor'], 'user') === actor) &&
      (entity === null || idIn(entry['entity'], typeIn(entry['entity'])) === entity)
    const found = rows
      .filter(({ entry, visibleMs }) => {
        const at = Number(entry['date_create'])
        return visibleMs <= clock.nowMs() && at >= oldestS && at <= latestS && isWanted(entry)
      })
      .sort((a, b) => Number(b.entry['date_create']) - Number(a.entry['date_create']) || b.at - a.at)
    const given = query.get('cursor')
    const cursor = given === null ? null : Buffer.from(given, 'base64').toString()
    const isKnown =
      cursor === null || readPlace(cursor) !== undefined || found.some(({ at }) => cursorOf(at) === cursor)
    if (!isKnown) return undefined
    const max = Number(query.get('limit') ?? '1000')
    const toMs = Math.min(latestS * 1000 + 999, clock.nowMs())
    const ask = { order: 'desc', cursor, fromMs: oldestS * 1000, toMs, max, keep: isWanted } as const
    const { rows: entries, next } = withPast(past, ask, (after, limit) => {
      const from = after === null ? 0 : found.findIndex(({ at }) => cursorOf(at) === after) + 1
      const shown = found.slice(from, from + limit)
      const last = shown.at(-1)
      const isMore = last !== undefined && from + limit < found.length
      return { rows: shown.map(({ entry }) => entry), next: isMore ? cursorOf(last.at) : null }
    })
    return { entries, response_metadata: { next_cursor: next === null ? '' : Buffer.from(next).toString('base64') } }
  }

  return {
    record,
    page,
    partyOf,
    /** What came before all that is recorded; the entries recorded so far go over to whoever makes it. */
    setPast(make: (recorded: readonly PastRow<JsonObject>[]) => Past<JsonObject>): Past<JsonObject> {
      return (past = make(
        rows.splice(0).map(({ entry }) => ({ atMs: Number(entry['date_create']) * 1000, row: entry })),
      ))
    },
  }
}
export type AuditLog = ReturnType<typeof createAuditLog>

const cursorOf = (at: number): string => `entry:${at}`
const partOf = (held: Json | undefined, key: string): Json | undefined =>
  typeof held === 'object' && held !== null && !Array.isArray(held) ? held[key] : undefined
const idIn = (held: Json | undefined, key: string): Json | undefined => partOf(partOf(held, key), 'id')
function typeIn(entity: Json | undefined): string {
  const type = partOf(entity, 'type')
  return typeof type === 'string' ? type : ''
}
