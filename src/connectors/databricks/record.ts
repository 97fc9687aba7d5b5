import { isJsonObject, parseJson, type Json, type JsonObject } from '#kit'
import { objectAt, saidAt } from '#sources/contract'

import { withoutValues } from './scrub.ts'

// Shapes: https://docs.databricks.com/admin/account-settings/audit-logs (delivery), …/system-tables/audit-logs (the table), and
// Azure Monitor's tables `Databricks…` (diagnostic settings). Names of the delivered log are kept, so that a rule is written once.

/** Columns of `system.access.audit` by what the delivered log calls them. */
const columns: Readonly<Record<string, string>> = {
  version: 'version',
  event_time: 'timestamp',
  event_id: 'eventId',
  account_id: 'accountId',
  workspace_id: 'workspaceId',
  source_ip_address: 'sourceIPAddress',
  user_agent: 'userAgent',
  session_id: 'sessionId',
  user_identity: 'userIdentity',
  service_name: 'serviceName',
  action_name: 'actionName',
  request_id: 'requestId',
  request_params: 'requestParams',
  audit_level: 'auditLevel',
  identity_metadata: 'identityMetadata',
}
/** Of the answer and of who acted, likewise. */
const inner: Readonly<Record<string, string>> = {
  status_code: 'statusCode',
  error_message: 'errorMessage',
  subject_name: 'subjectName',
}

/** One record under the delivered log's names, without what commands and queries hold. */
export const recordsIn = (record: JsonObject): JsonObject[] => [withoutValues(delivered(record))]

function delivered(record: JsonObject): JsonObject {
  const row = 'service_name' in record ? renamed(record, columns) : diagnostic(record)
  const out = { ...row }
  for (const name of ['userIdentity', 'response', 'requestParams']) {
    const held = parsed(row[name])
    if (held !== undefined) out[name] = name === 'requestParams' ? held : renamed(held, inner)
  }
  return out
}

/** Azure puts what is of Databricks under `properties`, some of it as text, and names the act twice. */
function diagnostic(record: JsonObject): JsonObject {
  const properties = objectAt(record, 'properties')
  if (properties === undefined || saidAt(record, 'operationName') === undefined) return record
  const { properties: _, identity, time, ...rest } = record
  return { ...rest, timestamp: time ?? null, userIdentity: identity ?? null, ...properties }
}

const renamed = (record: JsonObject, names: Readonly<Record<string, string>>): JsonObject =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [names[name] ?? name, value]))

/** Objects, also where they are written as text. */
function parsed(value: Json | undefined): JsonObject | undefined {
  if (typeof value !== 'string') return value !== undefined && isJsonObject(value) ? value : undefined
  try {
    const held = parseJson(value)
    return isJsonObject(held) ? held : undefined
  } catch {
    return undefined
  }
}
