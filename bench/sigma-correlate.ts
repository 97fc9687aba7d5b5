// Sigma correlations: updates a second on one core, and memory for a million live groups.
//   npm run bench:sigma-correlate
import { parseOwnJson } from '#kit'
import { createCorrelator, loadSigma, type Correlator, type SigmaEvent, type SigmaRule } from '#detect/sigma'

const yaml = (span: string, least: number): string => `title: fail
name: fail
logsource: { category: test }
detection: { selection: { kind: fail }, condition: selection }
---
title: many
correlation:
  type: event_count
  rules: [fail]
  group-by: [user]
  timespan: ${span}
  condition: { gte: ${least} }
`
const start = Date.UTC(2026, 0, 1)

function correlatorOf(span: string, least: number): { correlator: Correlator; rules: SigmaRule[] } {
  const { rules, correlations } = loadSigma([{ place: 'bench', text: yaml(span, least) }])
  return { correlator: createCorrelator(correlations), rules }
}

const batch = 20_000

/**
 * `userOf` names the group of the n-th event; ten events a millisecond, the watermark a second behind. Events are parsed
 * beforehand, batch by batch, outside of what is measured.
 */
function feed(
  { correlator, rules }: ReturnType<typeof correlatorOf>,
  from: number,
  to: number,
  userOf: (n: number) => string,
): number {
  let us = 0
  for (let first = from; first < to; first += batch) {
    const events = Array.from({ length: batch }, (_, i) =>
      parseOwnJson<SigmaEvent>(JSON.stringify({ user: userOf(first + i) })),
    )
    const ids = events.map((_, i) => String(first + i))
    const before = process.cpuUsage()
    events.forEach((event, i) => {
      correlator.observe({ timeMs: start + (first + i) / 10, id: ids[i] ?? '', ref: first + i, event, rules })
    })
    correlator.advance(start + first / 10 - 1000)
    const { user, system } = process.cpuUsage(before)
    us += user + system
  }
  return (to - from) / (us / 1e6)
}

const perSecond = (rate: number): string => `${Math.round(rate).toLocaleString('en-US')} updates/s`
const heapMb = (): number => {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 1e6
}

const million = 1_000_000
const before = heapMb()
const large = correlatorOf('30d', 1000)
console.log(`new groups:       ${perSecond(feed(large, 0, million, (n) => `user-${n}@example.com`))}`)
large.correlator.advance(start + million)
console.log(
  `memory:           ${(heapMb() - before).toFixed(0)} MB for ${large.correlator.size.groups} live groups, all heap and buffers`,
)
console.log(
  `random groups:    ${perSecond(feed(large, million * 11, million * 12, (n) => `user-${Math.imul(n, 2654435761) >>> 12}@example.com`))}`,
)
const few = correlatorOf('10s', 1000)
console.log(`a thousand groups: ${perSecond(feed(few, 0, 2 * million, (n) => `user-${n % 1000}@example.com`))}`)
