import { CordonError, hashId, isId, parseOwnJson, type Clock } from '#kit'
import type { EntityId, SourceId, TenantId } from '#model'
import {
  asksPerDayMax,
  asksSince,
  endQuestion,
  isAlone,
  keepAsks,
  keepQuestions,
  openQuestions,
  questionAgain,
  questionAt,
  questionPut,
  questionPutting,
  questionsAbout,
  questionsRead,
  questionsToFollow,
  type NewQuestion,
  type QuestionId,
  type QuestionRow,
} from '#identities'
import { readPeople, type People } from '#people'
import { usingView, type EstateView } from '#estate'
import type { IdentityDesk, ReceiptOf } from '#api'
import { tasksMax, type Responder } from '#respond'
import type { AskingDesk, QuestionToPut } from '#sources'
import { purposeCharsMax, type AnswerRead } from '#sources/contract'
import type { Reader, Writer } from '#store'

import type { Askers } from './askers.ts'
import { automationName } from './automation.ts'
import { leftOf, likelyOf, type IdentityLook, type Looked } from './identity-look.ts'
import { mailOf, personOf, whoBears } from './question-people.ts'
import { questionText } from './question-text.ts'

const dayMs = 86_400_000
/** People who are asked about one thing, one after the other; then it waits. */
export const askedPeopleMax = 5
/** Of one turn of a minute. */
const putMax = 10
const readMax = 40
const followMax = 20
const byCharsMax = 64

export type AskingParts = {
  tenant: TenantId
  clock: Clock
  reader: Reader
  writer: Pick<Writer, 'submit'>
  receipt: ReceiptOf
  view(): Promise<EstateView>
  look: IdentityLook
  askers: Pick<Askers, 'isAsker'>
  identities: Pick<IdentityDesk, 'own'>
  responder: Pick<Responder, 'tasks'>
  /** Of JSON text: secrets are never kept, whoever writes them. */
  scrub(json: string): string
}

/**
 * What is asked of people one by one, and what they answer: "mine" is their word, as `identity own` keeps it; anything else
 * leads to the next likely one. INVARIANT: an answer counts for the question it was read of, and in the name of whom that
 * question was put to; never in a name that hands say.
 */
