import { parseOwnJson, sha256, toHex } from '#kit'

import { fieldOf } from '../fields.ts'
import { numberOf } from '../modifiers/compare.ts'
import { textOf } from '../text.ts'
import type { FieldPath } from '../types.ts'
import { keepsOf } from './measure.ts'
import type { Correlation } from './read.ts'
import type { Hit } from './window.ts'

/** A longer key, or value that is counted, is kept by its beginning and its hash. */
const keyCharsMax = 512

/** One event's part in one group of the correlation at this place in the list. */
export type Part = Hit & { at: number }

/** Which correlations want the matches of a rule, and what of the event they want. */
export class Interests {
  /** Parts that came to nothing because the event lacks a field. */
  ungrouped = 0
  private readonly byRule = new Map<string, Interest[]>()
  private readonly correlations: readonly Correlation[]

  constructor(correlations: readonly Correlation[]) {
    this.correlations = correlations
    correlations.forEach((correlation, at) => {
      correlation.rules.forEach((rule, place) => {
        this.byRule.set(rule, [...(this.byRule.get(rule) ?? []), { at, place, places: [place] }])
      })
    })
  }

  of(rules: readonly { id: string }[], scope: unknown): Part[] {
    const parts: Part[] = []
    for (const { id } of rules) {
      for (const { at, place, places } of this.byRule.get(id) ?? none) {
        const correlation = this.correlations[at]
        if (correlation === undefined) continue
        const key = keyOf(correlation, place, scope)
        const value = key === undefined ? undefined : valueOf(correlation, scope)
        if (key === undefined || value === undefined) {
          this.ungrouped++
          continue
        }
        const same = parts.find((part) => part.at === at && part.key === key)
        if (same === undefined) parts.push({ at, key, places, value })
        else same.places = [...same.places, place]
      }
    }
    return parts
  }
}

type Interest = { at: number; place: number; places: readonly number[] }
const none: readonly Interest[] = []

function keyOf({ groupFields }: Correlation, place: number, scope: unknown): string | undefined {
  const [only] = groupFields
  if (groupFields.length === 1) return only?.[place] === undefined ? undefined : textAt(scope, only[place])
  const texts: string[] = []
  for (const paths of groupFields) {
    const path = paths[place]
    const text = path === undefined ? undefined : textAt(scope, path)
    if (text === undefined) return undefined
    texts.push(text)
  }
  return JSON.stringify(texts)
}

/** The values of a key, in the order of `group-by`. */
export const valuesOfKey = (groups: number, key: string): readonly string[] => {
  if (groups === 1) return [key]
  return parseOwnJson<string[]>(key)
}

function valueOf(correlation: Correlation, scope: unknown): string | number | undefined {
  const [field] = correlation.fields
  if (field === undefined) return 0
  if (keepsOf(correlation) === 'numbers') return numberOf(single(fieldOf(scope, field)))
  if (correlation.fields.length === 1) return textAt(scope, field)
  const texts = correlation.fields.map((one) => textAt(scope, one))
  return texts.includes(undefined) ? undefined : bounded(JSON.stringify(texts))
}

function textAt(scope: unknown, field: FieldPath): string | undefined {
  const value = single(fieldOf(scope, field))
  if (!Array.isArray(value)) return bounded(textOf(value))
  const texts = value.map(textOf)
  return texts.includes(undefined) ? undefined : bounded(JSON.stringify(texts))
}

/** An array of one is its member; a longer one is a value of its own. */
const single = (value: unknown): unknown => (Array.isArray(value) && value.length === 1 ? value[0] : value)

function bounded(text: string | undefined): string | undefined {
  if (text === undefined || text.length <= keyCharsMax) return text
  return `${text.slice(0, keyCharsMax)}…${toHex(sha256(text))}`
}
