import assert from 'node:assert/strict'

import type { Connector } from '#sources/contract'

import { freshTally, openLog, runSchedule, type Tally } from './run.ts'
import { conditions, faultKinds, type FaultKind } from './schedule.ts'
import { connectorSites, type Elsewhere, type Site } from './sites.ts'
import type { Case, Played } from './suite.ts'

/** What a connector does not show, each with the reason. */
export type Gate = {
  /** Await points no pull can die at, by what stands in their line. */
  elsewhere?: Elsewhere
  /** Where the await points are; default: the connector's own folder. */
  sites?: (hits: ReadonlyMap<string, number>) => Site[]
  /** Why no death can strike inside of a pull: then its await points are not looked at. */
  still?: string
  /** Streams, and lists (`directory/users`), that no plug answers for. */
  unplayed?: Readonly<Record<string, string>>
}

/** Schedules of a stream that go after what the dealt ones left out; each may die many times. */
const huntsMax = 12
/** Far from the dealt ones. */
const firstSeed = 1_000_000

/** Together the streams of a connector show every fault that they can, and die at every await point of their pulls. */
export function huntsOf<Config>(connector: Connector<Config>, played: readonly Played<Config>[], gate: Gate): Case[] {
  const all = [...faultKinds, ...conditions]
  const hits = new Map<string, number>()
  const sitesOf = gate.sites ?? ((of) => connectorSites(connector.id, of, gate.elsewhere ?? []))
  const faults = new Map<FaultKind, number>()
  const add = ({ deaths, faults: seen }: Tally): void => {
    for (const [place, count] of deaths.places) hits.set(place, (hits.get(place) ?? 0) + count)
    for (const [kind, count] of seen) faults.set(kind, (faults.get(kind) ?? 0) + count)
  }
  return [
    {
      name: `${connector.id}: the process died at every await point of its pulls`,
      async run() {
        for (const { tally } of played) add(tally)
        const places = new Set(gate.still === undefined ? missed(sitesOf(hits)) : [])
        const { log, close } = openLog()
        for (let hunt = 0; hunt < huntsMax; hunt++) {
          for (const [n, { plug }] of played.entries()) {
            const can = all.filter((kind) => plug.without?.[kind] === undefined && !faults.has(kind))
            if (places.size === 0 && can.length === 0) continue
            const tally = freshTally()
            await runSchedule(plug, firstSeed + hunt * played.length + n, log, tally, { faults: new Set(can), places })
            add(tally)
          }
        }
        close()
        const sites = gate.still === undefined ? sitesOf(hits) : []
        assert.ok(sites.length > 0 || gate.still !== undefined, 'the gate must see await points')
        const never = sites.filter((site) => site.hits === 0).map(({ place, code }) => `${place}: ${code}`)
        assert.deepEqual(never, [])
      },
    },
    {
      name: `${connector.id}: each fault came to pass, or no stream can show it`,
      run() {
        const none = (kind: FaultKind): boolean => played.every(({ plug }) => plug.without?.[kind] !== undefined)
        assert.deepEqual(
          all.filter((kind) => !faults.has(kind) && !none(kind)),
          [],
          'faults that never happened',
        )
      },
    },
  ]
}

const missed = (sites: readonly Site[]): string[] => sites.filter(({ hits }) => hits === 0).map(({ place }) => place)
