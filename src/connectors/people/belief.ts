import { z } from 'zod'

import { parseJson, sha256, toHex } from '#kit'

import { PeopleError } from './error.ts'
import type { PersonRow } from './row.ts'

/** People whose fate tells of all: those with the smallest hashes. With fewer people it is all of them. */
export const sampleMax = 1_024
/** So few gone at once are everyday life in a company of any size. */
export const dropPeopleMin = 10
const hashChars = 12

/** `sample`: who was here, by hash of the key, with the announced end (ms UTC; null: open). */
const belief = z.object({
  digest: z.string(),
  here: z.number(),
  sample: z.array(z.tuple([z.string(), z.number().nullable()])),
})
export type Belief = z.output<typeof belief>

/** What stands before the digest that somebody said to believe; core writes it in place of the cursor. */
export const believePrefix = 'believe '

const hashOf = (key: string): string => toHex(sha256(key)).slice(0, hashChars)
const isHere = ({ status, endAtMs }: PersonRow, nowMs: number): boolean =>
  status === 'here' && (endAtMs === undefined || endAtMs === null || endAtMs > nowMs)

/** Names one content of an export: the same people, saying the same. */
export const digestOf = (people: readonly PersonRow[]): string => toHex(sha256(JSON.stringify(people))).slice(0, 16)

export function beliefOf(people: readonly PersonRow[], nowMs: number): Belief {
  const here = people.filter((person) => isHere(person, nowMs))
  const sample = here
    .map(({ key, endAtMs }): [string, number | null] => [hashOf(key), endAtMs ?? null])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, sampleMax)
  return { digest: digestOf(people), here: here.length, sample }
}

export function beliefFrom(cursor: string | null): Belief | undefined {
  if (cursor === null || cursor.startsWith(believePrefix)) return undefined
  const parsed = belief.safeParse(parseJson(cursor))
  return parsed.success ? parsed.data : undefined
}

/**
 * Holds an export that would make a crowd leave at once: a half-written file, a filter too many, a wrong column of keys or
 * dates. Ends that an earlier export had announced are no surprise. INVARIANT: a wrong export must not end a company;
 * throws ERR_PEOPLE_HELD, and what was believed before stays until a person says that this very content is right.
 */
export function refuseLoss(
  people: readonly PersonRow[],
  { cursor, nowMs, dropPercentMax }: { cursor: string | null; nowMs: number; dropPercentMax: number },
): void {
  const digest = digestOf(people)
  const confirmed = cursor?.startsWith(believePrefix) === true ? cursor.slice(believePrefix.length) : undefined
  if (confirmed === digest) return
  const before = beliefFrom(cursor)
  if (confirmed === undefined && before === undefined) return
  if (before === undefined) throw held(`this is not the export that was confirmed (\`${confirmed}\`)`, digest)
  const here = new Set(people.filter((person) => isHere(person, nowMs)).map(({ key }) => hashOf(key)))
  const gone = before.sample.filter(
    ([hash, endAtMs]) => !here.has(hash) && (endAtMs === null || endAtMs > nowMs),
  ).length
  const share = before.sample.length === 0 ? 0 : gone / before.sample.length
  const lost = Math.round(share * before.here)
  if (lost <= dropPeopleMin || share * 100 <= dropPercentMax) return
  const about = before.here > before.sample.length ? 'about ' : ''
  throw held(
    `${about}${lost} of ${before.here} people would leave at once, unannounced (more than ${dropPercentMax} %)`,
    digest,
  )
}

const held = (what: string, digest: string): PeopleError =>
  new PeopleError('ERR_PEOPLE_HELD', `${what}: the export is held, and what was known before stands`, {
    hint: `mend the export; or, when it is right: cordon people believe SOURCE ${digest}`,
    retryable: true,
  })
