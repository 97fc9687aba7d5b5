import { authorityOf, type EntityId } from '#model'
import type { ActionContext, ContainAction, Probed, ReadBack } from '#respond/contract'

import { withNarrowed, type Access, type Narrowed, type Narrowing } from '../api.ts'
import { GithubError, type GithubConfig } from '../config.ts'
import { targetAs, type Noun, type Target } from '../names.ts'

export type Context = ActionContext<GithubConfig>
export type Action = ContainAction<GithubConfig>

/** GitHub answers for itself at once; lists of large organisations lag behind by seconds. */
export const probeEveryMs = 1_000
export const probeWithinMs = 60_000

export const accessOf = ({ config, http, signal }: Context): Access => ({ config, http, signal })

export function requireTarget<N extends Noun>(noun: N, entity: EntityId): Extract<Target, { noun: N }> {
  const target = targetAs(noun, entity)
  if (target === undefined) throw new GithubError('ERR_GITHUB_TARGET', `\`${entity}\` is no ${noun}`)
  return target
}

/** INVARIANT 4: looked at again right before the act, whatever the plan knew. `others`: whom it hits besides. */
export function refuseOwn(context: Context, target: EntityId, ...others: readonly EntityId[]): void {
  // GitHub's numbers are of all its organisations together: the name alone tells whose it is.
  if (authorityOf(target) !== context.authority) {
    throw new GithubError('ERR_GITHUB_TARGET', `\`${target}\` is of another organisation`, {
      hint: 'nothing was changed',
    })
  }
  for (const entity of [target, ...others]) {
    if (context.isOwn(entity)) {
      throw new GithubError('ERR_GITHUB_TARGET', `\`${entity}\` is what Cordon itself uses`, {
        hint: 'to cut Cordon off, remove the source and uninstall its apps',
      })
    }
    if (context.spared?.includes(entity) === true) {
      throw new GithubError('ERR_GITHUB_TARGET', `\`${entity}\` is break-glass`)
    }
  }
}

/** A token for this step alone: what it needs, where it needs it. */
export const narrowed = <T>(
  context: Context,
  narrowing: Narrowing,
  work: (narrowed: Narrowed, access: Access) => Promise<T>,
): Promise<T> => withNarrowed(accessOf(context), narrowing, (token) => work(token, accessOf(context)))

/** For what is dead when GitHub has it no longer, or has it switched off. */
export function byAbsence(
  isThere: (context: Context, target: EntityId) => Promise<boolean>,
  says: { there: string; gone: string },
): {
  readBack: (context: Context, target: EntityId) => Promise<ReadBack>
  probe: Action['probe']
} {
  return {
    readBack: async (context, target) => ((await isThere(context, target)) ? 'absent' : 'landed'),
    probe: {
      everyMs: probeEveryMs,
      withinMs: probeWithinMs,
      async run(context, target): Promise<Probed> {
        if (await isThere(context, target)) return { verdict: 'alive', says: says.there }
        return { verdict: 'dead', proof: { kind: 'read-back', says: says.gone, where: [context.authority] } }
      },
    },
  }
}

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
export const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

/** What undo must know and does not: a person puts it back. */
export const undoUnknown = (target: EntityId, what: string): GithubError =>
  new GithubError('ERR_GITHUB_KEPT', `what \`${target}\` was before is not known`, { hint: what })
