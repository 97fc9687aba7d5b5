import type { JsonObject } from '#kit'
import { ocsfEndpoint, type Stated } from '#model'
import { addressOf, objectAt, objectsIn, ocsfUser, saidAt, timeMs as timeIn, type FormatAt } from '#sources/contract'

import { describe } from './describe.ts'
import { operationOf, type Operation } from './operations.ts'
import type { Told } from './told.ts'

/** UTC, whether it says so or not; some writers put a blank for the `T`. */
export const timeMs = (record: JsonObject): number | undefined => timeIn(saidAt(record, 'CreationTime'))

export const nativeOf = (record: JsonObject): string | undefined => saidAt(record, 'Id')

export function read(record: JsonObject, { atMs }: FormatAt): Stated | string {
  const operation = saidAt(record, 'Operation')
  if (operation === undefined) return 'no record of the audit log'
  const workload = saidAt(record, 'Workload') ?? 'unknown'
  const type = operationOf(workload, operation)
  if (type === undefined) return `${workload} ${operation}`
  return { ocsf: [describe(toldBy(record, operation, workload, atMs), refined(record, type))] }
}

/** A factor of a user is an update like any other; what is updated tells. */
function refined(record: JsonObject, type: Operation): Operation {
  if (type.of !== 'account_change' || type.activity !== 'other') return type
  const factor = objectsIn(record['ModifiedProperties']).find((one) =>
    /^StrongAuthentication(?:Method|Requirement|PhoneAppDetail)$/.test(saidAt(one, 'Name') ?? ''),
  )
  if (factor === undefined) return type
  const isGone = /^(?:\[\s*\])?$/.test(saidAt(factor, 'NewValue') ?? '')
  return { of: 'account_change', activity: isGone ? 'mfa_factor_disable' : 'mfa_factor_enable' }
}

function toldBy(record: JsonObject, operation: string, workload: string, atMs: number): Told {
  const lists = ['Parameters', 'ExtendedProperties', 'DeviceProperties'].flatMap((name) => objectsIn(record[name]))
  const parameter: Told['parameter'] = (...names) =>
    names
      .map((name) =>
        saidAt(
          lists.find((one) => one['Name'] === name),
          'Value',
        ),
      )
      .find((value) => value !== undefined)
  const of: Told['of'] = (...names) => saidAt(record, ...names)
  const user = ocsfUser(of('UserId', 'MailboxOwnerUPN', 'UserKey'))
  const session =
    of('SessionId') ?? saidAt(objectAt(record, 'AppAccessContext'), 'AADSessionId') ?? parameter('SessionId')
  const agent = of('UserAgent', 'ClientInfoString') ?? parameter('UserAgent')
  const common: Told['common'] = {
    uid: nativeOf(record),
    message: `${workload} ${operation}`,
    actor: session === undefined ? { user } : { user, session: { uid: session } },
    src_endpoint: ocsfEndpoint(addressOf(of('ClientIP', 'ClientIPAddress', 'ActorIpAddress'))),
  }
  const status = statusOf(operation, of('ResultStatus'))
  if (status !== undefined) common.status_id = status
  const why = of('LogonError')
  if (why !== undefined) common.status_detail = why
  if (agent !== undefined) common.http_request = { user_agent: agent }
  return { record, atMs, operation, workload, of, parameter, user, common }
}

/** Of a failed sign-in `ResultStatus` may say that the record of it succeeded. */
function statusOf(operation: string, result: string | undefined): 1 | 2 | undefined {
  if (operation === 'UserLoginFailed') return 2
  if (result === undefined) return undefined
  return /^(?:succeeded|success|true|partiallysucceeded)$/i.test(result) ? 1 : 2
}
