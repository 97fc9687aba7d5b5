import { isObject, type Json, type JsonObject } from 'cordon/kit'

import { listAt, objectAt, textAt } from './at.ts'

/** Who wrote; of an `Apply` the keys of `data` it states. */
export type Fields = { manager: string; operation: 'Apply' | 'Update'; keys?: readonly string[] }
export const anybody: Fields = { manager: 'twin', operation: 'Update' }

const ownerOf = ({ manager, operation }: Fields): string => `${operation} ${manager}`
const keysIn = (entry: Json): string[] =>
  Object.keys(objectAt(entry, 'fieldsV1', 'f:data')).map((field) => field.slice('f:'.length))

/** Owners of each key of `data`, as `managedFields` tells them. */
export function ownersOf(object: JsonObject | undefined): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>()
  for (const entry of listAt(object, 'metadata', 'managedFields')) {
    for (const key of keysIn(entry)) {
      const known = owners.get(key) ?? new Set()
      owners.set(key, known.add(`${textAt(entry, 'operation')} ${textAt(entry, 'manager')}`))
    }
  }
  return owners
}

/** Keys that a manager would take from others: of another value, and owned by somebody else. */
export const contested = (object: JsonObject, data: JsonObject, by: Fields): string[] => {
  const owners = ownersOf(object)
  const has = objectAt(object, 'data')
  return Object.keys(data).filter(
    (key) => has[key] !== data[key] && [...(owners.get(key) ?? [])].some((owner) => owner !== ownerOf(by)),
  )
}

/** `managedFields` after a write: a changed key is its writer's alone, an unchanged one stays whose it was. */
export function managedAfter(former: JsonObject | undefined, object: JsonObject, by: Fields, time: string): Json[] {
  const owners = ownersOf(former)
  const [had, has] = [objectAt(former, 'data'), objectAt(object, 'data')]
  const mine = ownerOf(by)
  for (const key of owners.keys()) if (!Object.hasOwn(has, key)) owners.delete(key)
  for (const [key, value] of Object.entries(has)) {
    const isChanged = had[key] !== value
    if (by.operation === 'Update' ? isChanged : by.keys?.includes(key) === true) {
      owners.set(key, isChanged ? new Set([mine]) : (owners.get(key) ?? new Set()).add(mine))
    }
  }
  const times = new Map(
    listAt(former, 'metadata', 'managedFields').map((entry) => [
      `${textAt(entry, 'operation')} ${textAt(entry, 'manager')}`,
      textAt(entry, 'time'),
    ]),
  )
  const all = new Set([mine, ...[...owners.values()].flatMap((some) => [...some])])
  return [...all].map((owner): Json => {
    const keys = [...owners].filter(([, some]) => some.has(owner)).map(([key]) => [`f:${key}`, {}])
    const [operation = '', ...manager] = owner.split(' ')
    return {
      manager: manager.join(' '),
      operation,
      apiVersion: 'v1',
      time: owner === mine ? time : (times.get(owner) ?? time),
      fieldsType: 'FieldsV1',
      fieldsV1: keys.length === 0 ? {} : { 'f:data': Object.fromEntries(keys) },
    }
  })
}

/** Server-side apply, as far as secrets go: keys of `data`, and annotations. Null: a key is somebody else's. */
export function applied(object: JsonObject, body: JsonObject, by: Fields, isForced: boolean): JsonObject | null {
  const data = objectAt(body, 'data')
  if (!isForced && contested(object, data, by).length > 0) return null
  const owners = ownersOf(object)
  // What this manager stated before and does not any more goes, where nobody else has it.
  const left = Object.entries(objectAt(object, 'data')).filter(([key]) => {
    const some = owners.get(key)
    return Object.hasOwn(data, key) || some?.has(ownerOf(by)) !== true || some.size > 1
  })
  const metadata = objectAt(object, 'metadata')
  const annotations = { ...objectAt(metadata, 'annotations'), ...objectAt(body, 'metadata', 'annotations') }
  return { ...object, metadata: { ...metadata, annotations }, data: { ...Object.fromEntries(left), ...data } }
}

export const fieldsApplied = (manager: string, body: JsonObject): Fields => ({
  manager,
  operation: 'Apply',
  keys: isObject(body['data']) ? Object.keys(body['data']) : [],
})
