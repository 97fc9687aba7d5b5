import { isObject, type Json, type JsonObject } from '#kit'

import { badValue } from './error.ts'
import { attributesOf, extensionsOf, findAttribute, type Attribute, type ResourceType } from './schemas.ts'

export const textCharsMax = 1_024
export const valuesMax = 100

/** What is kept of one resource: attributes of our schemas that a sender may set, by their own names. */
export type Body = JsonObject

/**
 * What a sender sent, as it is kept. Attributes nobody here knows are left out, as are those that are not theirs to set
 * (RFC 7644, 3.5.1); a known one of another shape is an error. Members of groups are kept apart.
 */
export function readBody(value: unknown, type: ResourceType): { body: Body; members: string[] } {
  if (!isObject(value)) throw badValue('a resource is a JSON object')
  const body = readAttributes(value, attributesOf(type))
  for (const { id, attributes } of extensionsOf[type]) {
    const found = Object.entries(value).find(([key]) => key.toLowerCase() === id.toLowerCase())?.[1]
    if (!isObject(found)) continue
    const inner = readAttributes(found, attributes)
    if (Object.keys(inner).length > 0) body[id] = inner
  }
  const required = attributesOf(type).find(
    ({ name, required: isRequired }) => isRequired === true && !isTold(body[name]),
  )
  if (required !== undefined) throw badValue(`\`${required.name}\` is missing`)
  const members = membersIn(value)
  delete body['members']
  delete body['schemas']
  return { body, members }
}

const isTold = (value: Json | undefined): boolean => value !== undefined && value !== null && value !== ''

function readAttributes(value: Record<string, unknown>, list: readonly Attribute[]): JsonObject {
  const out: JsonObject = {}
  for (const [key, given] of Object.entries(value)) {
    const attribute = findAttribute(list, key)
    if (attribute === undefined || attribute.mutability === 'readOnly') continue
    const read = readValue(attribute, given)
    if (read !== undefined) out[attribute.name] = read
  }
  return out
}

/** One attribute's value; undefined for one that says nothing. */
export function readValue(attribute: Attribute, given: unknown): Json | undefined {
  if (given === null || given === undefined) return undefined
  if (attribute.multi !== true) return readOne(attribute, given)
  const list = Array.isArray(given) ? given : [given]
  // Members are many, and kept apart.
  if (attribute.name !== 'members' && list.length > valuesMax) {
    throw badValue(`\`${attribute.name}\` has more than ${valuesMax} values`)
  }
  const read = list.flatMap((one) => readOne(attribute, one) ?? [])
  return read.length === 0 ? undefined : onePrimary(read)
}

export function readOne(attribute: Attribute, given: unknown): Json | undefined {
  if (attribute.type === 'complex') {
    // Entra writes a manager as its bare id, and addresses of mail as bare texts.
    const whole = typeof given === 'string' ? { value: given } : given
    if (!isObject(whole)) throw badValue(`\`${attribute.name}\` is no object`)
    const inner = readAttributes(whole, attribute.sub ?? [])
    return Object.keys(inner).length === 0 ? undefined : inner
  }
  if (attribute.type === 'boolean') {
    if (typeof given === 'boolean') return given
    // Entra sends "True" and "False".
    if (typeof given === 'string' && /^(true|false)$/i.test(given)) return given.toLowerCase() === 'true'
    throw badValue(`\`${attribute.name}\` is neither true nor false`)
  }
  const text = typeof given === 'number' ? String(given) : given
  if (typeof text !== 'string') throw badValue(`\`${attribute.name}\` is no text`)
  if (text.length > textCharsMax) throw badValue(`\`${attribute.name}\` is longer than ${textCharsMax} characters`)
  return text === '' ? undefined : text
}

/** Of several primary values the last one counts: a new one takes the place of the old (RFC 7644, 3.5.2). */
export function onePrimary(list: readonly Json[]): Json[] {
  const last = list.findLastIndex((one) => isObject(one) && one['primary'] === true)
  return list.map((one, at) =>
    isObject(one) && one['primary'] === true && at !== last ? { ...one, primary: false } : one,
  )
}

function membersIn(value: Record<string, unknown>): string[] {
  const found = Object.entries(value).find(([key]) => key.toLowerCase() === 'members')?.[1]
  if (found === undefined || found === null) return []
  return memberIds(found)
}

/** Ids out of `[{value: id}]`, one such object, or bare ids. */
export function memberIds(value: unknown): string[] {
  const ids = (Array.isArray(value) ? value : [value]).map((one) => {
    const id: unknown = isObject(one) ? one['value'] : one
    if (typeof id !== 'string' || id === '' || id.length > textCharsMax) throw badValue('a member has no `value`')
    return id
  })
  return [...new Set(ids)]
}
