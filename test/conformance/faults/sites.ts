import { globSync, readFileSync } from 'node:fs'

/** Await points of the runtime that a pull goes through. What only other ways reach is left out, with the reason. */
const files = [
  'src/sources/pull/{feed,snapshot}.ts',
  'src/sources/http/{vendor-http,credentials,budgets}.ts',
  'src/sources/runner/runner.ts',
]
const elsewhere: [pattern: RegExp, why: string][] = [
  [
    /gate\.enter|await enter\(\)|waiting\.push|runs\.map|withinTime|Promise\.race/,
    'never pending with one stream and one request',
  ],
  [/pullTurn\(|rest\.signal|sleep\(Math\.round\(waitMs\)/, "the runner's loop, for which the suite has its own"],
  [/page\.committed/, 'queues alone'],
  [/backfill`/, 'backfills alone'],
  [/await known\.token/, 'a token in hand is no wait'],
  [/yield\* held/, 'nothing is awaited between pages that are held'],
]

export type Site = { place: string; code: string; hits: number }

/** How often a death struck while each await point was pending, read from the stacks of the deaths. */
export function awaitSites(deaths: readonly string[]): Site[] {
  const hits = new Map<string, number>()
  for (const stack of deaths) {
    for (const [, place = ''] of stack.matchAll(/(src\/[\w/.-]+\.ts:\d+):\d+/g))
      hits.set(place, (hits.get(place) ?? 0) + 1)
  }
  return globSync(files).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .map((code, n): Site => ({
        place: `${file}:${n + 1}`,
        code: code.trim(),
        hits: hits.get(`${file}:${n + 1}`) ?? 0,
      }))
      .filter(({ code }) => /\bawait\b|\byield\*/.test(code) && !elsewhere.some(([pattern]) => pattern.test(code))),
  )
}
