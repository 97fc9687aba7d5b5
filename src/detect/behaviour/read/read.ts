import { isObject } from '#kit'
import type { EntityId, OcsfEvent, Touch } from '#model'

import type { Act, Feature, Item } from '../act.ts'
import { hash32 } from '../state/distinct.ts'
import type { BehaviourEvent } from './event.ts'
import { domainOf, isPublicMail } from './mailboxes.ts'
import { networkOf } from './network.ts'
import { remembered } from './remembered.ts'
import { readTold } from './told.ts'

const valueCharsMax = 300
const actsMax = 1_000
const openLinks = /^(people_with_link|public_on_the_web|anyone|public)$/
const rightEdges: ReadonlySet<string> = new Set([
  'CAN_READ',
  'CAN_WRITE',
  'CAN_ADMIN',
  'CAN_SHARE',
  'CAN_GRANT',
  'MEMBER_OF',
  'ASSUMES',
])

/**
 * Acts and statements of one event. What an inventory states of rights is no act: only what a log tells of the moment is.
 * Fields of the event as a whole (bytes, recipient, operation) count with its first touch alone.
 */
export function readEvent(event: BehaviourEvent): Item[] {
  const { touches, facts, edges, people, snapshot } = event
  const items: Item[] = []
  const told = readTold(event)
  if (told !== undefined) items.push(told)
  if (snapshot !== undefined) return items
  const whole = touches.length > 0 || facts.length > 0 ? wholeOf(event) : undefined
  if (whole !== undefined) {
    const ones = touches.length > 0 ? touches.slice(0, actsMax) : usesOf(event)
    for (const [at, touch] of ones.entries()) items.push(actOf(event, touch, whole, at))
  }
  if (edges.length > 0 && people === undefined) items.push(...gains(event, items.length))
  return items
}

type Whole = Pick<Act, 'values' | 'bytes' | 'widened' | 'personal'> & { origin: string | undefined }

function wholeOf({ ocsf, facts }: BehaviourEvent): Whole {
  const [event] = ocsf
  const from = inside(event, 'src_endpoint')
  const place = inside(from, 'location')
  const own = domainOf(textAt(inside(inside(event, 'actor'), 'user'), 'email_addr'))
  const recipient = recipientOf(event)
  const isOutside = recipient !== undefined && recipient !== own
  const values: Values = {}
  set(values, 'network', asnOf(from))
  set(values, 'country', textAt(place, 'country') ?? textAt(place, 'desc'))
  const agent = textAt(inside(event, 'http_request'), 'user_agent')
  if (agent !== undefined) values.agent = agentOf(agent)
  set(values, 'tool', textAt(inside(event, 'unmapped'), 'tool') ?? operationOf(event))
  if (isOutside) values.recipient = recipient
  return {
    origin: textAt(from, 'ip') ?? textAt(from, 'hostname'),
    values,
    bytes: bytesOf(inside(event, 'traffic')),
    widened: facts.some(({ attributes: { sharedByLink } }) => openLinks.test(String(sharedByLink))),
    personal: (isOutside && isPublicMail(recipient)) || (own !== undefined && isPublicMail(own)),
  }
}

function actOf(event: BehaviourEvent, touch: Touch, whole: Whole, at: number): Act {
  const { identity, credential, resource, verb, atMs, records } = touch
  const origin = touch.origin ?? whole.origin
  const isLogin = verb === 'login'
  const first = at === 0
  const values: Values = { ...whole.values }
  if (origin !== undefined && origin !== null) values.network ??= networkOf(origin)
  if (resource !== none) values[isLogin ? 'app' : 'resource'] = resource
  return {
    kind: 'act',
    timeMs: atMs,
    id: `${event.event}/${at}`,
    offset: event.offset,
    trust: event.trust,
    actors: [credential, identity].filter((id) => id !== null),
    verb,
    values,
    resource: isLogin || resource === none ? null : resource,
    records: records ?? 0,
    bytes: first ? whole.bytes : 0,
    widened: first && whole.widened,
    personal: first && whole.personal,
    rights: [],
    passive: false,
    teaches: event.backfill === true,
  }
}

