import type { EntityId, IncidentId, TenantId } from '#model'
import { command, handler, type Reader, type Tx, type WriterModule } from '#store'

import { IdentityError } from './error.ts'
import { questionHandlers, questionTable } from './questions.ts'

/** What a person said of an identity. A word that leaves `owner` or `purpose` null changes nothing of that. */
export type Word = { identity: EntityId; owner: EntityId | null; purpose: string | null; by: string; atMs: number }
/** That somebody was asked for the owner: `who` null where nobody was likely. */
export type Ask = { identity: EntityId; who: EntityId | null; incident: IncidentId; atMs: number }

/** Words kept of one tenant, each identity's newest ones among them. */
export const wordsMax = 200_000
/** Nothing is asked twice within this. */
export const askAgainMs = 30 * 86_400_000
/** What one person is asked within a day. */
export const asksPerDayMax = 10
const dayMs = 86_400_000

/** Gives the number of the word. ERR_IDENTITY_FULL rather than forget one. */
export const sayOwner = command<{ tenant: TenantId; word: Word }, number>('identity.say-owner')
export const keepAsks = command<{ tenant: TenantId; asks: Ask[] }, null>('identity.keep-asks')

export const identitiesWriter: WriterModule = {
  name: 'identities',
  migrations: [
    `CREATE TABLE identity_word (tenant TEXT NOT NULL, number INTEGER NOT NULL, identity TEXT NOT NULL, owner TEXT,
       purpose TEXT, by_user TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (tenant, number)) STRICT;
     CREATE TABLE identity_ask (tenant TEXT NOT NULL, identity TEXT NOT NULL, who TEXT, incident TEXT NOT NULL,
       at_ms INTEGER NOT NULL, PRIMARY KEY (tenant, identity, at_ms)) STRICT;
     CREATE INDEX identity_ask_time ON identity_ask (tenant, at_ms);`,
    questionTable,
  ],
  handlers: [
    ...questionHandlers,
    handler(sayOwner, (tx, { tenant, word: { identity, owner, purpose, by, atMs } }) => {
      const number = numberFor(tx, tenant)
      tx.run(
        'INSERT INTO identity_word VALUES (?, ?, ?, ?, ?, ?, ?)',
        tenant,
        number,
        identity,
        owner,
        purpose,
        by,
        atMs,
      )
      return number
    }),
    handler(keepAsks, (tx, { tenant, asks }) => {
      for (const { identity, who, incident, atMs } of asks)
        tx.run('INSERT OR IGNORE INTO identity_ask VALUES (?, ?, ?, ?, ?)', tenant, identity, who, incident, atMs)
      return null
    }),
  ],
}

function numberFor(tx: Tx, tenant: TenantId): number {
  const last = tx.get<{ n: number }>('SELECT coalesce(max(number), 0) AS n FROM identity_word WHERE tenant = ?', tenant)
  if ((last?.n ?? 0) >= wordsMax)
    throw new IdentityError('ERR_IDENTITY_FULL', `there is room for ${wordsMax} words about owners`, {
      hint: 'state owners at the source, where it can hold them',
    })
  return (last?.n ?? 0) + 1
}

/** By identity: the newest owner and the newest purpose that somebody gave. */
export type Words = ReadonlyMap<EntityId, { owner: Word | null; purpose: Word | null }>

export function readWords(reader: Reader, tenant: TenantId): Words {
  const found = new Map<EntityId, { owner: Word | null; purpose: Word | null }>()
  const rows = reader.all<Word>(
    `SELECT identity, owner, purpose, by_user AS by, at_ms AS atMs FROM identity_word WHERE tenant = ? ORDER BY number`,
    tenant,
  )
  for (const word of rows) {
    const known = found.get(word.identity) ?? { owner: null, purpose: null }
    if (word.owner !== null) known.owner = word
    if (word.purpose !== null) known.purpose = word
    found.set(word.identity, known)
  }
  return found
}

/** Of the last 30 days, newest first. */
export const asksSince = (reader: Reader, tenant: TenantId, atMs: number): Ask[] =>
  reader.all<Ask>(
    `SELECT identity, who, incident, at_ms AS atMs FROM identity_ask WHERE tenant = ? AND at_ms > ?
     ORDER BY at_ms DESC, identity`,
    tenant,
    atMs - askAgainMs,
  )

/** All about one, however long ago. */
export const asksAbout = (reader: Reader, tenant: TenantId, identity: EntityId): Ask[] =>
  reader.all<Ask>(
    'SELECT identity, who, incident, at_ms AS atMs FROM identity_ask WHERE tenant = ? AND identity = ?',
    tenant,
    identity,
  )

/** When somebody was last asked about something new, in ms UTC; the next likely one after a "not mine" is no new round. */
export const lastRoundMs = (reader: Reader, tenant: TenantId): number | null =>
  reader.get<{ atMs: number | null }>(
    `SELECT max(first) AS atMs FROM
       (SELECT min(at_ms) AS first FROM identity_ask WHERE tenant = ? GROUP BY incident)`,
    tenant,
  )?.atMs ?? null

export type Wanted<Of> = { identity: EntityId; likely: readonly { who: EntityId }[]; of: Of }
export type Choice<Of> = {
  asked: { of: Of; identity: EntityId; who: EntityId | null }[]
  waiting: number
  beyond: number
}

/**
 * Whom to ask what now: nothing twice within 30 days, nobody more than `asksPerDayMax` times within a day, the likeliest
 * first and then the next. Pure.
 */
export function choose<Of>(wanted: readonly Wanted<Of>[], asks: readonly Ask[], atMs: number, max: number): Choice<Of> {
  const recent = new Set(asks.filter((ask) => ask.atMs > atMs - askAgainMs).map(({ identity }) => identity))
  const load = new Map<EntityId, number>()
  for (const ask of asks)
    if (ask.who !== null && ask.atMs > atMs - dayMs) load.set(ask.who, (load.get(ask.who) ?? 0) + 1)
  const choice: Choice<Of> = { asked: [], waiting: 0, beyond: 0 }
  for (const { identity, likely, of } of wanted) {
    if (recent.has(identity)) {
      choice.waiting++
      continue
    }
    const one = likely.find(({ who }) => (load.get(who) ?? 0) < asksPerDayMax)
    // Everybody who could know was asked enough today: another day. Where nobody could know, it is a task for whoever leads.
    if (choice.asked.length >= max || (one === undefined && likely.length > 0)) {
      choice.beyond++
      continue
    }
    if (one !== undefined) load.set(one.who, (load.get(one.who) ?? 0) + 1)
    choice.asked.push({ of, identity, who: one?.who ?? null })
  }
  return choice
}
