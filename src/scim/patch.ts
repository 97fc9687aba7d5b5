import { isJsonObject, isObject, type Json, type JsonObject } from '#kit'

import { badPath, badValue, ScimError } from './error.ts'
import { passes, type Filter } from './filter.ts'
import { parsePath, type Path } from './path.ts'
import { memberIds, onePrimary, readBody, readOne, readValue, valuesMax, type Body } from './resource.ts'
import { extensionsOf, type Attribute, type ResourceType } from './schemas.ts'

export const operationsMax = 1_000

/** What a PATCH does to a group's members, in order: they are many, and never read for it. */
export type MemberChange = { op: 'add'; ids: string[] } | { op: 'remove'; ids: string[] } | { op: 'clear' }
export type Patched = { body: Body; members: MemberChange[] }

/**
 * RFC 7644, 3.5.2, and what identity providers make of it: operations with a capital letter, no path and a value of
 * dotted names, booleans as texts, members to remove in the value. Pure; the body given is not changed.
 */
export function patch(before: Body, request: unknown, type: ResourceType): Patched {
  const operations = isObject(request) ? find(request, 'operations') : undefined
  if (!Array.isArray(operations) || operations.length === 0) {
    throw new ScimError('ERR_SCIM_SYNTAX', 'a PATCH has `Operations`')
  }
  if (operations.length > operationsMax) throw badValue(`more than ${operationsMax} operations`)
  const out: Patched = { body: structuredClone(before), members: [] }
  for (const operation of operations) apply(out, operation, type)
  // The whole is held to the schema again: what is required may not have gone.
  return { ...out, body: readBody(out.body, type).body }
}

const find = (value: Record<string, unknown>, name: string): unknown =>
  Object.entries(value).find(([key]) => key.toLowerCase() === name)?.[1]

function apply(out: Patched, operation: unknown, type: ResourceType): void {
  if (!isObject(operation)) throw new ScimError('ERR_SCIM_SYNTAX', 'an operation is an object')
  const op = typeof operation['op'] === 'string' ? operation['op'].toLowerCase() : ''
  if (op !== 'add' && op !== 'replace' && op !== 'remove') {
    throw new ScimError('ERR_SCIM_SYNTAX', '`op` is add, replace or remove')
  }
  const { path, value } = operation
  if (typeof path === 'string' && path.trim() !== '') return applyAt(out, op, path, value, type)
  if (path !== undefined && path !== null && path !== '') throw badPath('`path` is no text')
  if (op === 'remove') throw new ScimError('ERR_SCIM_TARGET', 'nothing is named to be removed')
  if (!isObject(value)) throw badValue('without a `path` the `value` is an object')
  for (const [key, inner] of Object.entries(value)) {
    const extension = extensionsOf[type].find(({ id }) => id.toLowerCase() === key.toLowerCase())
    if (extension !== undefined && isObject(inner)) {
      for (const [name, one] of Object.entries(inner)) applyAt(out, op, `${extension.id}:${name}`, one, type)
    } else applyAt(out, op, key, inner, type)
  }
}

function applyAt(
  out: Patched,
  op: 'add' | 'replace' | 'remove',
  text: string,
  value: unknown,
  type: ResourceType,
): void {
  const path = parsePath(text, type)
  // An attribute nobody here keeps: taken, and dropped, as in a whole resource.
  if (path === undefined) return
  const { attribute, extension } = path
  if (attribute === undefined) return applyExtension(out, op, extension ?? '', value, type)
  if (attribute.name === 'members' && type === 'Group') return changeMembers(out, op, path, value)
  if (attribute.mutability === 'readOnly') {
    // A whole resource sent back may hold them; naming one is a mistake worth telling.
    if (attribute.name === 'id' || attribute.name === 'meta') return
    throw new ScimError('ERR_SCIM_MUTABILITY', `\`${attribute.name}\` is not the sender’s to set`)
  }
  const holder = extension === null ? out.body : innerOf(out.body, extension)
  if (attribute.multi === true) changeList(holder, op, path, attribute, value)
  else changeOne(holder, op, path, attribute, value)
  if (extension !== null && Object.keys(holder).length === 0) delete out.body[extension]
}

function applyExtension(
  out: Patched,
  op: 'add' | 'replace' | 'remove',
  urn: string,
  value: unknown,
  type: ResourceType,
): void {
  if (op === 'remove') {
    delete out.body[urn]
    return
  }
  if (!isObject(value)) throw badValue('an extension is an object')
  for (const [name, one] of Object.entries(value)) applyAt(out, op, `${urn}:${name}`, one, type)
}

function innerOf(body: Body, name: string): JsonObject {
  const held = body[name]
  if (isJsonObject(held)) return held
  const fresh: JsonObject = {}
  body[name] = fresh
  return fresh
}

