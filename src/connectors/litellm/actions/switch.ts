import type { EntityId } from '#model'
import type { ContainAction } from '#respond/contract'

import { post, type Access } from '../client.ts'
import type { LitellmConfig } from '../config.ts'
import { accessOf, guard, settle } from './context.ts'

/** What LiteLLM blocks and opens again, as a whole, by its id. */
type Switched = {
  noun: string
  idOf(target: EntityId): string
  /** Undefined: LiteLLM knows no such thing. */
  read(access: Access, id: string): Promise<{ isBlocked: boolean } | undefined>
  block: { path: string; what: string; says: string }
  unblock: { path: string; what: string }
  /** The field of both requests that holds the id. */
  field: string
  hint: string
}

/** Undo takes back this step alone: what was blocked before stays so. */
export const switchOff = (thing: Switched): Pick<ContainAction<LitellmConfig>, 'apply' | 'readBack' | 'undo'> => ({
  async apply(context, target) {
    const { noun, read, block, field, hint } = thing
    const id = thing.idOf(target)
    const access = await guard(context, target)
    const found = await read(access, id)
    if (found === undefined) return { says: `LiteLLM knows no such ${noun}` }
    if (found.isBlocked) return { says: `the ${noun} was ${block.says} already` }
    settle(await post(access, block.path, { [field]: id }), block.what, hint)
    return { says: block.says, undoState: { wasBlocked: false } }
  },
  async readBack(context, target) {
    const found = await thing.read(accessOf(context), thing.idOf(target))
    return found === undefined || found.isBlocked ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    if (undoState?.['wasBlocked'] !== false) return
    const { unblock, field, hint } = thing
    const access = await guard(context, target)
    settle(await post(access, unblock.path, { [field]: thing.idOf(target) }), unblock.what, hint)
  },
})
