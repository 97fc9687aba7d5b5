import { parseAddress } from '#kit'

import { anyMember, fieldOf } from '../fields.ts'
import { isInNetwork } from '../modifiers/cidr.ts'
import { holds, numberOf } from '../modifiers/compare.ts'
import { timePartOf } from '../modifiers/time.ts'
import { fold, matchesPattern, textOf } from '../text.ts'
import { star } from '../pattern.ts'
import type { RegexTest, Test, TextTest } from '../types.ts'

/** Whether what a field holds satisfies a test. Of an array, one member is enough. `scope` is where a `fieldref` looks. */
export function satisfies(test: Test, value: unknown, scope: unknown): boolean {
  if (test.kind === 'exists') return (value !== undefined) === test.wanted
  if (value === undefined) return test.kind === 'null'
  if (test.kind === 'fieldref') {
    return refers(test, value, fieldOf(scope, test.other))
  }
  return anyMember(value, (member) => memberSatisfies(test, member))
}

function memberSatisfies(test: Exclude<Test, { kind: 'exists' | 'fieldref' }>, value: unknown): boolean {
  switch (test.kind) {
    case 'null':
      return value === null
    case 'text': {
      // A lone star asks for presence, also of an object.
      if (test.pattern.length === 1 && test.pattern[0] === star) return value !== null
      const text = textOf(value)
      return text !== undefined && textSatisfies(test, text)
    }
    case 'regex': {
      const text = textOf(value)
      return text !== undefined && textSatisfies(test, text)
    }
    case 'cidr': {
      const address = typeof value === 'string' ? parseAddress(value) : undefined
      return address !== undefined && isInNetwork(address, test)
    }
    case 'compare': {
      const number = numberOf(value)
      return number !== undefined && holds(test.op, number, test.than)
    }
    case 'time': {
      const part = timePartOf(value, test.part)
      return part !== undefined && holds(test.op, part, test.than)
    }
  }
}

export function textSatisfies(test: TextTest | RegexTest, text: string): boolean {
  if (test.kind === 'regex') return test.regex.test(text)
  return matchesPattern(test.pattern, test.cased ? text : fold(text))
}

/** Members of a field referred to that others are compared with in part; whole values are compared with all. */
const partsMax = 256

function refers({ how, cased }: Extract<Test, { kind: 'fieldref' }>, value: unknown, other: unknown): boolean {
  const theirs = new Set<string>()
  const keep = (member: unknown): boolean => {
    const text = textOf(member)
    if (text !== undefined) theirs.add(cased ? text : fold(text))
    return how !== 'equals' && theirs.size >= partsMax
  }
  anyMember(other, keep)
  const parts = [...theirs]
  return anyMember(value, (mine) => {
    const written = textOf(mine)
    if (written === undefined) return false
    const text = cased ? written : fold(written)
    if (how === 'equals') return theirs.has(text)
    if (how === 'contains') return parts.some((part) => text.includes(part))
    return parts.some((part) => (how === 'startswith' ? text.startsWith(part) : text.endsWith(part)))
  })
}