function changeOne(holder: JsonObject, op: string, { sub }: Path, attribute: Attribute, value: unknown): void {
  const { name } = attribute
  if (sub !== undefined) {
    const inner = innerOf(holder, name)
    const read = op === 'remove' ? undefined : readOne(sub, value)
    if (read === undefined) delete inner[sub.name]
    else inner[sub.name] = read
    if (Object.keys(inner).length === 0) delete holder[name]
    return
  }
  const read = op === 'remove' ? undefined : readValue(attribute, value)
  const held = holder[name]
  if (read === undefined) delete holder[name]
  // What is added to a complex value joins it.
  else holder[name] = op === 'add' && isJsonObject(held) && isJsonObject(read) ? { ...held, ...read } : read
}

function changeList(holder: JsonObject, op: string, { filter, sub }: Path, attribute: Attribute, value: unknown): void {
  const { name } = attribute
  const held = holder[name]
  const list = Array.isArray(held) ? held : []
  const isMeant = (one: Json): boolean => filter === null || passes(filter, one)
  let next: Json[]
  if (op === 'remove') {
    const isGone = (one: Json): boolean => isMeant(one) && (filter !== null || isAmong(value, one))
    next =
      sub === undefined
        ? list.filter((one) => !isGone(one))
        : list.map((one) => (isMeant(one) ? without(one, sub.name) : one))
  } else if (filter === null && sub === undefined) {
    const read = readValue(attribute, value)
    const fresh = Array.isArray(read) ? read : []
    next = op === 'replace' ? fresh : [...list.filter((one) => !fresh.some((other) => isSame(one, other))), ...fresh]
  } else {
    const partOf = (one: unknown): Json => partRead(attribute, sub, one)
    const isThere = list.some(isMeant)
    // Entra replaces `emails[type eq "work"].value` before there is one: it is made, as the filter wants it.
    const base = isThere ? list : [...list, filter === null ? {} : seed(filter)]
    next = base.map((one) => (isMeant(one) || (!isThere && one === base.at(-1)) ? joined(one, partOf(value)) : one))
  }
  if (next.length > valuesMax) throw badValue(`\`${name}\` has more than ${valuesMax} values`)
  const told = next.filter((one) => !isJsonObject(one) || Object.keys(one).length > 0)
  if (told.length === 0) delete holder[name]
  else holder[name] = onePrimary(told)
}

/** Without a filter a `value` may name what goes; without either all goes. */
function isAmong(value: unknown, one: Json): boolean {
  if (value === undefined || value === null) return true
  const wanted: unknown[] = Array.isArray(value) ? value : [value]
  return wanted.some((other) => isObject(other) && isObject(one) && other['value'] === one['value'])
}

const isSame = (one: Json, other: Json): boolean =>
  isJsonObject(one) && isJsonObject(other) && one['value'] === other['value'] && one['type'] === other['type']

function partRead(attribute: Attribute, sub: Attribute | undefined, value: unknown): JsonObject {
  if (sub === undefined) {
    const read = readOne(attribute, value)
    return isJsonObject(read) ? read : {}
  }
  const read = readOne(sub, value)
  return read === undefined ? {} : { [sub.name]: read }
}

const joined = (one: Json, part: Json): Json => (isJsonObject(one) && isJsonObject(part) ? { ...one, ...part } : part)
const without = (one: Json, name: string): Json =>
  isJsonObject(one) ? Object.fromEntries(Object.entries(one).filter(([key]) => key !== name)) : one

/** What a filter says for sure of the value it means. */
function seed(filter: Filter): JsonObject {
  if (filter.kind === 'compare' && filter.op === 'eq' && !filter.path.includes('.'))
    return { [filter.path]: filter.value }
  return filter.kind === 'and' ? Object.assign({}, ...filter.parts.map(seed)) : {}
}

function changeMembers(out: Patched, op: string, { filter, sub }: Path, value: unknown): void {
  if (sub !== undefined) throw new ScimError('ERR_SCIM_MUTABILITY', 'a member is added or removed as a whole')
  if (op === 'remove') {
    if (filter !== null) out.members.push({ op: 'remove', ids: idsIn(filter) })
    else if (value === undefined || value === null) out.members.push({ op: 'clear' })
    else out.members.push({ op: 'remove', ids: memberIds(value) })
    return
  }
  if (filter !== null) throw badPath('members are added by value')
  if (op === 'replace') out.members.push({ op: 'clear' })
  out.members.push({ op: 'add', ids: memberIds(value) })
}

/** `members[value eq "…"]`, several of them with `or`. */
function idsIn(filter: Filter): string[] {
  if (filter.kind === 'or') return filter.parts.flatMap(idsIn)
  const { kind } = filter
  if (
    kind === 'compare' &&
    filter.op === 'eq' &&
    filter.path.toLowerCase() === 'value' &&
    typeof filter.value === 'string'
  ) {
    return [filter.value]
  }
  throw new ScimError('ERR_SCIM_FILTER', 'members are chosen by `value eq`')
}
