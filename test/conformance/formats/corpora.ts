import { existsSync, readFileSync, globSync } from 'node:fs'

import { isObject, parseJson, type JsonObject } from '#kit'
import type { OcsfEvent } from '#model'
import { validateOcsf } from '#model/ocsf'
import { flattenWindowsEvent } from '#detect/sigma'

import { createRegistry } from '../../../src/app/registry.ts'

const panther = '../shared/corpora/panther-analysis/events.ndjson'
const sigma = '../shared/corpora/sigma/regression_data'
export const corporaHere = existsSync(panther) && existsSync(sigma)

/** What a record says of who acted and from where, read by this test alone; undefined where it says nothing. */
type Vendor = {
  connector: string
  types: RegExp | null
  who(log: JsonObject): unknown
  address(log: JsonObject): unknown
  agent?(log: JsonObject): unknown
  /** The vendor's own shape, where the corpus changed it. */
  restored?(log: JsonObject): JsonObject
}
const at = (log: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((held, key) => (isObject(held) ? held[key] : undefined), log)
const nobody = (): undefined => undefined
export const vendors: readonly Vendor[] = [
  {
    connector: 'sysmon',
    types: null,
    who: (log) => at(flattenWindowsEvent(log), 'Computer'),
    address: nobody,
  },
  {
    connector: 'osquery',
    types: /^Osquery\.Differential$/,
    who: (log) => at(log, 'hostIdentifier'),
    address: nobody,
  },
  {
    connector: 'tailscale',
    types: /^Tailscale\.Audit$/,
    who: (log) => at(log, 'event', 'actor', 'loginName'),
    address: nobody,
  },
  {
    connector: 'snowflake',
    types: /^Snowflake\./,
    who: (log) => at(log, 'USER_NAME') ?? at(log, 'GRANTEE_NAME'),
    address: (log) => (at(log, 'CLIENT_IP') === '0.0.0.0' ? undefined : at(log, 'CLIENT_IP')),
  },
  {
    connector: 'm365',
    types: /^Microsoft365\./,
    who: (log) => at(log, 'UserId'),
    address: (log) => withoutPort(at(log, 'ClientIP')),
    agent: (log) => at(log, 'UserAgent') ?? extended(log, 'UserAgent'),
    restored: (log) => Object.fromEntries(Object.entries(log).map(([name, value]) => [capital(name), value])),
  },
  {
    connector: 'databricks',
    types: /^Databricks\.Audit$/,
    who: (log) => at(log, 'userIdentity', 'email'),
    address: (log) => at(log, 'sourceIPAddress'),
    agent: (log) => at(log, 'userAgent'),
  },
]

/** Panther writes fields of Exchange in small letters. */
const small =
  `ClientIP CreationTime ExternalAccess Id ObjectId Operation OrganizationId OrganizationName OriginatingServer Parameters
  RecordType ResultStatus UserId UserKey UserType Workload`.split(/\s+/)
const capital = (name: string): string => small.find((one) => one.toLowerCase() === name) ?? name
const withoutPort = (address: unknown): unknown =>
  typeof address === 'string' ? address.replace(/:\d+$/, '') : undefined
const extended = (log: JsonObject, name: string): unknown => {
  const { ExtendedProperties: list } = log
  return Array.isArray(list)
    ? at(
        list.find((one) => at(one, 'Name') === name),
        'Value',
      )
    : undefined
}

/** Events of SigmaHQ's regression tests with the folder of the rule they are for. */
export function regression(): { category: string; raw: JsonObject }[] {
  return globSync(`${sigma}/**/*.json`).flatMap((path) => {
    const category = path.split('/').at(-3) ?? ''
    const texts = readFileSync(path, 'utf8')
      .trim()
      .split(/\n(?=\{)/)
    return texts.flatMap((text) => {
      const raw = parseJson(text)
      return isObject(raw) ? [{ category, raw }] : []
    })
  })
}

export function corpusOf({ types, restored = (log) => log }: Vendor): JsonObject[] {
  if (types === null) return regression().map(({ raw }) => raw)
  return readFileSync(panther, 'utf8')
    .split('\n')
    .flatMap((text) => {
      const held = text === '' ? null : parseJson(text)
      if (!isObject(held) || !isObject(held['log']) || !Array.isArray(held['lt']) || held['lt'].length !== 1) return []
      const [type] = held['lt']
      return typeof type === 'string' && types.test(type) ? [restored(held['log'])] : []
    })
}

export type Row = { vendor: string; events: number; specific: number; invalid: number; named: number; wrong: string[] }

export function tally(vendor: Vendor, logs: readonly JsonObject[]): Row {
  const connector = createRegistry(undefined).find(vendor.connector)?.connector
  const row: Row = { vendor: vendor.connector, events: logs.length, specific: 0, invalid: 0, named: 0, wrong: [] }
  for (const [place, raw] of logs.entries()) {
    const input = { stream: 'log', raw, eventAtMs: null, arrivedAtMs: 1, source: 's', authority: 'corpus.example' }
    const { ocsf = [], unmapped } = connector?.normalize(input) ?? {}
    if (unmapped === undefined && ocsf.length > 0 && ocsf.every(({ class_uid: uid }) => uid !== 0)) row.specific++
    if (ocsf.some((event) => validateOcsf(event).length > 0)) row.invalid++
    for (const told of [vendor.who(raw), vendor.address(raw), vendor.agent?.(raw)]) {
      if (typeof told !== 'string' || unmapped !== undefined) continue
      row.named++
      if (!ocsf.every((event) => says(event, told))) row.wrong.push(`${place}: ${told}`)
    }
  }
  return row
}

const places = [
  ['actor', 'user', 'name'],
  ['user', 'name'],
  ['src_endpoint', 'ip'],
  ['http_request', 'user_agent'],
  ['device', 'hostname'],
]
const says = (event: OcsfEvent, told: string): boolean => places.some((path) => at(event, ...path) === told)

export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ vendor, events, specific, invalid, named, wrong }) =>
      `| ${vendor} | ${events} | ${specific} (${((100 * specific) / events).toFixed(1)} %) | ${invalid} | ${named - wrong.length} of ${named} |`,
  )
  return [
    '| records | events | of a class of their own | not valid | actor, host or address right |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}
