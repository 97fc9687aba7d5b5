import type { Clock } from '#kit'

/** Pages of one answer are of one moment: whoever asks for the next within this time, sees on from there. */
const answerKeptMs = 60_000
/** Answers kept for their next pages; the oldest goes first. */
const answersMax = 8

/** The rows after one of them; none where it is not among them. */
export function pageOf<Row>(
  rows: readonly Row[],
  idOf: (row: Row) => string,
  after: string | undefined,
  max: number,
): Row[] {
  const from = after === undefined ? 0 : rows.findIndex((row) => idOf(row) === after) + 1
  return from === 0 && after !== undefined ? [] : rows.slice(from, from + max)
}

/** Answers by what was asked. `isFirst`: the question is asked anew. */
export function keepFor<Answer>(clock: Clock) {
  const kept = new Map<string, { atMs: number; answer: Promise<Answer> }>()
  return (key: string, isFirst: boolean, ask: () => Promise<Answer>): Promise<Answer> => {
    const known = kept.get(key)
    if (known !== undefined && !isFirst && clock.nowMs() - known.atMs < answerKeptMs) return known.answer
    const answer = ask()
    kept.delete(key)
    kept.set(key, { atMs: clock.nowMs(), answer })
    answer.catch(() => kept.delete(key))
    for (const oldest of kept.keys()) {
      if (kept.size <= answersMax) break
      kept.delete(oldest)
    }
    return answer
  }
}
