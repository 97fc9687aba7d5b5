import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fold } from '../text.ts'
import { Candidates } from './candidates.ts'
import { AnywhereScanner } from './scanner.ts'

const literals = ['mimikatz', 'k7', 'sekurlsa::logo', 'ä-ö', 'z']
const scanner = new AnywhereScanner(literals.map((text, index) => ({ text, rules: [index] })))
const candidates = new Candidates(literals.length)

function foundIn(text: string): number[] {
  candidates.begin()
  scanner.scan(text, candidates)
  return [...candidates.list.subarray(0, candidates.count)].toSorted((a, b) => a - b)
}

const heldBy = (text: string): number[] =>
  literals.flatMap((literal, index) => (fold(text).includes(literal) ? [index] : []))

/** Text that holds none of them, with their beginnings in it. */
const padding = (length: number): string => 'mimikat sekurlsa::log K '.repeat(Math.ceil(length / 24)).slice(0, length)

test('a literal is found wherever it lies: in a short text, over the seams of a long one, and of one read in pieces', () => {
  // The Kelvin sign and capitals fold into what the literals spell.
  for (const written of ['MimiKatz', 'mimi\u212aatz', '\u212a7', 'sekurlsa::logonpasswords', 'Ä-Ö']) {
    for (const length of [0, 40, 63, 64, 65, 70, 131, 16_383, 16_384, 16_385, 40_000]) {
      const near = [0, 1, 2, 3, 4].flatMap((quarter) =>
        Array.from({ length: 36 }, (_, n) => Math.floor((length * quarter) / 4) + n - 18),
      )
      const seams =
        length < 1_000 ? Array.from({ length: length + 1 }, (_, at) => at) : [...near, 16_360, 16_372, 16_383]
      for (const at of seams.filter((place) => place >= 0 && place <= length)) {
        const text = `${padding(at)}${written}${padding(length - at)}`
        const held = heldBy(text)
        assert.ok(held.length > 0)
        assert.deepEqual(foundIn(text), held, `${written} at ${at} of ${length}`)
      }
    }
  }
})

test('nothing is found that is not there', () => {
  for (const length of [10, 64, 500, 16_390]) assert.deepEqual(foundIn(padding(length)), [])
})
