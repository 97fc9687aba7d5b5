import type { EntityId } from '#model'
import type { ActionContext, Applied, ContainAction } from '#respond/contract'

/** One action as hands take it: what undo needs is read first; what `apply` tells, where it tells any, replaces it. */
export async function applied<Config>(
  action: ContainAction<Config>,
  context: ActionContext<Config>,
  target: EntityId,
): Promise<Applied> {
  const undoState = await action.remember?.(context, target, undefined)
  const first = await action.apply(context, target)
  return { ...(undoState === undefined ? {} : { undoState }), ...first }
}
