import { isObject } from '#kit'

import { eventDepthMax } from '../fields.ts'
import type { Candidates } from './candidates.ts'
import type { AnywhereScanner } from './scanner.ts'

/** Runs every text of an event, at any depth, through the keywords' automaton. */
export function scanTexts(
  value: unknown,
  scanner: AnywhereScanner,
  numbers: boolean,
  candidates: Candidates,
  depth = 0,
): void {
  if (typeof value === 'string') scanner.scan(value, candidates)
  else if (typeof value === 'number') {
    if (numbers) scanner.scan(String(value), candidates)
  } else if (typeof value !== 'object' || depth >= eventDepthMax) return
  else if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) scanTexts(value[i], scanner, numbers, candidates, depth + 1)
  } else if (isObject(value)) {
    for (const key in value) scanTexts(value[key], scanner, numbers, candidates, depth + 1)
  }
}
