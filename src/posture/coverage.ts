import { topics, type SourceId, type Topic } from '#model'

/** What one stream of one source tells. `isRead`: it came whole at least once. `lacks`: why a part of it never will. */
export type Telling = {
  source: SourceId
  authority: string
  stream: string
  topics: readonly Topic[]
  isRead: boolean
  lacks?: string
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

/** Sources that will tell more of it, once they are read. */
export const awaited = (needs: readonly Topic[], coverage: Coverage): string[] =>
  coverage
    .filter(({ isRead, topics: told }) => !isRead && needs.some((topic) => told.includes(topic)))
    .map(({ source, stream, lacks }) =>
      lacks === undefined ? `\`${source}\` (${stream}) has not been read yet` : `\`${source}\`: ${lacks}`,
    )
