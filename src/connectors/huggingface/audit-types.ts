import type { OcsfActivity, OcsfClass } from '#model'
import { typesBy, type TypeOf } from '#sources/contract'

/** What a type of entry is in OCSF. */
export type AuditClass = Extract<OcsfClass, 'authentication' | 'user_access' | 'group_management' | 'entity_management'>
export type AuditType = { [Class in AuditClass]: { class: Class; activity: OcsfActivity<Class> } }[AuditClass]

const asType = <Class extends AuditClass>([type, { of, activity }]: [string, TypeOf<Class>]): [string, AuditType] =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an activity of the very class beside it
  [type, { class: of, activity } as unknown as AuditType]

const named = new Map<string, AuditType>([
  ...typesBy('authentication', { logon: 'org.sso_login org.sso_join', authentication_ticket: 'oauth.token' }).map(
    asType,
  ),
  ...typesBy('user_access', {
    assign_privileges: `org.add_user org.change_role org.invite_user org.invite.accept org.invite.email
      org.join.from_domain org.join.automatic org.token_approval.authorization_request
      org.token_approval.authorization_request.authorized`,
    revoke_privileges: `org.remove_user org.leave org.token_approval.authorization_request.revoked
      org.token_approval.authorization_request.denied`,
  }).map(asType),
  ...typesBy('group_management', {
    create: 'resource_group.create',
    delete: 'resource_group.delete',
    add_user: 'resource_group.add_users',
    remove_user: 'resource_group.remove_users',
    other: 'resource_group.change_role resource_group.settings',
  }).map(asType),
])

/** Nouns that the Hub's own list begins with; a type of another noun is not known here. */
const nouns = /^(?:billing|collection|jobs|org|repo|resource_group|scheduled_job|spaces)\./
const changes: readonly (readonly [of: RegExp, activity: OcsfActivity<'entity_management'>])[] = [
  [/^(?:create|add|start|restore|duplication|gcp_add|aws_add)/, 'create'],
  [/^(?:delete|remove(?!Disable)|cancel|gcp_remove|aws_remove)/, 'delete'],
  [/^(?:update|rename|move|rotate|set|change|renew|un_cancel)/, 'update'],
  [/^(?:enable|resume|removeDisable)/, 'enable'],
  [/^(?:disable|suspend)/, 'disable'],
]

/** There are some ninety types, and new ones come: most end in what was done. Undefined: counted as a debt. */
export function auditTypeOf(type: string): AuditType | undefined {
  const own = named.get(type)
  if (own !== undefined || !nouns.test(type)) return own
  const word = type.split('.').at(-1) ?? ''
  const activity = changes.find(([of]) => of.test(word))?.[1] ?? 'other'
  return { class: 'entity_management', activity }
}
