import { isObject, type JsonObject } from '#kit'
import { ocsfClasses, type OcsfEvent } from '#model'
import { validateOcsf } from '#model/ocsf'

import { createRegistry } from '../../src/app/registry.ts'
import { pantherCases, type PantherCase } from '../packs/panther/cases.ts'

const at = (log: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((held, key) => {
    if (typeof key === 'number') return Array.isArray(held) ? held[key] : undefined
    return isObject(held) ? held[key] : undefined
  }, log)

/** A connected vendor's records in the corpus. */
type Vendor = {
  /** As test/packs/panther/cases.ts calls it. */
  name: string
  connector: string
  stream(of: PantherCase): string
  /** What every record of the vendor has, and tests of rules often leave out: put in where it lacks, and nothing else. */
  complete: JsonObject
  /** Who acted, from where, with what, as the record says; read by this test alone. */
  says(log: JsonObject): unknown[]
  /** Why a record is of none of the connector's streams; undefined: it is. */
  elsewhere?(log: JsonObject): string | undefined
}
/** Made up for the negative cases of rules. */
const madeUp = new Set([
  'org.invite_user',
  'invite_member',
  'not_repository_vulnerability_alert.dismiss',
  'unknown.admin_role',
])
const timeText = '2026-03-24T12:00:00Z'
const isDelivery = (log: JsonObject): boolean => at(log, 'events', 0, 'name') === 'delivery'
export const vendors: readonly Vendor[] = [
  {
    name: 'AWS CloudTrail',
    connector: 'aws',
    stream: () => 'lookup',
    complete: { eventID: 'e', eventName: 'Unknown', eventSource: 'unknown.amazonaws.com', eventTime: timeText },
    says: (log) => [
      at(log, 'userIdentity', 'principalId') ?? at(log, 'userIdentity', 'arn'),
      at(log, 'sourceIPAddress'),
      at(log, 'userAgent'),
    ],
    elsewhere: (log) =>
      'eventname' in log
        ? 'names of fields in small letters'
        : 'eventName' in log
          ? undefined
          : 'made up for a rule over several logs',
  },
  {
    name: 'Okta System Log',
    connector: 'okta',
    stream: () => 'log',
    complete: { uuid: 'u', published: timeText },
    says: (log) => [
      at(log, 'actor', 'id'),
      at(log, 'client', 'ipAddress'),
      at(log, 'client', 'userAgent', 'rawUserAgent'),
    ],
    elsewhere: ({ eventType }) =>
      typeof eventType === 'string' && eventType.includes('.') ? undefined : 'made up for a rule over several logs',
  },
  {
    name: 'GitHub audit log',
    connector: 'github',
    stream: () => 'audit',
    complete: {},
    says: (log) => [at(log, 'actor'), at(log, 'actor_ip'), at(log, 'user_agent')],
    elsewhere: ({ action }) =>
      typeof action === 'string' && madeUp.has(action) ? 'actions that GitHub does not have' : undefined,
  },
  {
    name: 'Google Workspace',
    connector: 'google',
    stream: ({ logsource }) => `log-${logsource.service?.split('.')[1] ?? 'admin'}`,
    complete: {},
    says: (log) => [at(log, 'actor', 'email'), at(log, 'ipAddress')],
    elsewhere(log) {
      const name = at(log, 'id', 'applicationName')
      if (name === 'gmail' && !isDelivery(log)) return 'an event that Gmail does not have'
      return name === 'logout' ? 'an application that Google does not have' : undefined
    },
  },
  {
    name: 'Slack audit log',
    connector: 'slack',
    stream: () => 'audit',
    complete: {},
    says: (log) => [at(log, 'actor', 'user', 'id'), at(log, 'context', 'ip_address'), at(log, 'context', 'ua')],
  },
  {
    name: 'Kubernetes audit log',
    connector: 'kubernetes',
    stream: () => 'log',
    complete: { kind: 'Event', auditID: 'a', stage: 'ResponseComplete', verb: 'get', stageTimestamp: timeText },
    says: (log) => [at(log, 'user', 'username'), at(log, 'sourceIPs', 0), at(log, 'userAgent')],
  },
  {
    name: 'Microsoft Entra',
    connector: 'entra',
    stream: ({ logsource }) => (logsource.service === 'signinlogs' ? 'sign-ins' : 'audit'),
    complete: { id: 'i', activityDateTime: timeText, createdDateTime: timeText },
    says: (log) => [at(log, 'initiatedBy', 'user', 'id') ?? at(log, 'userId'), at(log, 'ipAddress')],
  },
  {
    name: 'OpenAI audit log',
    connector: 'openai',
    stream: () => 'audit',
    complete: {},
    says: (log) => [at(log, 'actor', 'session', 'user', 'id'), at(log, 'actor', 'session', 'ip_address')],
  },
  {
    name: 'Anthropic Activity Feed',
    connector: 'anthropic',
    stream: () => 'activity',
    complete: {},
    says: (log) => [at(log, 'actor', 'user_id'), at(log, 'actor', 'ip_address'), at(log, 'actor', 'user_agent')],
  },
  {
    name: 'CrowdStrike event stream',
    connector: 'crowdstrike',
    stream: () => 'activity',
    complete: {},
    says: (log) => [at(log, 'event', 'UserId')],
    elsewhere: (log) =>
      at(log, 'metadata', 'eventType') === 'EppDetectionSummaryEvent' || !('metadata' in log)
        ? 'a detection, which the alerts tell'
        : undefined,
  },
]

export type Row = {
  vendor: string
  events: number
  specific: number
  invalid: number
  named: number
  wrong: string[]
  unread: string[]
  elsewhere: Map<string, number>
}

export function tally(vendor: Vendor, cases: readonly PantherCase[]): Row {
  const connector = createRegistry(undefined).find(vendor.connector)?.connector
  const row: Row = {
    vendor: vendor.name,
    events: 0,
    specific: 0,
    invalid: 0,
    named: 0,
    wrong: [],
    unread: [],
    elsewhere: new Map(),
  }
  for (const one of cases.filter(({ vendor: name }) => name === vendor.name)) {
    const why = vendor.elsewhere?.(one.raw)
    if (why !== undefined) {
      row.elsewhere.set(why, (row.elsewhere.get(why) ?? 0) + 1)
      continue
    }
    row.events++
    const name = vendor.stream(one)
    const whole = { ...vendor.complete, ...one.raw }
    const stream = connector?.streams.find((other) => other.name === name)
    const kept = stream?.kind === 'push' ? stream.keep?.(whole) : undefined
    const raw = kept === undefined ? whole : (kept[0]?.raw ?? null)
    const input = { stream: name, raw, eventAtMs: null, arrivedAtMs: 1, source: 's', authority: '111122223333' }
    const { ocsf = [], unmapped } = connector?.normalize(input) ?? {}
    const isTold = ocsf.length > 0 && ocsf.every(({ class_uid: uid }) => uid !== ocsfClasses.base_event.class_uid)
    if (isTold && unmapped === undefined) row.specific++
    else row.unread.push(`${one.line}: ${unmapped ?? 'nothing'}`)
    if (ocsf.some((event) => validateOcsf(event).length > 0)) row.invalid++
    for (const told of isTold ? vendor.says(one.raw) : []) {
      if (typeof told !== 'string' || told === '') continue
      row.named++
      if (!ocsf.every((event) => isSaid(event, told))) row.wrong.push(`${one.line}: ${told}`)
    }
  }
  return row
}
export const tallies = (): Row[] => {
  const cases = pantherCases()
  return vendors.map((vendor) => tally(vendor, cases))
}

const people = ['uid', 'name', 'email_addr']
const isSaid = (event: OcsfEvent | JsonObject, told: string): boolean =>
  people.some((name) => at(event, 'actor', 'user', name) === told || at(event, 'user', name) === told) ||
  at(event, 'actor', 'session', 'uid') === told ||
  ['ip', 'hostname'].some((name) => at(event, 'src_endpoint', name) === told) ||
  at(event, 'http_request', 'user_agent') === told ||
  listAt(event, 'observables').some((one) => one['value'] === told) ||
  listAt(event, 'evidences').some((one) => isSaid(one, told))
const listAt = (event: unknown, name: string): JsonObject[] => {
  const list = at(event, name)
  return Array.isArray(list) ? list.filter((one): one is JsonObject => isObject(one)) : []
}

export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ vendor, events, specific, invalid, named, wrong, elsewhere }) => {
    const left = [...elsewhere].map(([why, count]) => `${count}: ${why}`).join('; ')
    return `| ${vendor} | ${events} | ${specific} (${((100 * specific) / events).toFixed(1)} %) | ${invalid} | ${named - wrong.length} of ${named} | ${left} |`
  })
  return [
    '| records | events | of a class of their own | not valid | actor, address, agent right | left out |',
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}
