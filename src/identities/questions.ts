import type { Id } from '#kit'
import type { EntityId, IncidentId, SourceId, TenantId } from '#model'
import { command, handler, type Handler, type Reader, type Tx } from '#store'

export type QuestionId = Id<'qst'>
/**
 * How a question ended: somebody answers for it now; whom it was asked said that it is not theirs (`not-mine`), or named
 * somebody (`named`); nobody there bears the address (`absent`); asked twice, they said nothing (`silent`); its task is over
 * (`gone`).
 */
export type QuestionEnd = 'owned' | 'not-mine' | 'named' | 'absent' | 'silent' | 'gone'
/** After these the next likely one is asked. */
export const openEnds: ReadonlySet<QuestionEnd> = new Set(['not-mine', 'named', 'absent', 'silent'])

export type NewQuestion = {
  id: QuestionId
  identity: EntityId
  who: EntityId
  /** Why they may know, in words. */
  why: string
  incident: IncidentId
  /** The output that asks. */
  source: SourceId
  atMs: number
}
/** Times in ms UTC. `round`: 2 once it is asked again. `putAtMs`: of that round; null: not put yet. */
export type QuestionRow = NewQuestion & {
  round: 1 | 2
  intentAtMs: number | null
  putAtMs: number | null
  firstPutAtMs: number | null
  key: string | null
  place: string | null
  endedAtMs: number | null
  end: QuestionEnd | null
  named: EntityId | null
  /** 1: what follows from its end was looked for. */
  followed: 0 | 1
}

type Of = { tenant: TenantId; id: QuestionId }
/** Those that ended so long ago are forgotten; the ledger keeps that they were. */
const keptMs = 400 * 86_400_000

export const questionTable = `
  CREATE TABLE identity_question (tenant TEXT NOT NULL, id TEXT NOT NULL, identity TEXT NOT NULL, who TEXT NOT NULL,
    why TEXT NOT NULL, incident TEXT NOT NULL, source TEXT NOT NULL, at_ms INTEGER NOT NULL, round INTEGER NOT NULL,
    intent_at INTEGER, put_at INTEGER, first_put_at INTEGER, key TEXT, place TEXT, read_at INTEGER NOT NULL,
    ended_at INTEGER, end TEXT, named TEXT, followed INTEGER NOT NULL, PRIMARY KEY (tenant, id)) STRICT;
  CREATE INDEX identity_question_of ON identity_question (tenant, identity, at_ms);`

/** `after`: the question whose end these follow from; nothing is asked where that was done already. */
export const keepQuestions = command<
  { tenant: TenantId; questions: NewQuestion[]; after: QuestionId | null; atMs: number },
  null
>('identity.keep-questions')
export const questionPutting = command<Of & { atMs: number }, null>('identity.question-putting')
export const questionPut = command<Of & { key: string; place: string; atMs: number }, null>('identity.question-put')
/** The same question, to be put once more. */
export const questionAgain = command<Of, null>('identity.question-again')
/** The first end stays. */
export const endQuestion = command<Of & { end: QuestionEnd; named: EntityId | null; atMs: number }, null>(
  'identity.end-question',
)
/** All that is open about one identity. */
export const endQuestionsOf = command<{ tenant: TenantId; identity: EntityId; atMs: number }, null>(
  'identity.end-questions-of',
)
export const questionsRead = command<{ tenant: TenantId; ids: QuestionId[]; atMs: number }, null>(
  'identity.questions-read',
)

const insert = (tx: Tx, tenant: TenantId, { id, identity, who, why, incident, source, atMs }: NewQuestion) =>
  tx.run(
    `INSERT OR IGNORE INTO identity_question VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, 0)`,
    tenant,
    id,
    identity,
    who,
    why,
    incident,
    source,
    atMs,
  )

