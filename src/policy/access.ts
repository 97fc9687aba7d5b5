import { isApiAction, roleIncludes, roles } from './api-actions.ts'
import type { Cedar } from './cedar.ts'
import { asTags } from './step.ts'
import type { AccessDecision, AccessRequest, Principal } from './types.ts'

const principalTypes: Record<Principal['kind'], string> = { user: 'User', token: 'Token', ingest: 'Ingest' }
const roleEntities = roles.map((role) => ({
  uid: { type: 'Role', id: role },
  attrs: {},
  parents: roleIncludes[role].map((id) => ({ type: 'Role', id })),
}))

/** May this principal do this to that? Denied unless a policy permits; roles that do not exist give nothing. */
export function authorize(cedar: Cedar, { principal, action, resource }: AccessRequest): AccessDecision {
  if (!isApiAction(action)) {
    return { allowed: false, decidedBy: ['code.unknown-action'], errors: [`no route has the action \`${action}\``] }
  }
  const who = { type: principalTypes[principal.kind], id: principal.id }
  const what = { type: 'Resource', id: `${resource.type}/${resource.id}` }
  const held = roles.filter((role) => principal.roles.includes(role))
  const { allowed, reasons, errors } = cedar.ask({
    principal: who,
    action,
    resource: what,
    context: {},
    entities: [
      ...roleEntities,
      { uid: who, attrs: {}, parents: held.map((id) => ({ type: 'Role', id })) },
      { uid: what, attrs: { kind: resource.type }, parents: [], tags: asTags(resource.attributes ?? {}) },
    ],
  })
  if (errors.length > 0) return { allowed: false, decidedBy: ['code.error'], errors }
  return { allowed, decidedBy: reasons.length > 0 ? reasons : ['code.no-permit'], errors: [] }
}
