import { ocsfEvent, type OcsfEvent, type OcsfObject } from '#model'
import { isMail, objectsIn, ocsfUser, saidAt } from '#sources/contract'

import type { Operation } from './operations.ts'
import { product, type Told } from './told.ts'

/** One record as the event of its class. */
export function describe(told: Told, type: Operation): OcsfEvent {
  const { atMs, operation, user, of } = told
  const common = { ...told.common, ...(type.activity === 'other' ? { activity_name: operation } : {}) }
  const hosted = { ...common, profiles: ['host' as const] }
  switch (type.of) {
    case 'authentication': {
      const { actor, ...plain } = common
      const held = actor.session === undefined ? {} : { session: actor.session }
      const app = of('ApplicationDisplayName', 'ApplicationId', 'ClientAppId') ?? told.workload
      return ocsfEvent('authentication', type.activity, atMs, product, {
        ...plain,
        ...held,
        user,
        service: { name: app },
      })
    }
    case 'account_change':
      return ocsfEvent('account_change', type.activity, atMs, product, { ...hosted, user: ocsfUser(targetOf(told)) })
    case 'user_access': {
      const privileges = [privilegeOf(told)]
      const resources = [{ name: of('ObjectId', 'SiteUrl') ?? 'unknown' }]
      return ocsfEvent('user_access', type.activity, atMs, product, {
        ...hosted,
        user: ocsfUser(granteeOf(told)),
        privileges,
        resources,
      })
    }
    case 'group_management': {
      const group = {
        name:
          of('TeamName', 'TargetUserOrGroupName') ?? modified(told, 'Group.DisplayName') ?? of('ObjectId') ?? 'unknown',
      }
      const members = objectsIn(told.record['Members'])
      const member = saidAt(members[0], 'UPN', 'DisplayName') ?? granteeOf(told)
      const isMember = type.activity === 'add_user' || type.activity === 'remove_user'
      return ocsfEvent('group_management', type.activity, atMs, product, {
        ...hosted,
        ...(isMember ? { user: ocsfUser(member) } : {}),
        group,
      })
    }
    case 'entity_management':
      return ocsfEvent('entity_management', type.activity, atMs, product, { ...hosted, entity: entityOf(told) })
    case 'file_hosting':
      return ocsfEvent('file_hosting', type.activity, atMs, product, { ...common, file: fileOf(told) })
    case 'web_resources_activity':
      return ocsfEvent('web_resources_activity', type.activity, atMs, product, {
        ...hosted,
        web_resources: [boxOf(told)],
      })
    case 'email_activity': {
      const from = of('SendAsUserSmtp', 'SendOnBehalfOfUserSmtp', 'MailboxOwnerUPN', 'UserId') ?? 'unknown'
      const uid = saidAt(itemOf(told), 'InternetMessageId', 'Id')
      const email = { from, ...(uid === undefined ? {} : { message_uid: uid }) }
      return ocsfEvent('email_activity', type.activity, atMs, product, { ...hosted, direction_id: 2, email, from })
    }
    case 'detection_finding': {
      const { actor, src_endpoint, http_request: _, ...plain } = common
      const finding_info = { uid: of('AlertId', 'AlertEntityId', 'Id') ?? 'unknown', title: of('Name') ?? operation }
      const evidences = [{ actor, src_endpoint }]
      return ocsfEvent('detection_finding', type.activity, atMs, product, {
        ...plain,
        finding_info,
        evidences,
        severity_id: 3,
      })
    }
  }
}

/** The new value of a property that the record says was changed. */
const modified = ({ record }: Told, name: string): string | undefined =>
  saidAt(
    objectsIn(record['ModifiedProperties']).find((one) => one['Name'] === name),
    'NewValue',
  )?.replaceAll(/^[["\s]+|["\]\s]+$/g, '')

/** Whose account: by name among the targets (type 5), else as the object is called. */
function targetOf({ record, of }: Told): string | undefined {
  const targets = objectsIn(record['Target'])
  return (
    saidAt(
      targets.find((one) => one['Type'] === 5),
      'ID',
    ) ?? of('ObjectId')
  )
}

/** Who got the right: a user, an app by its client, or whom a link was made for. */
function granteeOf(told: Told): string | undefined {
  const { of, parameter } = told
  return (
    of('TargetUserOrGroupName', 'UserSharedWith') ??
    parameter('User', 'Trustee', 'Member', 'SecurityGroup') ??
    modified(told, 'ServicePrincipal.DisplayName') ??
    modified(told, 'User.UPN') ??
    targetOf(told)
  )
}

const privilegeOf = (told: Told): string =>
  told.parameter('AccessRights', 'Role', 'Roles') ??
  modified(told, 'Role.DisplayName') ??
  modified(told, 'ConsentAction.Permissions') ??
  modified(told, 'DelegatedPermissionGrant.Scope') ??
  modified(told, 'AppRole.Value') ??
  told.operation

/** What an administrator's act was on: a rule of a mailbox by its name, else the object. */
function entityOf({ of, parameter, operation }: Told): OcsfObject<'managed_entity'> {
  const noun = /^[A-Z][a-z]+-(\w+)$/.exec(operation)?.[1] ?? operation.replace(/\.$/, '').split(' ').slice(1).join(' ')
  const name =
    (noun.endsWith('Rule') ? parameter('Name') : undefined) ??
    of('ObjectId', 'ChannelName', 'AddOnName', 'TabType', 'Name')
  return { name: name ?? parameter('Identity', 'Name') ?? 'unknown', type: noun === '' ? operation : noun }
}

function fileOf({ of }: Told): OcsfObject<'file'> {
  const path = of('ObjectId') ?? [of('SiteUrl'), of('SourceRelativeUrl')].filter((part) => part !== undefined).join('/')
  const name = of('SourceFileName') ?? path.split('/').findLast((part) => part !== '') ?? 'unknown'
  const type = of('ItemType')
  return { name, path: path === '' ? 'unknown' : path, type_id: type === 'Folder' ? 2 : type === 'File' ? 1 : 0 }
}

const itemOf = ({ record }: Told) =>
  objectsIn([record['Item'] ?? null, ...(Array.isArray(record['AffectedItems']) ? record['AffectedItems'] : [])])[0]

/** A mailbox is the resource, not each mail in it; of Teams the chat or the team. */
function boxOf({ of, workload }: Told): OcsfObject<'web_resource'> {
  const owner = of('MailboxOwnerUPN')
  if (owner !== undefined) return { name: owner, type: 'mailbox' }
  if (workload === 'Exchange') return { name: of('UserId') ?? 'unknown', type: 'mailbox' }
  const name = of('ChatThreadId', 'TeamGuid', 'TeamName', 'ObjectId', 'Name') ?? workload
  return { name, type: isMail(name) ? 'mailbox' : workload }
}
