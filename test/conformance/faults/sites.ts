import { globSync, readFileSync } from 'node:fs'

/** Await points of the runtime that a pull goes through. What only other ways reach is left out, with the reason. */
const files = [
  'src/sources/pull/{feed,snapshot}.ts',
  'src/sources/http/{vendor-http,credentials,budgets}.ts',
  'src/sources/runner/runner.ts',
]
const elsewhere: Elsewhere = [
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

/** A line that awaits, and how often a death struck while it was pending. */
export type Site = { place: string; code: string; hits: number }
export type Elsewhere = readonly (readonly [pattern: RegExp, why: string])[]

export const runtimeSites = (hits: ReadonlyMap<string, number>): Site[] => sitesIn(files, elsewhere, hits)

/** What every connector has beside its streams: actions, checks, rights of its credential. */
const beside = /\/(index|actions|check|role|rights|rights-tried)\.ts$|\.test\.ts$/

/** Those of a connector's own folder, but for its actions. */
export const connectorSites = (id: string, hits: ReadonlyMap<string, number>, except: Elsewhere): Site[] =>
  sitesIn([`src/connectors/${id}/*.ts`], except, hits).filter(({ place }) => !beside.test(place.replace(/:\d+$/, '')))

function sitesIn(patterns: readonly string[], except: Elsewhere, hits: ReadonlyMap<string, number>): Site[] {
  return globSync(patterns).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .map((code, n): Site => ({
        place: `${file}:${n + 1}`,
        code: code.trim(),
        hits: hits.get(`${file}:${n + 1}`) ?? 0,
      }))
      .filter(({ code }) => /\bawait\b|\byield\*/.test(code) && !/^(\/\/|\*|\/\*)/.test(code))
      .filter(({ place, code }) => !except.some(([pattern]) => pattern.test(code) || pattern.test(place))),
  )
}
