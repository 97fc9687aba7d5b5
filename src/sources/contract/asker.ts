import type { PullContext } from './stream.ts'

/** A question to one person. It names what it is about: without that nobody could answer it. */
export type Question = {
  /** By it a message is found whose sending was not heard of. */
  marker: string
  /** Of whom it is asked; whoever bears it at the vendor is who may answer. */
  mail: string
  title: string
  /** Plain text, a paragraph each. */
  lines: readonly string[]
  /** Asked once more: the key of the first time. */
  again: string | null
}
/** `key`: where it stands and who may answer. `place`: the conversation, which may hold several. */
export type PutQuestion = { key: string; place: string }
/** `mail`: of whom they name instead. */
export type Answer = { says: 'mine'; purpose: string | null } | { says: 'not-mine' } | { says: 'ask'; mail: string }
/** `isAlone`: no other question stood open in its place when it was put. */
export type OpenQuestion = { key: string; isAlone: boolean }
/** `by`: the vendor's own id of whoever answered. */
export type AnswerRead = { key: string; by: string; answer: Answer }

/** Where people are asked, one by one. Every call may come again after a death. */
export type Asker<Config> = {
  everyMs: number
  /** How long a message may be sent and not yet be found by its marker. */
  settleMs: number
  scopes?: readonly string[]
  find(context: PullContext<Config>, question: Question, sinceMs: number): Promise<PutQuestion | undefined>
  /** Null: nobody there bears the address. */
  put(context: PullContext<Config>, question: Question): Promise<PutQuestion | null>
  /**
   * Answers that stand; what is not answered is left out. At most `readQuestionsMax`. INVARIANT: of the person asked alone,
   * whatever others wrote beside it.
   */
  read(context: PullContext<Config>, open: readonly OpenQuestion[]): Promise<AnswerRead[]>
}
/** Identity function whose only work is inference. */
export const defineAsker = <Config>(asker: Asker<Config>): Asker<Config> => asker

export const readQuestionsMax = 20
export const purposeCharsMax = 200
export const questionsStream = 'out.questions'
