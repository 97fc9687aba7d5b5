import { defaultTenant, type EntityId } from '#model'
import { checks, look, type Coverage, type Measured, type Posture } from '#posture'
import { isStreamOn } from '#sources/contract'

import type { Estate } from '../../../lab/estate/estate.ts'
import type { SourceSetup } from '../../../lab/estate/truth.ts'
import type { Cordon } from './cordon.ts'
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

export const postureOf = (cordon: Cordon, setups: readonly SourceSetup[], atMs: number): Promise<Posture> =>
  look(defaultTenant, cordon.graph.view(), { atMs, coverage: coverageOf(cordon, setups), checks })

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
      const isSaid = (thing: (typeof weaknesses | typeof lookAlikes)[number]): EntityId | undefined =>
        thingNames(cordon.authorities, vendor, thing).find((name) => said.has(name))
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

export const recallMin = 0.98
export const precisionMin = 0.95
