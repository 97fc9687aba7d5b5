// A month of administrators' work in Slack, and of what people share and take along.
import type { JsonObject } from '#kit'

import type { Person } from '../../../lab/estate/company/model.ts'
import { addressOf, browser } from '../../../lab/estate/use/people.ts'
import { uuidOf } from '../../../lab/twins/okta/system-log.ts'
import { happenings, someone, type Month, type Record } from '../calendar.ts'

export function* slackWork(
  month: Month,
  { team, location }: { team: string; location: JsonObject },
): Generator<Record> {
  const { admins, company } = month
  const people = [...month.staff, ...month.crew].filter((person) => month.idOf('slack', person) !== '')
  let made = 0
  const party = (person: Person): JsonObject => ({
    id: month.idOf('slack', person),
    name: person.email.split('@')[0] ?? '',
    email: person.email,
    team,
  })
  const row = (
    story: string,
    action: string,
    who: Person,
    atMs: number,
    entity: JsonObject,
    details: JsonObject = {},
  ): Record => ({
    vendor: 'slack',
    stream: 'audit',
    atMs,
    story,
    raw: {
      id: uuidOf(`slack work ${month.seed} ${made++}`),
      date_create: Math.floor(atMs / 1000),
      action,
      actor: { type: 'user', user: party(who) },
      entity,
      context: { location, ua: browser, ip_address: addressOf(who.n) },
      details,
    },
  })
  const ofUser = (person: Person): JsonObject => ({ type: 'user', user: party(person) })
  const ofFile = (id: string, name: string): JsonObject => ({
    type: 'file',
    file: { id, name, title: name, filetype: 'csv' },
  })
  const ofApp = (id: string): JsonObject => ({
    type: 'app',
    app: {
      id,
      name: 'Stand-up helper',
      is_distributed: true,
      is_directory_approved: true,
      scopes: ['chat:write', 'commands'],
    },
  })
  const ofChannel = (id: string): JsonObject => ({
    type: 'channel',
    channel: { id, name: 'project', privacy: 'public', is_shared: true },
  })

  for (const person of people) {
    const { startMs, endMs } = person
    const [by] = admins.identity
    if (by === undefined) continue
    if (startMs >= month.fromMs && startMs < month.endMs)
      yield row('joiner', 'user_created', by, startMs, ofUser(person))
    if (endMs !== null && endMs >= month.fromMs && endMs < month.endMs)
      yield row('leaver', 'user_deactivated', by, endMs, ofUser(person))
  }
  const few: [
    story: string,
    times: number,
    by: keyof Month['admins'] | 'people',
    action: string,
    entity: (hex: string) => JsonObject,
  ][] = [
    ['new app', 4, 'apps', 'app_approved', (hex) => ofApp(`A${hex}`)],
    ['new app', 4, 'people', 'app_installed', (hex) => ofApp(`A${hex}`)],
    ['an app asks for more', 2, 'apps', 'app_scopes_expanded', (hex) => ofApp(`A${hex}`)],
    ['channel with a customer', 6, 'people', 'external_shared_channel_connected', (hex) => ofChannel(`C${hex}`)],
    ['channel with a customer', 6, 'people', 'external_shared_channel_invite_sent', (hex) => ofChannel(`C${hex}`)],
    ['opened by link', 15, 'people', 'file_public_link_created', (hex) => ofFile(`F${hex}`, 'banner.png')],
    ['channels kept', 20, 'people', 'public_channel_archive', (hex) => ofChannel(`C${hex}`)],
    ['channels kept', 2, 'people', 'private_channel_converted_to_public', (hex) => ofChannel(`C${hex}`)],
    [
      'settings changed',
      3,
      'owner',
      'pref.app_whitelist_enabled',
      () => ({ type: 'workspace', workspace: { id: team, name: 'brightwater' } }),
    ],
  ]
  for (const [story, times, by, action, entity] of few) {
    for (const { draw, atMs } of happenings(month, `slack/${action}`, times)) {
      const who = someone(by === 'people' ? people : admins[by], draw, atMs)
      yield row(story, action, who, atMs, entity(draw.hex(10).toUpperCase()))
    }
  }
  for (const { draw, atMs } of happenings(month, 'slack/guest', 12))
    yield row('guest', 'guest_created', someone(admins.identity, draw, atMs), atMs, ofUser(someone(people, draw, atMs)))
  for (const { draw, atMs } of happenings(month, 'slack/admin', 0.6))
    yield row(
      'an administrator more',
      'role_change_to_admin',
      someone(admins.owner, draw, atMs),
      atMs,
      ofUser(someone(people, draw, atMs)),
    )
  for (const { draw, atMs } of happenings(month, 'slack/reset', 15))
    yield row(
      'sessions cleared',
      'user_session_reset_by_admin',
      someone(admins.helpdesk, draw, atMs),
      atMs,
      ofUser(someone(people, draw, atMs)),
    )
  // Slack says "anomaly" of whoever travels or has a new client.
  for (const { draw, atMs } of happenings(month, 'slack/anomaly', people.length * 0.01)) {
    const who = someone(people, draw, atMs)
    const reason = draw.pick(['asn', 'ip_address', 'user_agent', 'session_fingerprint'])
    yield row('travel looks odd to the vendor', 'anomaly', who, atMs, ofUser(who), {
      reason: [reason],
      action_timestamp: atMs * 1000,
    })
  }
  for (const { draw, atMs } of happenings(month, 'slack/migration', 2)) {
    const who = someone(people, draw, atMs)
    for (let n = 0; n < 150; n++) {
      const name = company.documents[draw.int(company.documents.length)]?.name ?? 'notes'
      yield row(
        'migration of files',
        'file_downloaded',
        who,
        atMs + n * 12_000,
        ofFile(`F${draw.hex(10).toUpperCase()}`, name),
      )
    }
  }
}