/** Of acts that touch nothing: no resource. */
const none: EntityId = 'resource:none:none'

/** A vendor that tells of an act on nothing in particular still says that a credential, or else somebody, was in use. */
function usesOf({ facts, edges }: BehaviourEvent): Touch[] {
  const used = facts.filter(({ attributes, observedAtMs }) => attributes['lastUsedAtMs'] === observedAtMs)
  const credential = used.find(({ entity }) => entity.startsWith('credential:'))?.entity ?? null
  const login = edges.find(({ src, type }) => src === credential && type === 'AUTHENTICATES_AS')
  const identity = used.find(({ entity }) => entity.startsWith('identity:'))?.entity ?? login?.dst ?? null
  const [first] = used
  if (first === undefined || (credential ?? identity) === null) return []
  const { observedAtMs: atMs } = first
  return [{ identity, credential, resource: none, verb: 'read', atMs, records: null, origin: null }]
}

/** Whoever made one has one more way in. */
const isPower = (made: EntityId): boolean => /^(credential|identity|app):/.test(made)

/** Rights that a log says somebody got just now, and what they made. */
function gains(event: BehaviourEvent, from: number): Act[] {
  const by = new Map<EntityId, { rights: number[]; timeMs: number }>()
  for (const { src, type, dst, ...edge } of event.edges.slice(0, actsMax)) {
    if (edge.op !== 'open' || edge.confidence === 'inferred') continue
    if (type === 'CREATED' ? !isPower(dst) : !rightEdges.has(type)) continue
    // An edge without a beginning of its own is how things have been, not news.
    if (edge.atMs === 0 || (!src.startsWith('identity:') && !src.startsWith('credential:'))) continue
    const gained = by.get(src) ?? { rights: [], timeMs: edge.atMs }
    gained.rights.push(hash32(`${type} ${dst}`))
    by.set(src, gained)
  }
  return [...by].map(([actor, { rights, timeMs }], at) => ({
    kind: 'act',
    timeMs,
    id: `${event.event}/${from + at}`,
    offset: event.offset,
    trust: event.trust,
    actors: [actor],
    verb: 'admin',
    values: {},
    resource: null,
    records: 0,
    bytes: 0,
    widened: false,
    personal: false,
    rights,
    passive: true,
    teaches: event.backfill === true,
  }))
}

const asnOf = (from: unknown): string | undefined => {
  const number = isObject(from) ? inside(from, 'autonomous_system') : undefined
  const asn = isObject(number) ? number['number'] : undefined
  return typeof asn === 'number' ? `AS${asn}` : undefined
}

/** Mail domain that something was given to: `dst_endpoint.domain`, or the first addressee of a mail. */
function recipientOf(event: OcsfEvent | undefined): string | undefined {
  const domain = textAt(inside(event, 'dst_endpoint'), 'domain')
  if (domain !== undefined) return domain.toLowerCase()
  const to = inside(inside(event, 'email'), 'to')
  return Array.isArray(to) ? domainOf(to[0]) : undefined
}

/** Versions move every few weeks, and the program stays: of an agent only names and their major versions. */
const agentOf = remembered((agent) => agent.replaceAll(/(\d+)(?:\.\d+)+/g, '$1'))

function operationOf(event: OcsfEvent | undefined): string | undefined {
  const operation = textAt(inside(event, 'api'), 'operation')
  return operation ?? (event === undefined ? undefined : (textAt(event, 'activity_name') ?? String(event.type_uid)))
}

function bytesOf(traffic: unknown): number {
  if (!isObject(traffic)) return 0
  const bytes = traffic['bytes_out'] ?? traffic['bytes']
  return typeof bytes === 'number' && Number.isFinite(bytes) && bytes > 0 ? bytes : 0
}

const inside = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined)
function textAt(value: unknown, name: string): string | undefined {
  const text = inside(value, name)
  return typeof text === 'string' && text !== '' ? text.slice(0, valueCharsMax) : undefined
}
type Values = { [Name in Feature]?: string }
function set(values: Values, name: Feature, value: string | undefined): void {
  if (value !== undefined) values[name] = value
}
