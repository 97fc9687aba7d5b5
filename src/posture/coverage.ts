import { topics, type SourceId, type Topic } from '#model'

import { dayMs, dayOf } from './words.ts'

/**
 * What one stream of one source tells. `isRead`: it came whole at least once. `lacks`: why a part of it never will. `log`: of a
 * stream of events, from when on it is read, and how long its vendor keeps them (null: nobody says).
 */
export type Telling = {
  source: SourceId
  authority: string
  stream: string
  topics: readonly Topic[]
  isRead: boolean
  lacks?: string
  log?: { fromMs: number; keptMs: number | null }
}
export type Coverage = readonly Telling[]

/** Why a check that needs these cannot be said; empty when it can. Plain sentences. */
export const blindFor = (needs: readonly Topic[], coverage: Coverage): string[] =>
  needs.flatMap((topic) => {
    const telling = coverage.filter((one) => one.topics.includes(topic))
    if (telling.some(({ isRead }) => isRead)) return []
    if (telling.length === 0) return [`no source tells ${topics[topic]}`]
    return telling.map(({ source, stream, lacks }) =>
      lacks === undefined
        ? `\`${source}\` (${stream}) would tell ${topics[topic]}, and has not been read yet`
        : `\`${source}\` would tell ${topics[topic]}: ${lacks}`,
    )
  })

/** Logs that are read from too late on to tell all of the last days, though their vendor keeps more, and how it is read. */
export const unreached = (
  needs: readonly Topic[],
  historyDays: number | undefined,
  coverage: Coverage,
  atMs: number,
): string[] =>
  historyDays === undefined
    ? []
    : coverage.flatMap(({ source, stream, topics: told, isRead, log }) => {
        if (!isRead || log === undefined || !needs.some((topic) => told.includes(topic))) return []
        const days = Math.min(historyDays, Math.floor((log.keptMs ?? Infinity) / dayMs))
        if (log.fromMs <= atMs - (days - 1) * dayMs) return []
        return [
          `\`${source}\` (${stream}) is read from ${dayOf(log.fromMs)} on: what was before is not told until \`cordon source backfill ${source} --since ${days}d\` has read it`,
        ]
      })

/** Sources that will tell more of it, once they are read. */
export const awaited = (needs: readonly Topic[], coverage: Coverage): string[] =>
  coverage
    .filter(({ isRead, topics: told }) => !isRead && needs.some((topic) => told.includes(topic)))
    .map(({ source, stream, lacks }) =>
      lacks === undefined ? `\`${source}\` (${stream}) has not been read yet` : `\`${source}\`: ${lacks}`,
    )