export function createAskingDesk(
  parts: AskingParts,
): AskingDesk & { care(againAfterDays: number | null): Promise<void> } {
  const { tenant, clock, reader, writer, receipt, look } = parts
  let following: Promise<void> | undefined

  const end = (
    row: QuestionRow,
    how: 'not-mine' | 'named' | 'absent' | 'silent' | 'gone',
    named: EntityId | null = null,
  ) => endQuestion({ tenant, id: row.id, end: how, named, atMs: clock.nowMs() })

  /** Of a question that this source asks, and nobody else. */
  function rowOf(source: SourceId, id: string): QuestionRow | undefined {
    const row = isId('qst', id) ? questionAt(reader, tenant, id) : undefined
    return row?.source === source && row.endedAtMs === null ? row : undefined
  }

  /** Is nobody waiting for the answer any more: done, or its incident closed? What a whole list does not have is over. */
  function overNow(): (row: QuestionRow) => boolean {
    const waiting = parts.responder.tasks(tenant, null).filter(({ done }) => done === null)
    const targets = new Map(waiting.map(({ action, target }) => [action, target]))
    const isWhole = waiting.length < tasksMax
    return ({ identity, incident }) => {
      const own = parts.responder.tasks(tenant, incident).filter(({ target }) => target === identity)
      return own.every(({ action, done }) => done !== null || (isWhole && targets.get(action) !== identity))
    }
  }

  const follow = (): Promise<void> => (following ??= followAll().finally(() => (following = undefined)))

  async function followAll(): Promise<void> {
    const rows = questionsToFollow(reader, tenant, followMax)
    if (rows.length === 0) return
    await usingView(parts.view(), async (view) => {
      const looked = await look.look(view)
      const people = await readPeople(view, looked.atMs)
      const isOver = overNow()
      for (const row of rows) await followOne(view, { looked, people, isOver }, row)
    })
  }

  async function followOne(
    view: EstateView,
    { looked, people, isOver }: { looked: Looked; people: People; isOver(row: QuestionRow): boolean },
    row: QuestionRow,
  ): Promise<void> {
    const { atMs } = looked
    const one = looked.all.find(({ identity }) => identity === row.identity)
    const before = questionsAbout(reader, tenant, row.identity, row.incident)
    const asked = new Set(before.map(({ who }) => personOf(people, who)))
    const isEnough = one === undefined || !one.unowned || isOver(row) || asked.size >= askedPeopleMax
    const [next] = isEnough ? [] : await likelyOf(view, [one], atMs)
    const named = row.named === null ? [] : [{ who: row.named, why: 'was named by whom it was asked before' }]
    const left = await leftOf(
      view,
      atMs,
      named.map(({ who }) => who),
    )
    const all = next === undefined ? [] : [...named.filter(({ who }) => !left.has(who)), ...next.likely]
    const likely = all.filter(({ who }) => !asked.has(personOf(people, who)))
    const today = asksSince(reader, tenant, atMs).filter((ask) => ask.atMs > atMs - dayMs)
    const whom = likely.find(({ who }) => today.filter((ask) => ask.who === who).length < asksPerDayMax)
    // Everybody who could know was asked enough today: another day.
    if (whom === undefined && likely.length > 0) return
    const questions = whom === undefined ? [] : [questionTo(row, whom, atMs)]
    await writer.submit(
      keepQuestions({ tenant, questions, after: row.id, atMs }),
      ...(questions.length === 0 ? [] : [keepAsks({ tenant, asks: questions }), askedReceipt(row)]),
    )
  }

  function questionTo(
    { identity, incident, source }: QuestionRow,
    { who, why }: { who: EntityId; why: string },
    atMs: number,
  ): NewQuestion {
    return { id: hashId('qst', tenant, identity, who, String(atMs)), identity, who, why, incident, source, atMs }
  }
  const askedReceipt = ({ incident }: QuestionRow) =>
    receipt('identity.asked', { incident, asked: 1 }, { by: automationName })

  async function toPut(rows: readonly QuestionRow[]): Promise<QuestionToPut[]> {
    if (rows.length === 0) return []
    return usingView(parts.view(), async (view) => {
      const looked = await look.look(view)
      const people = await readPeople(view, looked.atMs)
      const put: QuestionToPut[] = []
      for (const row of rows) {
        const { id, identity, who, why, round, intentAtMs, key } = row
        const known = looked.all.filter((one) => one.identity === identity && one.unowned)
        const [one] = await look.withMeans(view, looked, known)
        const mail = mailOf(people, who)
        const left = await leftOf(view, looked.atMs, [who])
        if (one === undefined) await writer.submit(end(row, 'gone'))
        else if (mail === null || left.has(who)) await writer.submit(end(row, 'absent'))
        else {
          const text = questionText(one, { why, round, atMs: looked.atMs })
          put.push({ id, intentAtMs, question: { marker: `${id}.${round}`, mail, ...text, again: key } })
        }
      }
      return put
    })
  }

  async function take(row: QuestionRow, { by: user, answer }: AnswerRead): Promise<void> {
    const { source, identity, who } = row
    const by = `${source}/${user.slice(0, byCharsMax)}`
    if (answer.says === 'mine') {
      const purpose =
        answer.purpose === null ? null : purposeIn(parseOwnJson<string>(parts.scrub(JSON.stringify(answer.purpose))))
      const body = { identity, owner: who, ...(purpose === null ? {} : { purpose }) }
      try {
        await parts.identities.own(body, by)
      } catch (error) {
        // It is gone, or they left since: nobody answers for it by that.
        if (!(error instanceof CordonError) || !refusals.has(error.code)) throw error
        await writer.submit(end(row, 'absent'))
      }
      return
    }
    const atMs = clock.nowMs()
    const named =
      answer.says === 'ask'
        ? await usingView(parts.view(), async (view) => whoBears(await readPeople(view, atMs), answer.mail))
        : null
    const says = named === null ? 'not-mine' : 'named'
    const sealed = { identity, by, ...(named === null ? {} : { named }) }
    await writer.submit(end(row, says, named), receipt('identity.answered', { says }, sealed))
  }

  return {
    async work(source) {
      await follow()
      const isOver = overNow()
      const open = openQuestions(reader, tenant).filter((row) => row.source === source)
      const over = open.filter(isOver)
      for (const row of over) await writer.submit(end(row, 'gone'))
      const rows = open.filter((row) => !over.includes(row))
      const read = rows.flatMap((row) =>
        row.key === null ? [] : [{ id: row.id, key: row.key, isAlone: isAlone(reader, tenant, row) }],
      )
      const put = await toPut(rows.filter(({ putAtMs }) => putAtMs === null).slice(0, putMax))
      return { put, read: read.slice(0, readMax) }
    },
    async putting(source, id) {
      const row = rowOf(source, id)
      if (row !== undefined) await writer.submit(questionPutting({ tenant, id: row.id, atMs: clock.nowMs() }))
    },
    async put(source, id, put) {
      const row = rowOf(source, id)
      if (row === undefined) return
      await writer.submit(
        put === null ? end(row, 'absent') : questionPut({ tenant, id: row.id, ...put, atMs: clock.nowMs() }),
      )
    },
    async answered(source, looked) {
      const ids: QuestionId[] = []
      for (const { id, read } of looked) {
        const row = rowOf(source, id)
        if (row === undefined) continue
        ids.push(row.id)
        if (read !== null && read.key === row.key) await take(row, read)
      }
      await writer.submit(questionsRead({ tenant, ids, atMs: clock.nowMs() }))
    },
    async care(againAfterDays) {
      const atMs = clock.nowMs()
      for (const row of openQuestions(reader, tenant)) {
        if (!parts.askers.isAsker(row.source)) await writer.submit(end(row, 'gone'))
        else if (againAfterDays !== null && row.putAtMs !== null && row.putAtMs + againAfterDays * dayMs <= atMs) {
          if (row.round === 1) await writer.submit(questionAgain({ tenant, id: row.id }), askedReceipt(row))
          else await writer.submit(end(row, 'silent'))
        }
      }
      await follow()
    },
  }
}

const refusals: ReadonlySet<string> = new Set(['ERR_IDENTITY_OWNER', 'ERR_ACCESS_UNKNOWN', 'ERR_ACCESS_AMBIGUOUS'])

/** As the API bounds it: one line, without what could make it read as another. */
function purposeIn(text: string): string | null {
  const plain = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim()
  const cut = plain.isWellFormed() ? plain.slice(0, purposeCharsMax) : ''
  return cut === '' || !cut.isWellFormed() ? null : cut
}
