import { z } from 'zod'

import type { EntityId } from '#model'

import { pagesOf } from '../client.ts'
import { repoLists, reposQuery, type RepoList } from '../directory.ts'
import { accessOf, requiredParts, type Context } from './context.ts'

const row = z.object({
  _id: z.string(),
  id: z.string(),
  private: z.boolean().nullish(),
  runtime: z.object({ stage: z.string().nullish() }).nullish(),
})
export type Repo = z.output<typeof row> & { list: RepoList }

/** What a repository is called now. INVARIANT: found by its id: names are given anew. Undefined: there is none any more. */
export async function findRepo(
  context: Context,
  target: EntityId,
  lists: readonly RepoList[] = repoLists,
): Promise<Repo | undefined> {
  const [id] = requiredParts('repo', target)
  const access = accessOf(context)
  for (const list of lists) {
    const query = reposQuery(context.config, list)
    for await (const rows of pagesOf(access, row, `/api/${list}`, query, `the list of ${list}`)) {
      const found = rows.find(({ _id }) => _id === id)
      if (found !== undefined) return { ...found, list }
    }
  }
  return undefined
}
