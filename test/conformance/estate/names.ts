import { entityId, type EntityId, type EntityKind } from '#model'

import type { Noun } from '../../../lab/estate/planted/kinds.ts'
import type { Credential, Thing } from '../../../lab/estate/truth.ts'
import type { Vendor } from '../../../lab/estate/company/model.ts'

/** What Cordon calls the things of the ground truth, which knows the vendors' own ids alone. */
export type Authorities = ReadonlyMap<string, string>

const at = (authorities: Authorities, vendor: string): string => authorities.get(vendor) ?? ''

/** Vendors whose ids of people Cordon puts behind a noun. */
const withNoun: ReadonlySet<Vendor> = new Set([
  'github',
  'openai',
  'anthropic',
  'huggingface',
  'litellm',
  'crowdstrike',
  'fleet',
  'entra',
])

/** A person as a vendor knows them. */
export const identityOf = (authorities: Authorities, vendor: Vendor, native: string): EntityId =>
  entityId('identity', at(authorities, vendor), nounOf(vendor) + native)
const nounOf = (vendor: Vendor): string => (vendor === 'postgres' ? 'role/' : withNoun.has(vendor) ? 'user/' : '')

const secretNoun = (vendor: Vendor, native: string): string =>
  `${vendor === 'crowdstrike' ? 'client' : vendor === 'entra' ? 'secret' : 'client-secret'}/${native}`

/** Names a credential may go by; the first that the estate knows is meant. */
export function credentialNames(authorities: Authorities, { vendor, kind, native }: Credential): EntityId[] {
  const authority = at(authorities, vendor)
  const noun: Partial<Record<Credential['kind'], string[]>> = {
    'access-key': [],
    'personal-token': [`token/${native}`, `pat/${native}`],
    'api-token': [`api-token/${native}`],
    'client-secret': [secretNoun(vendor, native)],
    key: [native === 'master-key' ? native : `key/${native}`],
    'service-token': [`secret-token/${native}`, `account-token/${native}`],
    'refresh-token': [vendor === 'google' ? `grant/${native}` : `refresh-token/${native}`],
    'app-password': [`asp/${native}`],
    'bot-token': [`bot-token/${native}`],
    'user-token': [`user-token/${native}`],
    session: [`session/${native}`],
    password: vendor === 'postgres' ? [`role/${native}/password`] : [],
  }
  if (kind === 'access-key') return [entityId('credential', 'aws', native)]
  return (noun[kind] ?? []).map((one) => entityId('credential', authority, one))
}

/** Names a thing of the ground truth may go by; none where an inventory does not show it (a log does, or nobody). */
export function thingNames(authorities: Authorities, vendor: Vendor, { noun, native }: Thing): EntityId[] {
  const authority = at(authorities, vendor)
  const named = (kind: EntityKind, ...names: string[]): EntityId[] =>
    names.map((name) => entityId(kind, authority, name))
  const [, repo = '', print = ''] = /^([^/]+)(?:\/(.+))?$/.exec(native) ?? []
  const names: Record<Noun, () => EntityId[]> = {
    user: () => [identityOf(authorities, vendor, native)],
    role: () => (vendor === 'postgres' ? named('identity', `role/${native}`) : named('identity', native)),
    app: () => named('app', native),
    'access-key': () => [entityId('credential', 'aws', native)],
    'api-token': () => named('credential', `api-token/${native}`),
    'client-secret': () => named('credential', secretNoun(vendor, native)),
    token: () => named('credential', `token/${native}`, `pat/${native}`),
    'deploy-key': () => named('credential', `deploykey/${repo}/${print.replace('SHA256:', '')}`),
    grant: () => named('credential', `grant/${native}`),
    workflow: () => named('resource', `workflow/${native}`),
    'ci-secret': () => named('credential', `secret/org/${native}`),
    leak: () => named('credential', `leak/${native}`),
    channel: () => named('resource', `channel/${native}`),
    key: () => named('credential', `key/${native}`),
    invite: () => named('credential', `invite/${native}`),
    binding: () => named('resource', `binding/${native}`),
    secret: () => named('resource', `secret/${native}`),
    'key-holder': () => named('identity', `key/${native}`),
    'service-account': () =>
      named('identity', `${vendor === 'openai' ? 'service-account' : 'serviceaccount'}/${native}`),
    'api-client': () => named('credential', `client/${native}`),
    document: () => named('resource', `link/${native}`),
    delegation: () => named('credential', `delegation/${native}`),
    collaboration: () => [],
  }
  return names[noun]()
}
