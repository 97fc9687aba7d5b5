import { readFileSync } from 'node:fs'

import { isObject, parseJson } from '#kit'
import { createCorrelator, createEngine, eventTimeOf, type SigmaEvent, type SigmaRules } from '#detect/sigma'

import { isLoud } from './compare.ts'

export const attacks = '../shared/corpora/cloudtrail/stratus-red-team.ndjson'
const cloudTrail = { product: 'aws', category: 'cloud', service: 'cloudtrail' }

type Tally = {
  events: number
  told: number
  loud: number
  counted: number
  runs: number
  runsLoud: number
  silent: string[]
}

/**
 * The recorded attacks of Stratus Red Team. Each run of a technique has its own mark in `userAgent`; a run is caught when an event of it
 * alerts at medium or above, or a correlation that does has one among its own. No rule knows the mark.
 */
export function tallyAttacks({ rules, correlations }: Pick<SigmaRules, 'rules' | 'correlations'>): Tally {
  const engine = createEngine(rules)
  const correlator = createCorrelator(correlations)
  const events = readFileSync(attacks, 'utf8')
    .split('\n')
    .flatMap((text): SigmaEvent[] => {
      const event = text === '' ? undefined : parseJson(text)
      return isObject(event) ? [event] : []
    })
  const matches = events.map((event) => engine.match(event, cloudTrail))
  const findings = events.flatMap((event, ref) => {
    const timeMs = eventTimeOf(event) ?? 0
    return correlator.observe({ timeMs, id: String(ref).padStart(6, '0'), ref, event, rules: matches[ref] ?? [] })
  })
  findings.push(...correlator.advance(Infinity))
  const joined = new Set(findings.filter(isLoud).flatMap((finding) => finding.events))
  const isCaught = (ref: number): boolean =>
    joined.has(ref) || (matches[ref] ?? []).some((rule) => rule.alerts && isLoud(rule))
  const runs = Map.groupBy(
    events.keys().filter((ref) => runOf(events[ref]) !== undefined),
    (ref) => runOf(events[ref]),
  )
  const silent = [...runs.values()].filter((refs) => !refs.some(isCaught))
  const some = (test: (rule: { alerts: boolean; level: string | null }) => boolean): number =>
    matches.filter((found) => found.some(test)).length
  return {
    events: events.length,
    told: some(({ alerts }) => alerts),
    loud: events.filter((_, ref) => isCaught(ref)).length,
    counted: some(() => true),
    runs: runs.size,
    runsLoud: runs.size - silent.length,
    silent: silent
      .map((refs) => [...new Set(refs.map((ref) => String(events[ref]?.['eventName'])))].join(', '))
      .toSorted(),
  }
}

const runOf = (event: SigmaEvent | undefined): string | undefined =>
  /^stratus-red-team_[0-9a-f-]{36}$/.exec(String(event?.['userAgent']))?.[0]
