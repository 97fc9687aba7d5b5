import { entityId, parseEntityId, type EntityId } from '#model'

// The authority is the customer id (CID): it never changes.

/** A sensor's id (AID); a machine whose sensor is installed anew gets another, and its hardware joins the two. */
export const nameHost = (authority: string, device: string): EntityId => entityId('host', authority, `device/${device}`)
export const nameUser = (authority: string, uuid: string): EntityId => entityId('identity', authority, `user/${uuid}`)
export const nameRole = (authority: string, role: string): EntityId => entityId('identity', authority, `role/${role}`)
export const nameClient = (authority: string, client: string): EntityId =>
  entityId('credential', authority, `client/${client}`)
/** The Falcon console itself: what people sign in to. */
export const nameConsole = (authority: string): EntityId => entityId('resource', authority, 'console')
/** All hosts together: what a console user with Real Time Response may open. */
export const nameFleet = (authority: string): EntityId => entityId('resource', authority, 'hosts')

const reader = (kind: string, pattern: RegExp) => (entity: EntityId) => {
  const parts = parseEntityId(entity)
  return parts?.kind === kind ? pattern.exec(parts.native)?.[1] : undefined
}
export const deviceIn = reader('host', /^device\/([0-9a-f]{32})$/)
export const userIn = reader('identity', /^user\/([0-9a-fA-F-]{36})$/)
export const clientIn = reader('credential', /^client\/([0-9a-f]{32})$/)
