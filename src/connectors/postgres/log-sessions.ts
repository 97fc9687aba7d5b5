import { z } from 'zod'

import { sha256, toHex } from '#kit'

/**
 * What earlier lines of a session say about later ones: the relations of its open SQL cursors, and a read that has
 * begun and is not yet accounted for. Kept beside the log position, so that a restart forgets nothing; bounded, the
 * session that was quiet longest goes first.
 */
export const sessionsMax = 512
export const cursorsPerSessionMax = 32

const relations = z.array(z.number())
export const keptSessions = z.array(
  z.object({
    session: z.string(),
    cursors: z.array(z.tuple([z.string(), relations])),
    begun: z.object({ text: z.string(), relations }).nullable(),
  }),
)
type Kept = z.output<typeof keptSessions>
type State = { cursors: Map<string, number[]>; begun: Kept[number]['begun'] }

/** Clients choose cursor names and statements: only their hashes are kept. */
const hashOf = (text: string): string => toHex(sha256(text)).slice(0, 12)

export class LogSessions {
  readonly #sessions: Map<string, State>

  constructor(kept: Kept = []) {
    this.#sessions = new Map(kept.map(({ session, cursors, begun }) => [session, { cursors: new Map(cursors), begun }]))
  }

  toKept(): Kept {
    return [...this.#sessions].map(([session, { cursors, begun }]) => ({ session, cursors: [...cursors], begun }))
  }

  declare(session: string, cursor: string, relations: number[]): void {
    const { cursors } = this.#use(session)
    const key = hashOf(cursor)
    cursors.delete(key)
    cursors.set(key, relations)
    for (const oldest of cursors.keys()) {
      if (cursors.size <= cursorsPerSessionMax) break
      cursors.delete(oldest)
    }
  }

  cursor(session: string, cursor: string): number[] | undefined {
    return this.#sessions.get(session)?.cursors.get(hashOf(cursor))
  }

  hasCursors(session: string): boolean {
    return (this.#sessions.get(session)?.cursors.size ?? 0) > 0
  }

  /** A statement that reads has started; its audit line comes when it ends, if it ends well. */
  begin(session: string, text: string, relations: number[]): void {
    this.#use(session).begun = { text: hashOf(text), relations }
  }

  /** The audit line of the statement has come: what it read is accounted for. */
  account(session: string, text: string | null): void {
    const state = this.#sessions.get(session)
    if (state?.begun != null && (text === null || state.begun.text === hashOf(text))) state.begun = null
  }

  /** Relations of a read that began and never got its audit line; once. */
  unaccounted(session: string): number[] | undefined {
    const state = this.#sessions.get(session)
    const relations = state?.begun?.relations
    if (state !== undefined) state.begun = null
    return relations
  }

  end(session: string): void {
    this.#sessions.delete(session)
  }

  #use(session: string): State {
    const state = this.#sessions.get(session) ?? { cursors: new Map<string, number[]>(), begun: null }
    this.#sessions.delete(session)
    this.#sessions.set(session, state)
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= sessionsMax) break
      this.#sessions.delete(oldest)
    }
    return state
  }
}
