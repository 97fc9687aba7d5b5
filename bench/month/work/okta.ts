// A month of administrators' and people's own work at Okta, beside the sign-ins that the estate has anyway.
import type { JsonObject } from '#kit'

import type { Person } from '../../../lab/estate/company/model.ts'
import { addressOf, browser } from '../../../lab/estate/use/people.ts'
import { eventOf, uuidOf, type By, type Target } from '../../../lab/twins/okta/system-log.ts'
import {
  daily,
  dayMs,
  happenings,
  hourMs,
  internetAddress,
  minuteMs,
  someone,
  type Month,
  type Record,
} from '../calendar.ts'

export function* oktaWork(month: Month): Generator<Record> {
  const { staff, crew, admins } = month
  const everybody = [...staff, ...crew]
  let made = 0
  const row = (
    story: string,
    eventType: string,
    by: By,
    atMs: number,
    targets: readonly Target[] = [],
    more: { result?: string; reason?: string; debug?: JsonObject } = {},
  ): Record => {
    const uuid = uuidOf(`work ${month.seed} ${made++}`)
    return { vendor: 'okta', stream: 'log', atMs, story, raw: eventOf({ eventType, by, targets, ...more }, atMs, uuid) }
  }
  const byOf = (person: Person, more: Partial<By> = {}): By => ({
    actor: { id: month.idOf('okta', person), type: 'User', alternateId: person.email, displayName: person.email },
    external: `idx-work-${person.n}-${made}`,
    ip: addressOf(person.n),
    agent: browser,
    client: null,
    apiToken: null,
    ...more,
  })
  const user = (person: Person): Target => ({
    id: month.idOf('okta', person),
    type: 'User',
    alternateId: person.email,
    displayName: person.email,
  })
  const sync: By = {
    actor: { id: 'sync', type: 'SystemPrincipal', alternateId: 'system@okta.com', displayName: 'Okta System' },
    external: null,
    ip: '192.0.2.1',
    agent: 'directory sync',
    client: null,
    apiToken: null,
  }
  const heads = everybody.length

  for (const { draw, atMs } of happenings(month, 'okta/password-reset', heads * 0.015)) {
    const [who, desk] = [someone(everybody, draw, atMs), someone(admins.helpdesk, draw, atMs)]
    const story = 'password reset'
    yield row(story, 'user.account.reset_password', byOf(desk), atMs, [user(who)])
    const laterMs = atMs + (5 + draw.int(40)) * minuteMs
    yield row(story, 'user.account.update_password', byOf(who), laterMs, [user(who)])
    yield row(story, 'user.session.start', byOf(who), laterMs + minuteMs)
  }
  for (const { draw, atMs } of happenings(month, 'okta/own-password', heads * 0.02)) {
    const who = someone(everybody, draw, atMs)
    yield row('own password changed', 'user.account.update_password', byOf(who), atMs, [user(who)])
  }
  for (const { draw, atMs } of happenings(month, 'okta/factor-reset', heads * 0.007)) {
    const [who, desk] = [someone(everybody, draw, atMs), someone(admins.helpdesk, draw, atMs)]
    const story = 'factor reset'
    yield row(story, 'user.mfa.factor.reset_all', byOf(desk), atMs, [user(who)])
    const laterMs = atMs + (3 + draw.int(50)) * minuteMs
    yield row(story, 'user.session.start', byOf(who), laterMs)
    yield row(story, 'user.mfa.factor.activate', byOf(who), laterMs + minuteMs, [user(who)])
  }
  for (const { draw, atMs } of happenings(month, 'okta/new-phone', heads * 0.01)) {
    const who = someone(everybody, draw, atMs)
    yield row('new phone', 'user.mfa.factor.activate', byOf(who), atMs, [user(who)])
    yield row('new phone', 'user.mfa.factor.deactivate', byOf(who), atMs + 2 * minuteMs, [user(who)])
  }
  for (const { draw, atMs } of happenings(month, 'okta/locked', heads * 0.01)) {
    const [who, desk] = [someone(everybody, draw, atMs), someone(admins.helpdesk, draw, atMs)]
    for (let n = 0; n < 5; n++)
      yield row('locked out', 'user.session.start', byOf(who), atMs + n * 20_000, [], {
        result: 'FAILURE',
        reason: 'INVALID_CREDENTIALS',
      })
    yield row('locked out', 'user.account.lock', byOf(who), atMs + 100_000, [user(who)], {
      result: 'FAILURE',
      reason: 'LOCKED_OUT',
    })
    yield row('locked out', 'user.account.unlock_by_admin', byOf(desk), atMs + 20 * minuteMs, [user(who)])
  }
  for (const { draw, atMs } of happenings(month, 'okta/push-denied', staff.length * 0.15)) {
    const who = someone(staff, draw, atMs)
    for (let n = 0; n <= draw.int(3); n++)
      yield row('push denied by mistake', 'user.mfa.okta_verify.deny_push', byOf(who), atMs + n * 15_000, [user(who)], {
        result: 'FAILURE',
        reason: 'INVALID_CREDENTIALS',
      })
    yield row('push denied by mistake', 'user.authentication.auth_via_mfa', byOf(who), atMs + minuteMs, [user(who)], {
      debug: { factor: 'OKTA_VERIFY_PUSH' },
    })
  }
  for (const person of everybody) yield* comingAndGoing(month, person, { row, byOf, user, sync })
  for (const { draw, atMs } of happenings(month, 'okta/app', 6)) {
    const by = byOf(someone(admins.apps, draw, atMs))
    const app = { id: `0oa${draw.hex(17)}`, type: 'AppInstance', displayName: `Tool ${draw.int(90)}` }
    yield row('new app', 'application.lifecycle.create', by, atMs, [app])
    yield row('new app', 'application.lifecycle.activate', by, atMs + minuteMs, [app])
    yield row('new app', 'application.lifecycle.update', by, atMs + 8 * minuteMs, [app])
    const group = { id: `00g${draw.hex(17)}`, type: 'UserGroup', displayName: 'Team data' }
    yield row('new app', 'group.application_assignment.add', by, atMs + 12 * minuteMs, [group, app])
    for (let n = 0; n < 25; n++) {
      const assigned = { id: `0ua${draw.hex(17)}`, type: 'AppUser' }
      const targets = [assigned, app, user(someone(staff, draw, atMs))]
      yield row('new app', 'application.user_membership.add', sync, atMs + 13 * minuteMs + n * 500, targets)
    }
  }
  for (const { draw, atMs } of happenings(month, 'okta/app-settings', 30)) {
    const app = { id: `0oa${draw.hex(17)}`, type: 'AppInstance', displayName: `Tool ${draw.int(90)}` }
    yield row('app settings', 'application.lifecycle.update', byOf(someone(admins.apps, draw, atMs)), atMs, [app])
  }
  for (const { draw, atMs } of happenings(month, 'okta/secret', 4)) {
    const by = byOf(someone(admins.apps, draw, atMs))
    const app = { id: `0oa${draw.hex(17)}`, type: 'PublicClientApp', displayName: `service-${draw.int(9)}` }
    const secret = { id: `ocs${draw.hex(17)}`, type: 'ClientSecret', displayName: 'client secret' }
    yield row('client secret rotated', 'app.oauth2.credentials.lifecycle.create', by, atMs, [app, secret])
    const old = { ...secret, id: `ocs${draw.hex(17)}` }
    yield row('client secret rotated', 'app.oauth2.credentials.lifecycle.deactivate', by, atMs + dayMs, [app, old])
  }
  for (const { draw, atMs } of happenings(month, 'okta/token', 3)) {
    const by = byOf(someone(admins.identity, draw, atMs))
    const token = { id: `00T${draw.hex(17)}`, type: 'Token', displayName: 'hr-sync' }
    yield row('API token rotated', 'system.api_token.create', by, atMs, [token])
    yield row('API token rotated', 'system.api_token.revoke', by, atMs + 5 * hourMs, [
      { ...token, id: `00T${draw.hex(17)}` },
    ])
  }
  for (const { draw, atMs } of happenings(month, 'okta/policy', 6)) {
    const by = byOf(someone(admins.identity, draw, atMs))
    const rule = { id: `0pr${draw.hex(17)}`, type: 'PolicyRule', displayName: 'Staff sign-on' }
    yield row('policy changed', 'policy.rule.update', by, atMs, [rule])
    yield row('policy changed', 'policy.lifecycle.update', by, atMs + minuteMs, [{ ...rule, type: 'PolicyEntity' }])
  }
  for (const { draw, atMs } of happenings(month, 'okta/zone', 3)) {
    const zone = { id: `nzo${draw.hex(17)}`, type: 'NetworkZone', displayName: 'Offices' }
    yield row('new office', 'zone.update', byOf(someone(admins.identity, draw, atMs)), atMs, [zone])
  }
  for (const { draw, atMs } of happenings(month, 'okta/desk-grows', 2)) {
    const [who, by] = [someone(staff, draw, atMs), byOf(someone(admins.owner, draw, atMs))]
    const debug = { privilegeGranted: 'Help desk administrator' }
    yield row('help desk grows', 'user.account.privilege.grant', by, atMs, [user(who)], { debug })
  }
  for (const { draw, atMs } of happenings(month, 'okta/sessions-cleared', 20)) {
    const [who, desk] = [someone(everybody, draw, atMs), someone(admins.helpdesk, draw, atMs)]
    yield row('sessions cleared', 'user.session.clear', byOf(desk), atMs, [user(who)])
  }
  for (const { draw, atMs } of happenings(month, 'okta/reported', 3)) {
    const who = someone(staff, draw, atMs)
    const type = 'user.account.report_suspicious_activity_by_enduser'
    yield row('reported by mistake', type, byOf(who), atMs, [user(who)], {
      debug: { suspiciousActivityEventType: 'user.session.start' },
    })
  }
  for (const { draw, atMs } of happenings(month, 'okta/support', 1)) {
    const owner = someone(admins.owner, draw, atMs)
    yield row('vendor support', 'user.session.impersonation.grant', byOf(owner), atMs, [user(owner)])
    const support: By = {
      ...sync,
      actor: { id: 'support', type: 'User', alternateId: 'support@okta.com', displayName: 'Okta Support' },
      ip: '192.0.2.2',
    }
    yield row('vendor support', 'user.session.impersonation.initiate', support, atMs + hourMs, [user(owner)])
    yield row('vendor support', 'user.session.impersonation.end', support, atMs + 2 * hourMs, [user(owner)])
  }
  const all = [...admins.helpdesk, ...admins.identity, ...admins.apps, ...admins.owner]
  for (const { dayStartMs, draw } of daily(month, 'okta/console')) {
    for (const person of all) {
      if (!draw.chance(0.6)) continue
      const atMs = dayStartMs + (7 + draw.int(8)) * hourMs + draw.int(hourMs)
      yield row('administrators sign in', 'user.session.start', byOf(person), atMs)
      yield row('administrators sign in', 'user.authentication.auth_via_mfa', byOf(person), atMs + 5_000, [
        user(person),
      ])
      yield row('administrators sign in', 'user.session.access_admin_app', byOf(person), atMs + 10_000, [
        { id: 'admin-app', type: 'AppInstance', displayName: 'Okta Admin Console' },
      ])
    }
  }
  // The internet tries passwords at everybody, all day.
  for (const { dayStartMs, draw } of daily(month, 'okta/internet', true)) {
    for (let n = 0; n < 12; n++) {
      const [ip, atMs] = [internetAddress(draw), dayStartMs + draw.int(dayMs)]
      for (let tried = 0; tried <= draw.int(6); tried++) {
        const who = byOf(someone(everybody, draw, atMs), { ip, agent: 'Mozilla/5.0', external: null })
        const more = { result: 'FAILURE', reason: 'INVALID_CREDENTIALS' }
        yield row('the internet tries passwords', 'user.session.start', who, atMs + tried * 40_000, [], more)
      }
      yield row(
        'the internet tries passwords',
        'security.threat.detected',
        { ...sync, ip, agent: 'Mozilla/5.0' },
        atMs + 1_000,
        [],
        {
          result: 'DENY',
          reason: 'Password Spray',
        },
      )
    }
  }
}