export const questionHandlers: readonly Handler[] = [
  handler(keepQuestions, (tx, { tenant, questions, after, atMs }) => {
    tx.run('DELETE FROM identity_question WHERE tenant = ? AND ended_at < ?', tenant, atMs - keptMs)
    const follow = 'UPDATE identity_question SET followed = 1 WHERE tenant = ? AND id = ? AND followed = 0'
    if (after !== null && tx.run(follow, tenant, after).changes !== 1) return null
    for (const question of questions) insert(tx, tenant, question)
    return null
  }),
  handler(questionPutting, (tx, { tenant, id, atMs }) => {
    tx.run(
      'UPDATE identity_question SET intent_at = ? WHERE tenant = ? AND id = ? AND put_at IS NULL AND ended_at IS NULL',
      atMs,
      tenant,
      id,
    )
    return null
  }),
  handler(questionPut, (tx, { tenant, id, key, place, atMs }) => {
    tx.run(
      `UPDATE identity_question SET put_at = ?, first_put_at = coalesce(first_put_at, ?), key = coalesce(key, ?),
         place = coalesce(place, ?) WHERE tenant = ? AND id = ? AND put_at IS NULL AND ended_at IS NULL`,
      atMs,
      atMs,
      key,
      place,
      tenant,
      id,
    )
    return null
  }),
  handler(questionAgain, (tx, { tenant, id }) => {
    tx.run(
      `UPDATE identity_question SET round = 2, intent_at = NULL, put_at = NULL
       WHERE tenant = ? AND id = ? AND round = 1 AND put_at IS NOT NULL AND ended_at IS NULL`,
      tenant,
      id,
    )
    return null
  }),
  handler(endQuestion, (tx, { tenant, id, end, named, atMs }) => {
    tx.run(
      'UPDATE identity_question SET ended_at = ?, end = ?, named = ? WHERE tenant = ? AND id = ? AND ended_at IS NULL',
      atMs,
      end,
      named,
      tenant,
      id,
    )
    return null
  }),
  handler(endQuestionsOf, (tx, { tenant, identity, atMs }) => {
    tx.run(
      "UPDATE identity_question SET ended_at = ?, end = 'owned' WHERE tenant = ? AND identity = ? AND ended_at IS NULL",
      atMs,
      tenant,
      identity,
    )
    return null
  }),
  handler(questionsRead, (tx, { tenant, ids, atMs }) => {
    for (const id of ids)
      tx.run('UPDATE identity_question SET read_at = ? WHERE tenant = ? AND id = ?', atMs, tenant, id)
    return null
  }),
]

const columns = `id, identity, who, why, incident, source, at_ms AS atMs, round, intent_at AS intentAtMs, put_at AS putAtMs,
  first_put_at AS firstPutAtMs, key, place, ended_at AS endedAtMs, end, named, followed`

/** Looked at longest ago first. */
export const openQuestions = (reader: Reader, tenant: TenantId): QuestionRow[] =>
  reader.all<QuestionRow>(
    `SELECT ${columns} FROM identity_question WHERE tenant = ? AND ended_at IS NULL ORDER BY read_at, at_ms, rowid`,
    tenant,
  )

export const questionAt = (reader: Reader, tenant: TenantId, id: QuestionId): QuestionRow | undefined =>
  reader.get<QuestionRow>(`SELECT ${columns} FROM identity_question WHERE tenant = ? AND id = ?`, tenant, id)

/** Ended without an owner, and nobody looked yet for whom to ask next; oldest first. */
export const questionsToFollow = (reader: Reader, tenant: TenantId, max: number): QuestionRow[] =>
  reader.all<QuestionRow>(
    `SELECT ${columns} FROM identity_question WHERE tenant = ? AND ended_at IS NOT NULL AND followed = 0
       AND end IN (${[...openEnds].map((end) => `'${end}'`).join(', ')}) ORDER BY ended_at, id LIMIT ?`,
    tenant,
    max,
  )

/** All that was asked about one, of one incident. */
export const questionsAbout = (
  reader: Reader,
  tenant: TenantId,
  identity: EntityId,
  incident: IncidentId,
): QuestionRow[] =>
  reader.all<QuestionRow>(
    `SELECT ${columns} FROM identity_question WHERE tenant = ? AND identity = ? AND incident = ? ORDER BY at_ms, rowid`,
    tenant,
    identity,
    incident,
  )

/** Was another question open in the same place when this one was first put? */
export const isAlone = (reader: Reader, tenant: TenantId, { id, place, source, firstPutAtMs }: QuestionRow): boolean =>
  reader.get(
    `SELECT 1 FROM identity_question WHERE tenant = ? AND source = ? AND place = ? AND id <> ? AND first_put_at <= ?
       AND (ended_at IS NULL OR ended_at >= ?) LIMIT 1`,
    tenant,
    source,
    place,
    id,
    firstPutAtMs,
    firstPutAtMs,
  ) === undefined

/** How asking stands, by identity: whom last, since when; `waits`: nobody is left to ask. */
export type Asking = { who: EntityId; source: SourceId; sinceMs: number; state: 'asked' | 'again' | 'waits' }

export function readAsking(reader: Reader, tenant: TenantId): Map<EntityId, Asking> {
  const found = new Map<EntityId, Asking>()
  const rows = reader.all<QuestionRow>(
    `SELECT ${columns} FROM identity_question WHERE tenant = ? ORDER BY at_ms, rowid`,
    tenant,
  )
  for (const { identity, who, source, atMs, round, end, followed } of rows) {
    const isOver = end !== null && !openEnds.has(end)
    if (isOver) found.delete(identity)
    else {
      const state = end === null || followed === 0 ? (round === 1 ? 'asked' : 'again') : 'waits'
      found.set(identity, { who, source, sinceMs: atMs, state })
    }
  }
  return found
}
