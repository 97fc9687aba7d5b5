import { readFileSync } from 'node:fs'

import { isObject, parseJson, type Json, type JsonObject } from '#kit'
import type { EventLogsource } from '#detect/sigma'

export const corpus = '../shared/corpora/panther-analysis/events.ndjson'

/** An event of Panther's tests as its vendor writes it, and whether the rule it tests matches it there. */
export type PantherCase = {
  line: number
  vendor: string
  rule: string
  expected: boolean
  logsource: EventLogsource
  raw: JsonObject
}

type Vendor = { name: string; logsource: EventLogsource; raw(log: JsonObject): JsonObject | null }

const asIs = (log: JsonObject): JsonObject => log
const cloud = (product: string, service: string): EventLogsource => ({ product, category: 'cloud', service })

/** By Panther's log types. Where it changes a record, the vendor's own shape is restored. */
const vendors: Record<string, Vendor> = {
  'AWS.CloudTrail': { name: 'AWS CloudTrail', logsource: cloud('aws', 'cloudtrail'), raw: asIs },
  'GitHub.Audit': { name: 'GitHub audit log', logsource: cloud('github', 'audit'), raw: asIs },
  'Okta.SystemLog': { name: 'Okta System Log', logsource: cloud('okta', 'okta'), raw: capitals },
  'GSuite.ActivityEvent': { name: 'Google Workspace', logsource: cloud('gcp', 'google_workspace'), raw: activity },
  'Slack.AuditLogs': { name: 'Slack audit log', logsource: cloud('slack', 'audit'), raw: asIs },
  'Amazon.EKS.Audit': {
    name: 'Kubernetes audit log',
    logsource: cloud('kubernetes', 'audit'),
    raw: (log) => ('protoPayload' in log || 'operationName' in log ? null : log),
  },
  'Azure.Audit': { name: 'Microsoft Entra', logsource: cloud('azure', 'auditlogs'), raw: diagnostic },
  'OpenAI.Audit': { name: 'OpenAI audit log', logsource: cloud('openai', 'audit'), raw: dotted },
  'Anthropic.Activity': { name: 'Anthropic Activity Feed', logsource: cloud('anthropic', 'activity'), raw: asIs },
  'Crowdstrike.EventStreams': {
    name: 'CrowdStrike event stream',
    logsource: cloud('crowdstrike', 'activity'),
    raw: asIs,
  },
  'Snowflake.LoginHistory': { name: 'Snowflake', logsource: cloud('snowflake', 'login_history'), raw: asIs },
  'Snowflake.QueryHistory': { name: 'Snowflake', logsource: cloud('snowflake', 'query_history'), raw: asIs },
  'Salesforce.RealtimeEvent': { name: 'Salesforce', logsource: cloud('salesforce', 'eventlog'), raw: asIs },
  'Microsoft365.Audit.Exchange': { name: 'Microsoft 365', logsource: cloud('m365', 'exchange'), raw: capitals },
  'Microsoft365.Audit.SharePoint': { name: 'Microsoft 365', logsource: cloud('m365', 'sharepoint'), raw: asIs },
  'Microsoft365.Audit.AzureActiveDirectory': {
    name: 'Microsoft 365',
    logsource: cloud('m365', 'azureactivedirectory'),
    raw: asIs,
  },
  'Snowflake.DataTransferHistory': {
    name: 'Snowflake',
    logsource: { product: 'snowflake', category: 'database', service: 'data_transfer_history' },
    raw: asIs,
  },
  'Snowflake.GrantsToRoles': {
    name: 'Snowflake',
    logsource: { product: 'snowflake', category: 'database', service: 'grants' },
    raw: asIs,
  },
  'Databricks.Audit': { name: 'Databricks', logsource: cloud('databricks', 'audit'), raw: asIs },
  'Osquery.Differential': {
    name: 'osquery',
    logsource: { product: 'osquery', category: 'host', service: 'results' },
    raw: asIs,
  },
  'Tailscale.Audit': {
    name: 'Tailscale',
    logsource: { product: 'tailscale', category: 'network', service: 'configuration' },
    raw: asIs,
  },
}

