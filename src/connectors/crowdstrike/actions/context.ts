import { authorityOf, type EntityId } from '#model'
import type { ActionContext } from '#respond/contract'

import type { Access } from '../client.ts'
import { CrowdstrikeError, ownClients, type CrowdstrikeConfig } from '../config.ts'

export { dead, previewStep as preview } from '#respond/contract'

export type Context = ActionContext<CrowdstrikeConfig>

export const accessOf = ({ config, http, clock, signal }: Context): Access => ({ config, http, clock, signal })

/** Stands before every change. `hit`: what else the change reaches. */
export function guard(context: Context, target: EntityId, hit: readonly EntityId[] = []): Access {
  const { config, authority } = context
  if (config.containClientId === undefined) {
    throw new CrowdstrikeError('ERR_CROWDSTRIKE_NEEDS', 'this source has no API client that acts', {
      hint: 'set `containClientId` and give its secret',
    })
  }
  if (authorityOf(target) !== authority || authority !== config.cid)
    throw refused(target, 'belongs to another customer')
  const own = ownClients(config, authority)
  for (const entity of [target, ...hit]) {
    if (context.isOwn(entity) || own.includes(entity)) throw refused(target, "is Cordon's own")
    if (context.spared?.includes(entity) === true) throw refused(target, 'is break-glass')
  }
  return accessOf(context)
}

export const refused = (target: EntityId, why: string): CrowdstrikeError =>
  new CrowdstrikeError('ERR_CROWDSTRIKE_TARGET', `\`${target}\` ${why}`, { hint: 'nothing was changed' })
