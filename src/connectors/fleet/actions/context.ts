import { authorityOf, type EntityId } from '#model'
import type { ActionContext } from '#respond/contract'

import { readSelf, type Access } from '../client.ts'
import { FleetError, type FleetConfig } from '../config.ts'
import { nameUser } from '../names.ts'

export { dead, previewStep as preview } from '#respond/contract'

export type Context = ActionContext<FleetConfig>

export const accessOf = ({ config, http, clock, signal }: Context): Access => ({ config, http, clock, signal })

/** Stands before every change. `hit`: what else the change reaches. Whom Cordon's token speaks for is asked, not known. */
export async function guard(context: Context, target: EntityId, hit: readonly EntityId[] = []): Promise<Access> {
  if (authorityOf(target) !== context.authority) throw refused(target, 'belongs to another Fleet server')
  const access = accessOf(context)
  const everything = [target, ...hit]
  for (const entity of everything) {
    if (context.isOwn(entity)) throw refused(target, "is Cordon's own")
    if (context.spared?.includes(entity) === true) throw refused(target, 'is break-glass')
  }
  const { id } = await readSelf(access)
  if (everything.includes(nameUser(context.authority, id)))
    throw refused(target, "is whom Cordon's own token speaks for")
  return access
}

export const refused = (target: EntityId, why: string): FleetError =>
  new FleetError('ERR_FLEET_TARGET', `\`${target}\` ${why}`, { hint: 'nothing was changed' })