/** Panther flattens an activity of Google Workspace into its one event. */
function activity({ id, name, type, parameters, actor, ipAddress }: JsonObject): JsonObject | null {
  if (!isObject(id) || typeof name !== 'string') return null
  return {
    id,
    actor: actor ?? null,
    ipAddress: ipAddress ?? null,
    events: [{ type: type ?? null, name, parameters: listOf(parameters) }],
  }
}
const listOf = (parameters: Json | undefined): Json[] =>
  Object.entries(isObject(parameters) ? parameters : {}).flatMap(([key, value]): Json[] => {
    if (typeof value === 'string') return [{ name: key, value }]
    if (typeof value === 'boolean') return [{ name: key, boolValue: value }]
    if (typeof value === 'number') return [{ name: key, intValue: String(value) }]
    if (isObject(value)) return [{ name: key, messageValue: { parameter: listOf(value) } }]
    if (!Array.isArray(value)) return []
    if (value.every((one) => typeof one === 'string')) return [{ name: key, multiValue: value }]
    return value.every(isObject)
      ? [{ name: key, multiMessageValue: value.map((one) => ({ parameter: listOf(one) })) }]
      : []
  })

/** Azure's diagnostic settings wrap what Microsoft Graph gives bare. */
function diagnostic(log: JsonObject): JsonObject | null {
  const { properties, operationName, operationname, time } = log
  if (!isObject(properties)) return null
  return { activityDisplayName: operationName ?? operationname ?? null, activityDateTime: time ?? null, ...properties }
}

/** OpenAI names the details of an entry by its type, dots and all; Panther has underscores there. */
function dotted(log: JsonObject): JsonObject {
  const { type } = log
  if (typeof type !== 'string') return log
  const { [type.replaceAll('.', '_')]: details, ...rest } = log
  return details === undefined ? log : { ...rest, [type]: details }
}

const names =
  `Operation Workload Parameters UserId ClientIP CreationTime ResultStatus ObjectId eventType legacyEventType
  displayMessage authenticationContext debugContext securityContext`.split(/\s+/)
const byLower = new Map(names.map((name) => [name.toLowerCase(), name]))

/** Some of Panther's records have the names of their fields in small letters. */
function capitals(log: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(log).map(([key, value]) => [byLower.get(key) ?? key, value]))
}

/** Where one vendor has several logs, which of them an event belongs to. */
function logsourceOf({ logsource }: Vendor, raw: JsonObject): EventLogsource {
  const { id } = raw
  if (logsource.service === 'google_workspace' && isObject(id) && typeof id['applicationName'] === 'string')
    return { ...logsource, service: `google_workspace.${id['applicationName']}` }
  if (logsource.service === 'auditlogs' && ('createdDateTime' in raw || 'appliedConditionalAccessPolicies' in raw))
    return { ...logsource, service: 'signinlogs' }
  return logsource
}

/** Every event of a log that Cordon has rules for, in the order of the corpus. */
export function pantherCases(): PantherCase[] {
  return readFileSync(corpus, 'utf8')
    .split('\n')
    .flatMap((text, line): PantherCase[] => {
      if (text === '') return []
      const held = parseJson(text)
      if (!isObject(held) || !isObject(held['log'])) return []
      const { lt, rule, exp, log } = held
      const told = log['p_log_type']
      const listed = Array.isArray(lt) ? lt : []
      // Tests of several logs say which one in the record; others may name a finer type there.
      const types = typeof told !== 'string' ? listed : listed.length === 1 ? [told, ...listed] : [told]
      for (const type of types) {
        const vendor = typeof type === 'string' ? vendors[type] : undefined
        const raw = vendor?.raw(log)
        if (vendor === undefined || raw === undefined || raw === null) continue
        return [
          {
            line,
            vendor: vendor.name,
            rule: typeof rule === 'string' ? rule : '',
            expected: exp === true,
            logsource: logsourceOf(vendor, raw),
            raw,
          },
        ]
      }
      return []
    })
}
