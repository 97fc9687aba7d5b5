import type { EntityId } from '#model'
import type { ActionContext } from '#respond/contract'

import type { Access } from '../client.ts'
import { OidcError, type OidcConfig } from '../config.ts'
import { idOf, type Noun } from '../names.ts'

/** An issuer answers for itself at once; a clustered one may lag behind its cache. */
export const probeEveryMs = 250
export const probeWithinMs = 5000

export const accessOf = ({ config, contain, http, signal }: ActionContext<OidcConfig>): Access => ({
  config,
  secrets: contain,
  http,
  signal,
})

export function requiredId(noun: Noun, target: EntityId): string {
  const id = idOf(noun, target)
  if (id === undefined) throw new OidcError('ERR_OIDC_TARGET', `\`${target}\` is no ${noun}`)
  return id
}
