import { defaultTenant, type EntityId } from '#model'
import { checks, look, type Coverage, type Measured, type Posture } from '#posture'
import { isStreamOn } from '#sources/contract'

import type { Estate } from '../../../lab/estate/estate.ts'
import { dayMs } from '../../../lab/estate/company/model.ts'
import type { SourceSetup } from '../../../lab/estate/truth.ts'
import type { Cordon } from './cordon.ts'
import { accountNames, accountRealms, exportOf, peopleSource } from '../../../lab/estate/register.ts'
import { thingNames } from './names.ts'
import { registered } from './source.ts'

/** What the connected sources tell: as the product says it of streams that came whole. */
export const coverageOf = (cordon: Cordon, setups: readonly SourceSetup[]): Coverage =>
  setups.flatMap(({ connector: source, config }) =>
    streamsOn(source, config).map(({ name: stream, tells: topics = [] }) => ({
      source,
      authority: cordon.authorities.get(source) ?? '',
      stream,
      topics,
      isRead: true,
    })),
  )

function streamsOn(source: string, config: SourceSetup['config']) {
  const { connector } = registered(source)
  const parsed: unknown = connector.config.parse(config)
  return connector.streams.filter((stream) => isStreamOn(stream, parsed))
}
export const streamsOf = (source: string, config: SourceSetup['config']): string[] =>
  streamsOn(source, config).map(({ name }) => name)

/**
 * Ages are told at `atMs`, the moment of the ground truth. Who has ended is looked at when all was read, at `readAtMs`:
 * accounts that a list shows without saying since when are there from then on.
 */
export async function postureOf(
  cordon: Cordon,
  setups: readonly SourceSetup[],
  atMs: number,
  readAtMs = atMs,
): Promise<Posture> {
  const coverage = coverageOf(cordon, setups)
  const view = cordon.graph.view()
  const isOfPeople = ({ needs }: (typeof checks)[number]): boolean => needs.includes('people')
  const things = await look(defaultTenant, view, { atMs, coverage, checks: checks.filter((one) => !isOfPeople(one)) })
  const people = await look(defaultTenant, view, { atMs: readAtMs, coverage, checks: checks.filter(isOfPeople) })
  return {
    ...things,
    findings: [...things.findings, ...people.findings],
    checks: [...things.checks, ...people.checks],
  }
}

/** The company's register of people, connected: with the names of accounts where a vendor shows no address. */
export async function connectPeople(estate: Estate, cordon: Cordon) {
  const source = peopleOf(estate, cordon.authorities)
  await cordon.connect(source.setup)
  return source
}

export function peopleOf({ company, fills }: Estate, authorities: ReadonlyMap<string, string>) {
  const source = peopleSource(accountRealms((vendor) => authorities.get(vendor)))
  source.write(exportOf(company, accountNames(fills)))
  return source
}

/**
 * `missed` and `wrong` in words, to look into. `fooled`: said, and told to be fine. `untold`: weak, and the check itself says
 * that it cannot tell of so many there; they are in neither `weak` nor `missed`.
 */
export type Compared = Measured & { kind: string; missed: string[]; wrong: string[]; fooled: number; untold: number }

/** What is said of each kind, against everything in the estate that meets its rule. */
export function comparePosture({ fills }: Estate, cordon: Cordon, { findings, checks: states }: Posture): Compared[] {
  return checks.map(({ kind }) => {
    const said = new Set(findings.filter((one) => one.kind === kind).map(({ on }) => on))
    const of = <Told extends { kind: string }>(told: readonly Told[]): Told[] => told.filter((one) => one.kind === kind)
    const missed: string[] = []
    const right = new Set<EntityId>()
    const silent = new Map(
      states.find((state) => state.kind === kind)?.untold.map(({ authority, count }) => [authority, count]),
    )
    let [weak, fooled, untold] = [0, 0, 0]
    for (const { vendor, source, weaknesses, lookAlikes } of fills) {
      const authority = cordon.authorities.get(source.connector) ?? ''
      // What is not connected knows no names: all of it is missed.
      const isSaid = (thing: (typeof weaknesses | typeof lookAlikes)[number]): EntityId | undefined =>
        authority === '' ? undefined : thingNames(cordon.authorities, vendor, thing).find((name) => said.has(name))
      for (const thing of of(weaknesses)) {
        const name = isSaid(thing)
        const left = silent.get(authority) ?? 0
        if (name === undefined && left > 0) {
          silent.set(authority, left - 1)
          untold++
          continue
        }
        weak++
        if (name === undefined) missed.push(`${vendor} ${thing.noun} ${thing.label}`)
        else right.add(name)
      }
      for (const thing of of(lookAlikes)) if (isSaid(thing) !== undefined) fooled++
    }
    const wrong = [...said].filter((name) => !right.has(name))
    return { kind, weak, said: said.size, right: right.size, missed, wrong, fooled, untold }
  })
}

/**
 * Of Google as far back as it keeps logs, which alone tell of links and of delegations; of Okta as far as checks look at
 * sign-ins; of the others their lists tell all.
 */
export const postureHistoryMs = (connector: string): number => (historyDays[connector] ?? 2) * dayMs
const historyDays: Readonly<Record<string, number>> = { google: 180, okta: 31 }

export const recallMin = 0.98
export const precisionMin = 0.95