type Tools = {
  row(story: string, type: string, by: By, atMs: number, targets?: readonly Target[]): Record
  byOf(person: Person): By
  user(person: Person): Target
  sync: By
}
/** Groups, apps and the first factor of whoever comes in the month, and the end of it for whoever goes. */
function* comingAndGoing(
  { fromMs, endMs }: Month,
  person: Person,
  { row, byOf, user, sync }: Tools,
): Generator<Record> {
  const { startMs, endMs: leftMs, kind } = person
  const crew = { id: `00g-${kind}`, type: 'UserGroup', displayName: kind === 'staff' ? 'Staff' : 'Contractors' }
  const app = { id: '0oa-desk', type: 'AppInstance', displayName: 'Labelling Desk' }
  if (startMs >= fromMs && startMs < endMs) {
    yield row('joiner', 'group.user_membership.add', sync, startMs + 1_000, [user(person), crew])
    yield row('joiner', 'application.user_membership.add', sync, startMs + 2_000, [user(person), app])
    yield row('joiner', 'user.lifecycle.activate', sync, startMs + 3_000, [user(person)])
    const firstMs = startMs + 30 * minuteMs
    yield row('joiner', 'user.session.start', byOf(person), firstMs)
    yield row('joiner', 'user.mfa.factor.activate', byOf(person), firstMs + minuteMs, [user(person)])
  }
  if (leftMs !== null && leftMs >= fromMs && leftMs < endMs) {
    yield row('leaver', 'group.user_membership.remove', sync, leftMs + 1_000, [user(person), crew])
    yield row('leaver', 'application.user_membership.remove', sync, leftMs + 2_000, [user(person), app])
    yield row('leaver', 'user.session.clear', sync, leftMs + 3_000, [user(person)])
  }
}
