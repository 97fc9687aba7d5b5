// A month of administrators' work in Google Workspace, and of sharing, downloads and consents.
import type { JsonObject } from '#kit'

import type { Person } from '../../../lab/estate/company/model.ts'
import { addressOf } from '../../../lab/estate/use/people.ts'
import { activityOf } from '../../../lab/twins/google/world.ts'
import {
  dayOfMonth,
  happenings,
  once,
  hourMs,
  minuteMs,
  someone,
  type Draw,
  type Month,
  type Record,
} from '../calendar.ts'

type Parameters = { [name: string]: string | string[] | boolean }

export function* googleWork(month: Month, customer: string): Generator<Record> {
  const { staff, crew, admins, company } = month
  let made = 0
  const row = (
    story: string,
    application: string,
    type: string,
    name: string,
    parameters: Parameters,
    who: Person,
    atMs: number,
  ): Record => {
    const qualifier = `-${900_000_000_000 + month.seed * 1_000_000 + made++}`
    const told = { application, name, parameters, customer, atMs, qualifier }
    const actor = { email: who.email, profileId: month.idOf('google', who) }
    const activity = activityOf(told, { actor, ip: addressOf(who.n) })
    const [event] = activity.events ?? []
    if (event !== undefined) event.type = type
    return { vendor: 'google', stream: `log-${application}`, atMs, story, raw: activity as unknown as JsonObject }
  }
  const admin = (story: string, type: string, name: string, parameters: Parameters, who: Person, atMs: number) =>
    row(story, 'admin', type, name, parameters, who, atMs)
  const sheet = (owner: Person, draw: Draw): Parameters => ({
    doc_id: `work-${draw.hex(10)}`,
    doc_title: `Ratings ${draw.int(900)}`,
    doc_type: 'spreadsheet',
    owner: owner.email,
    visibility: 'private',
    primary_event: true,
  })
  const known = [...staff, ...crew].filter((person) => month.idOf('google', person) !== '')
  const heads = known.length

  for (const person of known) {
    const { startMs, endMs } = person
    const by = admins.identity[0]
    if (by === undefined) continue
    const of = { USER_EMAIL: person.email }
    if (startMs >= month.fromMs && startMs < month.endMs) {
      yield admin('joiner', 'USER_SETTINGS', 'CREATE_USER', of, by, startMs)
      yield admin(
        'joiner',
        'GROUP_SETTINGS',
        'ADD_GROUP_MEMBER',
        { ...of, GROUP_EMAIL: 'all@brightwater.example' },
        by,
        startMs + 5_000,
      )
    }
    if (endMs !== null && endMs >= month.fromMs && endMs < month.endMs) {
      yield admin('leaver', 'USER_SETTINGS', 'SUSPEND_USER', of, by, endMs)
      const to = { ...of, NEW_VALUE: by.email }
      yield admin('leaver', 'USER_SETTINGS', 'CREATE_DATA_TRANSFER_REQUEST', to, by, endMs + hourMs)
    }
  }
  for (const { draw, atMs } of happenings(month, 'google/password-reset', heads * 0.02)) {
    const [who, desk] = [someone(known, draw, atMs), someone(admins.helpdesk, draw, atMs)]
    yield admin('password reset', 'USER_SETTINGS', 'CHANGE_PASSWORD', { USER_EMAIL: who.email }, desk, atMs)
    yield row('password reset', 'login', 'password_change', 'password_edit', {}, who, atMs + 20 * minuteMs)
  }
  for (const { draw, atMs } of happenings(month, 'google/factor-reset', heads * 0.01)) {
    const [who, desk] = [someone(known, draw, atMs), someone(admins.helpdesk, draw, atMs)]
    const of = { USER_EMAIL: who.email }
    yield admin('factor reset', 'USER_SETTINGS', 'UNENROLL_USER_FROM_STRONG_AUTH', of, desk, atMs)
    yield row('factor reset', 'login', '2sv_change', '2sv_disable', {}, who, atMs + 1_000)
    yield row('factor reset', 'login', '2sv_change', '2sv_enroll', {}, who, atMs + 30 * minuteMs)
  }
  for (const { draw, atMs } of happenings(month, 'google/groups', 40)) {
    const [who, by] = [someone(known, draw, atMs), someone(admins.identity, draw, atMs)]
    const of = { USER_EMAIL: who.email, GROUP_EMAIL: `team-${draw.int(9)}@brightwater.example` }
    yield admin(
      'groups kept',
      'GROUP_SETTINGS',
      draw.chance(0.7) ? 'ADD_GROUP_MEMBER' : 'REMOVE_GROUP_MEMBER',
      of,
      by,
      atMs,
    )
  }
  for (const { draw, atMs } of happenings(month, 'google/settings', 6)) {
    const by = someone(admins.owner, draw, atMs)
    const [name, app] = draw.pick([
      ['Calendar Settings external sharing', 'Calendar'],
      ['Chat history', 'Google Chat'],
      ['Spam filter bypass', 'Gmail'],
      ['Meet recording', 'Google Meet'],
    ] as const)
    const setting = {
      APPLICATION_NAME: app,
      SETTING_NAME: name,
      OLD_VALUE: 'a',
      NEW_VALUE: 'b',
      ORG_UNIT_NAME: 'brightwater',
    }
    yield admin('settings changed', 'APPLICATION_SETTINGS', 'CHANGE_APPLICATION_SETTING', setting, by, atMs)
  }
  for (const { draw, atMs } of happenings(month, 'google/role', 1)) {
    const [who, by] = [someone(staff, draw, atMs), someone(admins.owner, draw, atMs)]
    const of = { USER_EMAIL: who.email, ROLE_NAME: '_HELP_DESK_ADMIN_ROLE', ROLE_ID: '1003' }
    yield admin('help desk grows', 'DELEGATED_ADMIN_SETTINGS', 'ASSIGN_ROLE', of, by, atMs)
  }
  for (const { draw, atMs } of happenings(month, 'google/delegation', 1)) {
    const by = someone(admins.owner, draw, atMs)
    const of = { API_CLIENT_NAME: '700000777', API_SCOPES: 'https://www.googleapis.com/auth/calendar.readonly' }
    yield admin('new app', 'DOMAIN_SETTINGS', 'AUTHORIZE_API_CLIENT_ACCESS', of, by, atMs)
  }
  for (const { draw, atMs } of happenings(month, 'google/trusted-app', 2)) {
    const of = { OAUTH2_APP_ID: `${draw.int(1e6)}-x.apps.googleusercontent.com`, OAUTH2_APP_NAME: 'Meeting notes' }
    yield admin(
      'new app',
      'SECURITY_SETTINGS',
      'ADD_TO_TRUSTED_OAUTH2_APPS',
      of,
      someone(admins.apps, draw, atMs),
      atMs,
    )
  }
  for (const { draw, atMs } of happenings(month, 'google/consent', staff.length * 0.25)) {
    const who = someone(staff, draw, atMs)
    const scope = draw.chance(0.15)
      ? ['https://www.googleapis.com/auth/drive.readonly']
      : ['https://www.googleapis.com/auth/userinfo.email', 'openid']
    const of = {
      client_id: `81${draw.int(30)}-x.apps.googleusercontent.com`,
      app_name: 'Notes and tasks',
      client_type: 'WEB',
      scope,
    }
    yield row('consents to an app', 'token', 'auth', 'authorize', of, who, atMs)
  }
  for (const { draw, atMs } of happenings(month, 'google/shared', staff.length * 1.2)) {
    const who = someone(staff, draw, atMs)
    const customerOf = draw.pick([...company.customers])
    const to = { target_user: `reviewer@${customerOf.slug}.example`, new_value: ['can_view'], old_value: ['none'] }
    const more = { ...sheet(who, draw), ...to, visibility: 'shared_externally', visibility_change: 'external' }
    yield row('shared with a customer', 'drive', 'acl_change', 'change_user_access', more, who, atMs)
  }
  for (const { draw, atMs } of happenings(month, 'google/linked', staff.length * 0.12)) {
    const who = someone(staff, draw, atMs)
    const more = {
      ...sheet(who, draw),
      visibility: 'people_with_link',
      old_visibility: 'private',
      visibility_change: 'external',
    }
    const open = { ...more, new_value: ['people_with_link'], old_value: ['private'], target_domain: 'all' }
    yield row('opened by link', 'drive', 'acl_change', 'change_document_visibility', open, who, atMs)
  }
  for (const { draw, atMs } of happenings(month, 'google/challenge', heads * 0.05)) {
    const who = someone(known, draw, atMs)
    const of = { login_challenge_method: 'google_authenticator', login_challenge_status: 'Challenge Passed.' }
    yield row('asked for more at sign-in', 'login', 'login', 'login_challenge', of, who, atMs)
  }
  for (const { draw, atMs } of happenings(month, 'google/suspicious', 3)) {
    const who = someone(staff, draw, atMs)
    yield row(
      'travel looks odd to the vendor',
      'login',
      'account_warning',
      'suspicious_login',
      { affected_email_address: who.email },
      who,
      atMs,
    )
  }
  // Somebody moves a project's files to another place: hundreds in an hour.
  for (const { draw, atMs } of happenings(month, 'google/migration', 2)) {
    const who = someone(staff, draw, atMs)
    for (let n = 0; n < 400; n++)
      yield row('migration of files', 'drive', 'access', 'download', sheet(who, draw), who, atMs + n * 9_000)
  }
  // The end of the quarter: finance fetches what it needs for the books.
  const finance = staff.filter(({ group }) => company.teams[group]?.slug === 'finance')
  for (const { draw, n } of once(month, 'google/quarter', finance.length)) {
    const who = finance[n % Math.max(1, finance.length)]
    if (who === undefined) continue
    const startMs = dayOfMonth(month, 24 + draw.int(3), 7 + draw.int(9))
    for (let file = 0; file < 60 + draw.int(120); file++)
      yield row(
        'quarter end',
        'drive',
        'access',
        draw.chance(0.5) ? 'download' : 'view',
        sheet(who, draw),
        who,
        startMs + file * 20_000,
      )
  }
}
