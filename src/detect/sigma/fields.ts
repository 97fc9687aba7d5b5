import { isObject } from '#kit'

import { SigmaError } from './errors.ts'
import type { FieldPath } from './types.ts'

/** Deeper parts of an event are not looked into: neither by field paths nor by keywords. */
export const eventDepthMax = 64

const pathSegmentsMax = 32

/** A field name before `sigma-version: 3`: brackets belong to the name. */
export function readField(name: string): FieldPath {
  const segments = name.split('.')
  if (segments.length > pathSegmentsMax)
    throw new SigmaError(
      'ERR_SIGMA_LIMIT',
      `field \`${name.slice(0, 80)}\` has more than ${pathSegmentsMax} segments`,
      {
        hint: 'shorten the path',
      },
    )
  return { name, segments }
}

/** Tells paths apart that are spelled alike: before version 3 a bracket belongs to the name. */
export const pathKey = ({ name, segments }: FieldPath): string => JSON.stringify([name, ...segments])

/**
 * What a field holds: undefined when it is absent. A key that is spelled like the whole path wins over the path. A path
 * through an array follows every member, and gives all that is found as one array.
 */
export function fieldOf(scope: unknown, { name, segments }: FieldPath): unknown {
  if (segments.length === 0) return scope
  if (isObject(scope) && Object.hasOwn(scope, name)) return scope[name]
  if (segments.length === 1 && typeof segments[0] === 'string') return undefined
  const found: unknown[] = []
  follow(scope, segments, 0, found)
  return found.length > 1 ? found : found[0]
}

function follow(value: unknown, segments: FieldPath['segments'], at: number, found: unknown[]): void {
  if (at === segments.length) {
    if (value !== undefined) found.push(value)
    return
  }
  const segment = segments[at]
  if (typeof segment === 'number') {
    if (Array.isArray(value)) follow(value.at(segment), segments, at + 1, found)
  } else if (Array.isArray(value)) {
    for (const member of value) if (isObject(member)) follow(member, segments, at, found)
  } else if (segment !== undefined && isObject(value) && Object.hasOwn(value, segment)) {
    follow(value[segment], segments, at + 1, found)
  }
}

/** Whether any member of a field's value satisfies a test; a scalar is its own only member. */
export function anyMember(value: unknown, test: (member: unknown) => boolean, depth = 0): boolean {
  if (!Array.isArray(value)) return test(value)
  if (depth >= eventDepthMax) return false
  for (const member of value) if (anyMember(member, test, depth + 1)) return true
  return false
}

/** Whether any text of the event, at any depth, satisfies a test: strings, and numbers as they are written. */
export function anyText(value: unknown, test: (text: string) => boolean, depth = 0): boolean {
  if (typeof value === 'string') return test(value)
  if (typeof value === 'number') return test(String(value))
  if (typeof value !== 'object' || value === null || depth >= eventDepthMax) return false
  if (Array.isArray(value)) {
    for (const member of value) if (anyText(member, test, depth + 1)) return true
    return false
  }
  for (const member of Object.values(value)) if (anyText(member, test, depth + 1)) return true
  return false
}
