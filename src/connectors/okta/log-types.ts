import type { OcsfActivity, OcsfClass } from '#model'

/**
 * What an event type of the System Log is in OCSF. `area`: API whose things it changes, as in Okta's scopes; without one
 * the event changes nothing.
 */
export type LogType = { [Class in OcsfClass]: { class: Class; activity: OcsfActivity<Class>; area?: string } }[
  | 'authentication'
  | 'account_change'
  | 'user_access'
  | 'group_management'
  | 'entity_management'
  | 'detection_finding'
  | 'api_activity']

type Names<Activity extends string> = Partial<Record<Activity, string>>

/** Event types by activity, separated by spaces. */
const authentication: Names<OcsfActivity<'authentication'>> = {
  logon: `user.session.start user.session.access_admin_app user.authentication.sso user.authentication.authenticate
    user.authentication.auth_via_IDP user.authentication.auth_via_social user.authentication.auth_via_radius
    user.authentication.auth_via_AD_agent user.authentication.auth_via_LDAP_agent user.authentication.auth_via_iwa
    user.authentication.auth_via_inbound_SAML user.authentication.auth_via_inbound_delauth
    user.authentication.auth_via_richclient app.generic.unauth_app_access_attempt user.account.access_super_user_app
    app.ldap.password.change.failed`,
  logoff: `user.session.end user.session.clear user.session.expire user.authentication.slo
    user.authentication.universal_logout user.authentication.universal_logout.scheduled app.oauth2.token.revoke
    app.oauth2.as.token.revoke user.session.impersonation.end`,
  authentication_ticket: `app.oauth2.token.grant app.oauth2.token.grant.access_token app.oauth2.token.grant.id_token
    app.oauth2.token.grant.refresh_token app.oauth2.token.grant.id_jag app.oauth2.as.token.grant
    app.oauth2.as.token.grant.access_token app.oauth2.as.token.grant.id_token app.oauth2.as.token.grant.refresh_token
    app.oauth2.authorize.implicit.access_token app.oauth2.authorize.implicit.id_token
    app.oauth2.as.authorize.implicit.access_token app.oauth2.as.authorize.implicit.id_token`,
  service_ticket_request: `app.oauth2.authorize app.oauth2.authorize.code app.oauth2.as.authorize
    app.oauth2.as.authorize.code`,
  preauth: `user.authentication.auth_via_mfa user.authentication.verify policy.evaluate_sign_on
    user.mfa.okta_verify user.mfa.okta_verify.deny_push system.push.send_factor_verify_push
    system.sms.send_factor_verify_message system.voice.send_phone_verification_call
    system.email.mfa_enroll_notification.sent_message system.email.challenge_factor_redeemed`,
  account_switch: 'user.session.impersonation.initiate',
  other: 'user.mfa.attempt_bypass user.session.context.change user.authentication.auth_unconfigured_identifier',
}
const account: Names<OcsfActivity<'account_change'>> = {
  create: 'user.lifecycle.create application.provision.user.push app.user_management.push_new_user_success',
  enable: `user.lifecycle.activate user.lifecycle.reactivate user.lifecycle.unsuspend
    application.provision.user.reactivate`,
  disable: 'user.lifecycle.deactivate user.lifecycle.suspend application.provision.user.deactivate',
  delete: 'user.lifecycle.delete user.lifecycle.delete.initiated user.lifecycle.delete.completed',
  lock: 'user.account.lock user.account.lock.limit',
  unlock: 'user.account.unlock user.account.unlock_by_admin user.account.unlock_token',
  password_change: `user.account.update_password application.user_membership.change_password
    application.provision.user.push_password user.credential.forgot_password`,
  password_reset: 'user.account.reset_password user.account.expire_password user.account.forgot_password',
  mfa_factor_enable: 'user.mfa.factor.activate user.mfa.factor.unsuspend user.credential.enroll',
  mfa_factor_disable: `user.mfa.factor.deactivate user.mfa.factor.suspend user.mfa.factor.reset_all
    user.credential.revoke`,
  other: `user.account.update_profile user.account.update_primary_email user.account.update_secondary_email
    user.account.update_user_type user.account.update_phone user.mfa.factor.update user.account.use_token
    application.provision.user.push_profile application.provision.user.sync user.lifecycle.jit.error_read_only`,
}
const access: Names<OcsfActivity<'user_access'>> = {
  assign_privileges: `user.account.privilege.grant application.user_membership.add app.oauth2.consent.grant
    app.oauth2.as.consent.grant app.oauth2.admin.consent.grant app.oauth2.client.privilege.grant
    iam.resourceset.bindings.add user.session.impersonation.grant user.consent.grant`,
  revoke_privileges: `user.account.privilege.revoke user.account.privilege.revoke_all application.user_membership.remove
    app.oauth2.consent.revoke app.oauth2.as.consent.revoke app.oauth2.as.consent.revoke.user
    app.oauth2.as.consent.revoke.user.client app.oauth2.admin.consent.revoke app.oauth2.client.privilege.revoke
    iam.resourceset.bindings.delete user.session.impersonation.revoke user.consent.revoke`,
  other: `application.user_membership.update application.user_membership.show_password
    application.user_membership.restore user.session.impersonation.extend application.policy.sign_on.deny_access`,
}
const group: Names<OcsfActivity<'group_management'>> = {
  create: 'group.lifecycle.create',
  delete: 'group.lifecycle.delete',
  add_user: 'group.user_membership.add',
  remove_user: 'group.user_membership.remove',
  assign_privileges: 'group.privilege.grant group.application_assignment.add',
  revoke_privileges: 'group.privilege.revoke group.application_assignment.remove',
  other: `group.profile.update group.application_assignment.update group.user_membership.rule.trigger
    group.user_membership.rule.deactivated group.user_membership.rule.invalidate
    group.user_membership.rule.add_exclusion group.user_membership.rule.evaluation`,
}
const finding: Names<OcsfActivity<'detection_finding'>> = {
  create: `security.threat.detected user.account.report_suspicious_activity_by_enduser user.risk.detect user.risk.change
    security.attack.start security.breached_credential.detected security.session.detect_client_roaming
    security.authenticator.lifecycle.deactivate app.token.reuse app.oauth2.token.detect_reuse
    app.oauth2.as.token.detect_reuse security.request.blocked policy.entity_risk.evaluate policy.entity_risk.action`,
  close: 'security.attack.end',
}
const api: Names<OcsfActivity<'api_activity'>> = {
  create: 'system.import.start user.import.password',
  read: 'analytics.reports.export.generate analytics.reports.export.download analytics.feedback.provide',
  other: `system.org.rate_limit.warning system.org.rate_limit.violation system.org.rate_limit.burst
    system.operation.rate_limit.warning system.operation.rate_limit.violation system.client.rate_limit.violation
    system.client.concurrency_rate_limit.violation application.integration.rate_limit_exceeded system.import.complete
    system.import.user.complete system.import.membership_processing.complete`,
}

