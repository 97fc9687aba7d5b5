import { z } from 'zod'

import { parseOwnJson } from '#kit'
import { freshParts, readOrBlind, type SnapshotStream } from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { call, listPage, read } from './client.ts'
import type { HuggingfaceConfig } from './config.ts'
import { directoryEveryMs, part, repoPath, reposQuery } from './directory.ts'

const named = z.object({ _id: z.string(), id: z.string() })
const secretsOf = z.record(z.string(), z.object({ updatedAt: z.string().nullish().catch(null) }))

/** Spaces that have still to be asked, each by id and name, and the page of Spaces after them. */
type Walk = { queue: [id: string, name: string][]; after: string | null }
const left = ({ queue, after }: Walk): string | null =>
  queue.length === 0 && after === null ? null : JSON.stringify({ queue, after })

/** Names of the secrets of Spaces: whatever runs there reads the values, and the Hub shows them to nobody again. */
export const secrets: SnapshotStream<HuggingfaceConfig> = {
  name: 'secrets',
  kind: 'snapshot',
  delayMs: { typical: directoryEveryMs * 2, worst: directoryEveryMs * 8 },
  everyMs: directoryEveryMs * 4,
  covers: ['grants'],
  scopes: scopesOfStream.secrets,
  requestsPerRun: 1_000,
  isOn: ({ spaceSecrets }) => spaceSecrets,
  lists: () => ['secrets'],
  /** A page of Spaces, then the secrets of each. One that was deleted meanwhile has none. */
  async page(context, _, next) {
    const { queue, after }: Walk = next === null ? { queue: [], after: null } : parseOwnJson<Walk>(next)
    const [first, ...rest] = queue
    if (first === undefined) {
      const query = reposQuery(context.config, 'spaces')
      const listed = await listPage(context, named, '/api/spaces', query, after, 'the list of Spaces')
      return {
        rows: [],
        next: left({ queue: listed.rows.map(({ _id, id }) => [_id, id]), after: listed.next }),
      }
    }
    const [space, name] = first
    const seen = freshParts()
    const what = { of: 'secrets/names', what: `secrets of \`${name}\` are`, thing: space }
    const found = await readOrBlind(seen, what, {}, async () => {
      const response = await call(context, 'GET', `/api/spaces/${repoPath(name)}/secrets`)
      return response.status === 404 ? {} : read(secretsOf, response, 'the secrets of a Space')
    })
    const rows = Object.entries(found).map(([key, { updatedAt }]) => ({ space, key, updatedAt }))
    return { rows: part('secrets', rows), next: left({ queue: rest, after }), ...seen }
  },
}
