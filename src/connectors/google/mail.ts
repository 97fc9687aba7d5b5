import { isJsonObject, type Json, type JsonObject } from '#kit'
import type { EntityId, Touch } from '#model'

import type { Act } from './act.ts'
import { delegateName, one, parametersOf, profileOf, type ActivityRow, type Parameters } from './activity-row.ts'
import { mailTypeOf, type MailType } from './mail-types.ts'
import { nameData, nameUser } from './names.ts'

const typeName = 'event_info.mail_event_type'

export const mailType = (parameters: Parameters): MailType | undefined => mailTypeOf(one(parameters, typeName))
export const mailUnknown: MailType = { name: 'unknown', activity: 'unknown' }
export const isMail = ({ id }: ActivityRow): boolean => id.applicationName === 'gmail'
/** As it stands in `unmapped` where nobody knows it. */
export const mailTypeText = (name: string, parameters: Parameters): string =>
  `gmail ${[name, one(parameters, typeName)].filter(Boolean).join(' ')}`

/** Of a message everything but what it says: ids, addresses, hashes, sizes, how it came. */
const keptNames: ReadonlySet<string> = new Set(
  `mail_event_type success timestamp_usec client_type delegate_user_email rfc2822_message_id address service selector
   from_header_address flattened_destinations num_message_attachments payload_size is_spam sha256 malware_family
   file_extension_type client_ip smtp_reply_code smtp_response_reason dkim_pass spf_pass dmarc_pass is_internal
   is_intra_domain ip_geo_country action_type drive_id type`.split(/\s+/),
)
const depthMax = 8
/** Of a message to many. */
const recipientsMax = 100

/**
 * INVARIANT: what people write to each other is not kept: subjects, names of files, links, names shown. A parameter that
 * Google adds is not kept before somebody has looked at it.
 */
export function withoutContent(row: JsonObject): JsonObject {
  const { resourceDetails: _titles, ...rest } = row
  const { events } = row
  if (!Array.isArray(events)) return rest
  return {
    ...rest,
    events: events.map((event) =>
      isJsonObject(event) ? { ...event, parameters: keptOf(event['parameters'], 0) } : event,
    ),
  }
}

function keptOf(parameters: Json | undefined, depth: number): JsonObject[] {
  if (!Array.isArray(parameters) || depth > depthMax) return []
  return parameters.flatMap((parameter) => {
    if (!isJsonObject(parameter)) return []
    const { name, messageValue, multiMessageValue } = parameter
    if (typeof name !== 'string') return []
    if (isJsonObject(messageValue)) return [{ name, messageValue: insideOf(messageValue, depth) }]
    if (Array.isArray(multiMessageValue))
      return [{ name, multiMessageValue: multiMessageValue.filter(isJsonObject).map((one) => insideOf(one, depth)) }]
    return keptNames.has(name.split('.').at(-1) ?? '') ? [parameter] : []
  })
}
const insideOf = ({ parameter }: JsonObject, depth: number): JsonObject => ({ parameter: keptOf(parameter, depth + 1) })

export const delegateIn = (row: ActivityRow): string | undefined =>
  isMail(row)
    ? row.events.map((event) => one(parametersOf(event), delegateName)).find((one) => one !== undefined)
    : undefined

/** Whoever acted for the owner: null where nobody has that address any more, undefined where the owner did it. */
export function delegateOf(row: ActivityRow, authority: string): EntityId | null | undefined {
  const address = delegateIn(row)
  if (address === undefined) return undefined
  const id = row.resolved?.[address.toLowerCase()]
  return id === undefined || id === null ? null : nameUser(authority, id)
}

/** What was done to whose mailbox: Google names the message, the estate the mailbox. */
export function mailTouch({ row, parameters, authority }: Act): Pick<Touch, 'resource' | 'verb'> | undefined {
  const owner = profileOf(row)
  const verb = mailType(parameters)?.verb
  return owner === undefined || verb === undefined ? undefined : { resource: nameData(authority, owner, 'mail'), verb }
}

/** What an event of mail says beside the fields that all have. */
export function mailFields(
  parameters: Parameters,
  { name, activity, verb }: MailType,
  owner: string | null | undefined,
) {
  const said = one(parameters, 'message_info.source.address', 'message_info.source.from_header_address')
  const uid = one(parameters, 'message_info.rfc2822_message_id')
  // Whom it went to is told of what goes out; whoever opens a mail gives it to nobody.
  const isOut = activity === 'send' || verb === 'share'
  const to = isOut ? recipientsOf(parameters) : []
  const [from] = [said, isOut ? owner : undefined].filter((one) => one !== undefined && one !== null && isAddress(one))
  const isInternal = one(parameters, 'message_info.connection_info.is_internal') === 'true'
  return {
    message: `gmail: ${name}`,
    ...(activity === 'other' ? { activity_name: name } : {}),
    direction_id: isInternal ? directions.internal : (directions[activity] ?? directions.unknown),
    email: { ...endsOf(from, to, owner), ...(uid === undefined ? {} : { message_uid: uid }) },
  }
}
/** An e-mail of OCSF has one end at least: of one that is read the mailbox it lies in. */
function endsOf(from: string | null | undefined, to: readonly string[], owner: string | null | undefined) {
  if (typeof from !== 'string' && to.length === 0)
    return { to: [typeof owner === 'string' && isAddress(owner) ? owner : nobody] }
  return { ...(typeof from === 'string' ? { from } : {}), ...(to.length === 0 ? {} : { to: [...to] }) }
}
/** RFC 2606: a name that is nobody's. */
const nobody = 'unknown@unknown.invalid'

/** A list of its own, or one text of `service:selector:address` each. */
function recipientsOf(parameters: Parameters): string[] {
  const flat = one(parameters, 'message_info.flattened_destinations')?.split(/[,\s]+/) ?? []
  const listed = parameters.get('message_info.destination.address') ?? flat.map((text) => text.split(':').at(-1) ?? '')
  return listed.filter(isAddress).slice(0, recipientsMax)
}
const isAddress = (text: string): boolean => /^[^\s@]+@[^\s@]+$/.test(text)
const directions: Record<string, 0 | 1 | 2 | 3> & { unknown: 0; internal: 3 } = {
  unknown: 0,
  receive: 1,
  send: 2,
  internal: 3,
}
