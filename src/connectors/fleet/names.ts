import { entityId, parseEntityId, type EntityId } from '#model'

import type { FleetConfig } from './config.ts'

// The authority is the Fleet server's host. Ids are Fleet's own numbers, which it gives once.

export const nameHost = (authority: string, id: number): EntityId => entityId('host', authority, `host/${id}`)
export const nameUser = (authority: string, id: number): EntityId => entityId('identity', authority, `user/${id}`)
export const nameSession = (authority: string, user: number, id: number): EntityId =>
  entityId('credential', authority, `session/${user}/${id}`)
/** Users of Cordon's own that the configuration names. */
export const ownUsers = ({ containUserId: id }: FleetConfig, authority: string): EntityId[] =>
  id === undefined ? [] : [nameUser(authority, id)]
/** All hosts, those of a team, and the server itself, which people sign in to. */
export const nameHosts = (authority: string): EntityId => entityId('resource', authority, 'hosts')
/** What Fleet knows of hosts: names, software, users. Whoever sees it reads nothing that lies on a host. */
export const nameKnown = (authority: string): EntityId => entityId('resource', authority, 'known-of-hosts')
export const nameTeam = (authority: string, id: number): EntityId => entityId('resource', authority, `team/${id}`)
export const nameServer = (authority: string): EntityId => entityId('resource', authority, 'server')

const numbersIn = (kind: string, pattern: RegExp) => (entity: EntityId) => {
  const parts = parseEntityId(entity)
  return parts?.kind === kind ? pattern.exec(parts.native)?.slice(1).map(Number) : undefined
}
const host = numbersIn('host', /^host\/(\d+)$/)
const user = numbersIn('identity', /^user\/(\d+)$/)
const session = numbersIn('credential', /^session\/(\d+)\/(\d+)$/)
export const hostIn = (entity: EntityId): number | undefined => host(entity)?.[0]
export const userIn = (entity: EntityId): number | undefined => user(entity)?.[0]
export function sessionIn(entity: EntityId): { user: number; id: number } | undefined {
  const [of, id] = session(entity) ?? []
  return of === undefined || id === undefined ? undefined : { user: of, id }
}
