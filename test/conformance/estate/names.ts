import { entityId, type EntityId } from '#model'

import type { Credential, Weakness } from '../../../lab/estate/truth.ts'
import type { Vendor } from '../../../lab/estate/company/model.ts'

/** What Cordon calls the things of the ground truth, which knows the vendors' own ids alone. */
export type Authorities = ReadonlyMap<string, string>

const at = (authorities: Authorities, vendor: string): string => authorities.get(vendor) ?? ''

/** A person as a vendor knows them. */
export const identityOf = (authorities: Authorities, vendor: Vendor, native: string): EntityId =>
  entityId('identity', at(authorities, vendor), vendor === 'github' ? `user/${native}` : native)

/** Names a credential may go by; the first that the estate knows is meant. */
export function credentialNames(authorities: Authorities, { vendor, kind, native }: Credential): EntityId[] {
  const authority = at(authorities, vendor)
  const noun: Partial<Record<Credential['kind'], string[]>> = {
    'access-key': [],
    'personal-token': [`token/${native}`, `pat/${native}`],
    'api-token': [`api-token/${native}`],
    'client-secret': [`client-secret/${native}`],
    'refresh-token': [vendor === 'google' ? `grant/${native}` : `refresh-token/${native}`],
    'app-password': [`asp/${native}`],
    'bot-token': [`bot-token/${native}`],
    'user-token': [`user-token/${native}`],
    session: [`session/${native}`],
  }
  if (kind === 'access-key') return [entityId('credential', 'aws', native)]
  return (noun[kind] ?? []).map((one) => entityId('credential', authority, one))
}

/** Names the weak thing may go by; none where an inventory does not show it (a log does, or nobody). */
export function weakNames(authorities: Authorities, { kind, vendor, native }: Weakness): EntityId[] {
  const credentials = (...names: string[]): EntityId[] =>
    names.map((name) => entityId('credential', at(authorities, vendor), name))
  const [, repo = '', print = ''] = /^([^/]+)(?:\/(.+))?$/.exec(native) ?? []
  if (kind === 'leaver-alive' || kind === 'admin-without-strong-factor')
    return [identityOf(authorities, vendor, native)]
  if (kind === 'secret-in-repository') return credentials(`leak/${native}`)
  if (kind === 'fork-readable-secret') return [entityId('resource', at(authorities, vendor), `workflow/${native}`)]
  if (kind === 'link-anyone' || kind === 'domain-wide-delegation') return []
  if (vendor === 'aws') return [entityId('credential', 'aws', native)]
  if (vendor === 'okta') return credentials(kind === 'unused-grant' ? `grant/${native}` : `client-secret/${native}`)
  if (vendor === 'google') return credentials(`grant/${native}`)
  if (kind === 'old-key') return credentials(`deploykey/${repo}/${print.replace('SHA256:', '')}`)
  return credentials(`token/${native}`, `pat/${native}`)
}
