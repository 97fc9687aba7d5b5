import type { SourceId } from '#model'
import {
  questionsStream,
  readQuestionsMax,
  type AnswerRead,
  type Asker,
  type Connector,
  type OpenQuestion,
  type Page,
  type PullContext,
  type PutQuestion,
  type Question,
} from '#sources/contract'

import type { OpenSource, PullJob } from '../runner/job.ts'
import { makeOnce } from './once.ts'
import { progressPage, workJob } from './work-job.ts'

/** `intentAtMs`: it was about to be put then, and nobody heard whether it was. */
export type QuestionToPut = { id: string; question: Question; intentAtMs: number | null }
export type AskingWork = {
  put: QuestionToPut[]
  /** Put and not answered, the ones looked at longest ago first. */
  read: ({ id: string } & OpenQuestion)[]
}

/** The side that keeps what is asked of whom. All of it is durable before it resolves. */
export type AskingDesk = {
  work(source: SourceId): Promise<AskingWork>
  /** Noted before a question is put. */
  putting(source: SourceId, id: string): Promise<void>
  /** Null: nobody there bears the address. */
  put(source: SourceId, id: string, put: PutQuestion | null): Promise<void>
  /** Of those that were looked at: what was answered. */
  answered(source: SourceId, looked: readonly { id: string; read: AnswerRead | null }[]): Promise<void>
}

/** One job of a source that asks people: it puts questions, one after the other, and reads what was answered. */
export function askerJobs<Config>(connector: Connector<Config>, source: OpenSource & { desk: AskingDesk }): PullJob[] {
  const { asker } = connector
  if (asker === undefined) return []
  const work = (context: PullContext<Config>, id: SourceId) => ask({ asker, context, desk: source.desk, source: id })
  return [workJob(connector, source, { stream: questionsStream, everyMs: asker.everyMs, work })]
}

type Way<Config> = { asker: Asker<Config>; context: PullContext<Config>; desk: AskingDesk; source: SourceId }

async function* ask<Config>(way: Way<Config>): AsyncGenerator<Page> {
  const { asker, context, desk, source } = way
  const { put, read } = await desk.work(source)
  // What was answered first: whoever answers for it is not asked again.
  for (let at = 0; at < read.length; at += readQuestionsMax) {
    const part = read.slice(at, at + readQuestionsMax)
    const answers = new Map((await asker.read(context, part)).map((one) => [one.key, one]))
    await desk.answered(
      source,
      part.map(({ id, key }) => ({ id, read: answers.get(key) ?? null })),
    )
    yield progressPage(`${read.length} open`)
  }
  for (const one of put) {
    const found = await putOnce(way, one)
    if (found !== undefined) await desk.put(source, one.id, found)
    yield progressPage(`${put.length} to put`)
  }
}

/** Undefined: too early to say. */
const putOnce = <Config>(
  { asker, context, desk, source }: Way<Config>,
  { id, question, intentAtMs }: QuestionToPut,
): Promise<PutQuestion | null | undefined> =>
  makeOnce(context, {
    intentAtMs,
    settleMs: asker.settleMs,
    find: (sinceMs) => asker.find(context, question, sinceMs),
    note: () => desk.putting(source, id),
    make: () => asker.put(context, question),
  })
