import { parseOwnJson } from '#kit'

import type { Stored } from './object.ts'

/**
 * Below one prefix: keys up to `after` are never listed again, and objects written before `sinceMs` were there to be
 * listed when the last look began.
 */
export type Place = { after: string; sinceMs: number }

/**
 * The look under way: keys up to `at` are done. `lead`: those up to here are older than the next look's window, one after
 * the other from the beginning. `asOfMs`: when it began.
 */
export type Run = { prefix: string; at: string; lead: string; asOfMs: number }

/** Committed with the events. `part`: so many records are taken of an object in hand. `held`: objects that may not be read yet. */
export type State = {
  bucket: 1
  places: Record<string, Place>
  run: Run | null
  part: { object: Stored; records: number } | null
  held: Stored[]
  /** Objects of the window that were taken (`Seen`). */
  seen: string
  queue?: QueueState
}

/** With a queue: since when it is read, when all keys were listed last, and whether what nobody can read goes elsewhere. */
export type QueueState = { sinceMs: number; listedMs: number; hasDeadLetters: boolean }

export function readState(cursor: string | null, prefixes: readonly string[]): State {
  // Another text is the cursor of another way for this stream's records to arrive.
  const isOurs = cursor?.startsWith('{"bucket":1,') === true
  const state: State = isOurs
    ? parseOwnJson<State>(cursor)
    : { bucket: 1, places: {}, run: null, part: null, held: [], seen: '' }
  const places = Object.entries(state.places).filter(([prefix]) => prefixes.includes(prefix))
  const run = state.run !== null && prefixes.includes(state.run.prefix) ? state.run : null
  return { ...state, places: Object.fromEntries(places), run }
}
