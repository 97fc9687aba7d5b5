import { entityId, nativeOf, type EntityId } from '#model'

// The authority is the address of the gateway. A key's native part is LiteLLM's own name for it, the SHA-256 of its value;
// users, teams, organisations, deployments and MCP servers have ids; a named credential has its name alone.

const credential = (authority: string, ...parts: readonly string[]): EntityId =>
  entityId('credential', authority, parts.join('/'))
const resource = (authority: string, ...parts: readonly string[]): EntityId =>
  entityId('resource', authority, parts.join('/'))
const identity = (authority: string, ...parts: readonly string[]): EntityId =>
  entityId('identity', authority, parts.join('/'))

export const nameUser = (authority: string, id: string): EntityId => identity(authority, 'user', id)
export const nameTeam = (authority: string, id: string): EntityId => identity(authority, 'team', id)
export const nameOrganization = (authority: string, id: string): EntityId => identity(authority, 'organization', id)
/** Who a key acts as that belongs to nobody. */
export const nameKeyHolder = (authority: string, hash: string): EntityId => identity(authority, 'key', hash)

export const nameKey = (authority: string, hash: string): EntityId => credential(authority, 'key', hash)
export const nameMasterKey = (authority: string): EntityId => credential(authority, 'master-key')
export const nameSaltKey = (authority: string): EntityId => credential(authority, 'salt-key')
export const nameDatabase = (authority: string): EntityId => credential(authority, 'database')
/** A secret of ours at a provider that the gateway holds: of one deployment, by a name of its own, or for an MCP server. */
export const nameUpstream = (authority: string, of: 'deployment' | 'credential' | 'mcp', id: string): EntityId =>
  credential(authority, 'upstream', of, id)

/** The process and its environment: whoever is in it has all that the gateway holds. */
export const nameGatewayHost = (authority: string): EntityId => entityId('host', authority, 'gateway')
export const nameGateway = (authority: string): EntityId => resource(authority, 'gateway')
export const nameLogs = (authority: string): EntityId => resource(authority, 'logs')
export const nameModels = (authority: string): EntityId => resource(authority, 'models')
export const nameModel = (authority: string, name: string): EntityId => resource(authority, 'model', name)
export const nameDeployment = (authority: string, id: string): EntityId => resource(authority, 'deployment', id)
export const nameProvider = (authority: string, name: string): EntityId => resource(authority, 'provider', name)
export const nameMcp = (authority: string, id: string): EntityId => resource(authority, 'mcp', id)
export const nameMcpTool = (authority: string, name: string): EntityId => resource(authority, 'mcp-tool', name)
export const nameGuardrail = (authority: string, id: string): EntityId => resource(authority, 'guardrail', id)
export const nameRoleAssignment = (authority: string, user: string, role: string): EntityId =>
  resource(authority, 'role-assignment', user, role)

const isHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)

/** What stands behind `kind:…:noun/`; undefined for everything else. */
function behind(entity: EntityId, kind: string, noun: string): string | undefined {
  const native = nativeOf(entity)
  if (!entity.startsWith(`${kind}:`) || !native.startsWith(`${noun}/`)) return undefined
  const id = native.slice(noun.length + 1)
  return id === '' ? undefined : id
}
export function keyHashOf(entity: EntityId): string | undefined {
  const hash = behind(entity, 'credential', 'key')
  return hash !== undefined && isHash(hash) ? hash : undefined
}
export const userOf = (entity: EntityId): string | undefined => behind(entity, 'identity', 'user')
export const teamOf = (entity: EntityId): string | undefined => behind(entity, 'identity', 'team')
export const deploymentOf = (entity: EntityId): string | undefined => behind(entity, 'resource', 'deployment')

/** The master key stands in logs under a word of its own, other keys by their hash; anything else names no key. */
export function keyNamed(authority: string, text: string | null | undefined): EntityId | undefined {
  if (text === 'litellm_proxy_master_key') return nameMasterKey(authority)
  return text !== null && text !== undefined && isHash(text) ? nameKey(authority, text) : undefined
}

/** `fp:…` as the intake puts it in place of `sha256:…`. */
export function nameFingerprint(text: string): EntityId | undefined {
  const print = /^fp:([^:\s]+)$/.exec(text)?.[1]
  return print === undefined ? undefined : entityId('credential', 'fp', print)
}