/** `noun`: what stands before the last word; the last word is the act. */
const lifecycles: [noun: string, area: string][] = [
  ['application.lifecycle', 'apps'],
  ['app.oauth2.client.lifecycle', 'apps'],
  ['app.oauth2.credentials.lifecycle', 'apps'],
  ['application.policy.sign_on.rule', 'policies'],
  ['application.policy.sign_on', 'policies'],
  ['application.configuration', 'apps'],
  ['app.oauth2.as.lifecycle', 'authorizationServers'],
  ['app.oauth2.as.key', 'authorizationServers'],
  ['app.oauth2.scope', 'authorizationServers'],
  ['system.api_token', 'apiTokens'],
  ['system.idp.lifecycle', 'idps'],
  ['system.idp.key', 'idps'],
  ['system.mfa.factor', 'authenticators'],
  ['security.authenticator.lifecycle', 'authenticators'],
  ['policy.lifecycle', 'policies'],
  ['policy.rule', 'policies'],
  ['zone', 'networkZones'],
  ['iam.role', 'roles'],
  ['iam.role.permissions', 'roles'],
  ['iam.resourceset', 'roles'],
  ['iam.resourceset.resources', 'roles'],
  ['event_hook', 'eventHooks'],
  ['inline_hook', 'inlineHooks'],
  ['system.log_stream.lifecycle', 'logStreams'],
  ['security.trusted_origin', 'trustedOrigins'],
  ['device.lifecycle', 'devices'],
  ['device.enrollment', 'devices'],
  ['device.user', 'devices'],
  ['system.agent.ad', 'agentPools'],
  ['workflows.user.delegatedflow', 'workflows'],
]
const acts: Record<string, OcsfActivity<'entity_management'>> = {
  create: 'create',
  created: 'create',
  add: 'create',
  generate: 'create',
  update: 'update',
  updated: 'update',
  overwrite: 'update',
  rollover: 'update',
  make_blacklist: 'update',
  remove_blacklist: 'update',
  delete: 'delete',
  deleted: 'delete',
  remove: 'delete',
  revoke: 'delete',
  activate: 'activate',
  activated: 'activate',
  deactivate: 'deactivate',
  deactivated: 'deactivate',
  invalidate: 'deactivate',
  enable: 'enable',
  disable: 'disable',
  suspend: 'suspend',
  unsuspend: 'resume',
  run: 'other',
}

const areas: [prefix: string, area: string][] = [
  ['group.', 'groups'],
  ['application.user_membership.', 'apps'],
  ['app.oauth2.admin.consent.', 'appGrants'],
  ['app.oauth2.client.privilege.', 'roles'],
  ['iam.', 'roles'],
  ['user.account.privilege.', 'roles'],
  ['user.lifecycle.', 'users'],
  ['user.account.', 'users'],
  ['user.mfa.factor.', 'users'],
  ['user.credential.', 'users'],
]
const changing: ReadonlySet<OcsfClass> = new Set(['account_change', 'user_access', 'group_management'])

const types = new Map<string, LogType>()

function known<Class extends LogType['class']>(name: Class, table: Names<string>): void {
  for (const [activity, words = ''] of Object.entries(table)) {
    for (const type of words.split(/\s+/).filter(Boolean)) {
      const area = changing.has(name) ? areas.find(([prefix]) => type.startsWith(prefix))?.[1] : undefined
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each table's keys are its own class's activities
      types.set(type, { class: name, activity, ...(area === undefined ? {} : { area }) } as LogType)
    }
  }
}
for (const [noun, area] of lifecycles) {
  for (const [act, activity] of Object.entries(acts)) {
    types.set(`${noun}.${act}`, { class: 'entity_management', activity, area })
  }
}
known('authentication', authentication)
known('account_change', account)
known('user_access', access)
known('group_management', group)
known('detection_finding', finding)
known('api_activity', api)

/** Undefined for what Cordon does not know: the base event, counted as a debt. */
export const logTypeOf = (eventType: string): LogType | undefined => types.get(eventType)
export const knownEventTypes = (): string[] => [...types.keys()]
