import { authorityOf } from '#model'
import { defineAction, isWhole } from '#respond/contract'

import { scopesToAct } from '../auth.ts'
import { call } from '../client.ts'
import type { HuggingfaceConfig } from '../config.ts'
import { repoPath } from '../directory.ts'
import { nameRepo, partsOf } from '../names.ts'
import { dead, guard, previewStep, probeEveryMs, probeWithinMs, settle, type Context } from './context.ts'
import { findRepo, type Repo } from './repo.ts'

const scopes = scopesToAct.repos
const hint = 'make it private by hand: the repository > Settings > Change visibility'

async function setPrivate(context: Context, { list, id }: Repo, isPrivate: boolean): Promise<'done' | 'gone'> {
  const path = `/api/${list}/${repoPath(id)}/settings`
  const body = { visibility: isPrivate ? 'private' : 'public' }
  return settle(await call(context, 'PUT', path, { body }), 'another visibility', hint)
}

/**
 * Of a repository that holds a revision which the attacker wrote: from then on only members read it, until a person has looked
 * at the revision. What was read by then nobody takes back.
 */
export const repoHide = defineAction<HuggingfaceConfig>({
  verb: 'huggingface.repo.hide',
  phase: 'deny',
  title: 'Make a repository private',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity, role }) {
    if (!isWhole(role)) return undefined
    const [repo] = partsOf('revision', entity) ?? []
    if (repo !== undefined) return nameRepo(authorityOf(entity), repo)
    return partsOf('repo', entity) === undefined ? undefined : entity
  },
  preview: (_, { name }) =>
    previewStep(
      scopes,
      [
        `whoever is no member reads ${typeof name === 'string' ? `\`${name}\`` : 'the repository'} no more; a Space that is private is opened by members alone`,
        'members go on reading it, and the revision stays: a person looks at it and takes it back with git',
        'copies, duplicates and what was downloaded stay where they are: the Hub tells nobody who read it',
        'undo makes it public again, if it was',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    await guard(context, target)
    const repo = await findRepo(context, target)
    if (repo === undefined) return { says: 'there is no such repository any more' }
    if (repo.private === true) return { says: 'it was private already' }
    const outcome = await setPrivate(context, repo, true)
    return outcome === 'gone'
      ? { says: 'there is no such repository any more' }
      : { says: 'made private', undoState: { wasPublic: true } }
  },
  async readBack(context, target) {
    const repo = await findRepo(context, target)
    return repo === undefined || repo.private === true ? 'landed' : 'absent'
  },
  /** What was private before stays so: undo takes back this step, not another's. */
  async undo(context, target, undoState) {
    if (undoState?.['wasPublic'] !== true) return
    await guard(context, target)
    const repo = await findRepo(context, target)
    if (repo?.private === true) await setPrivate(context, repo, false)
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const repo = await findRepo(context, target)
      if (repo === undefined) return dead(context, 'the Hub lists no such repository any more')
      if (repo.private === true) return dead(context, 'the Hub lists the repository as private')
      return { verdict: 'alive', says: 'the Hub lists the repository as public' }
    },
  },
})
