import type { ResponseOf } from '#api/contract'

import { plural } from './table.ts'

type Health = ResponseOf<'system.health'>

/** Nothing is down, blind, or held back until a person has looked. */
export const isWell = ({ status, sources, detection, warnings }: Health): boolean =>
  status === 'ok' && warnings.length === 0 && detection.refusedCount === 0 && sources.every(({ ok }) => ok)

export function healthText(health: Health): string {
  const {
    version,
    status,
    head,
    projected,
    estateLoadedPercent,
    hands,
    automationStopped,
    sources,
    detection,
    behaviour,
    warnings,
  } = health
  const loading = estateLoadedPercent < 100 ? ` (loading, ${estateLoadedPercent} %)` : ''
  return [
    `Cordon ${version}: ${status}; log at ${head}, estate at ${projected}${loading}; hands ${hands ? 'up' : 'DOWN'}; automation ${automationStopped ? 'STOPPED' : 'runs'}`,
    ...detectionText(detection),
    ...behaviourText(behaviour),
    ...warnings.map(({ code, hint }) => `  WARNING ${code}: ${hint}`),
    ...sources.map(({ id, ok }) => `  ${id}: ${ok ? 'ok' : 'NOT OK: `cordon source check` says why'}`),
  ].join('\n')
}

/** What is lost at a bound makes findings fewer, so it is said as soon as there is any. */
function detectionText({
  rules,
  correlations,
  refused,
  refusedCount,
  lateByMs,
  ...counts
}: Health['detection']): string[] {
  if (rules + correlations + refusedCount === 0) return []
  const { late, uncorrelated, evicted, truncated, hurried, forgotten, failed } = counts
  const lost = Object.entries({ late, uncorrelated, evicted, truncated, hurried, forgotten, failed })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
  return [
    `  detection: ${plural(rules, 'rule')}, ${plural(correlations, 'correlation')}${lost.length === 0 ? '' : `; ${lost.join(', ')}`}`,
    ...(uncorrelated === 0 ? [] : [lateText(uncorrelated, lateByMs)]),
    ...refused.map(({ rule, place, message }) => `  REFUSED ${rule}${rule === '' ? '' : ' '}(${place}): ${message}`),
    ...(refusedCount > refused.length ? [`  and ${refusedCount - refused.length} more refused`] : []),
  ]
}

/** As long as a backtest waits. */
const hoursMax = 720

/** What came too late for a correlation was held against single rules; a look back has the time to wait for it. */
function lateText(uncorrelated: number, lateByMs: number): string {
  const hours = Math.min(hoursMax, Math.max(1, Math.ceil(lateByMs / 3_600_000)))
  return `  ${plural(uncorrelated, 'event')} came too late to be correlated: \`cordon rule backtest --lateness ${hours}h\` says what they would have been part of`
}

function behaviourText({ actors, warm, late, hurried, evicted, failed }: Health['behaviour']): string[] {
  if (actors + failed === 0) return []
  const lost = Object.entries({ late, hurried, evicted, failed })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
  return [`  behaviour: ${plural(actors, 'actor')}, ${warm} warm${lost.length === 0 ? '' : `; ${lost.join(', ')}`}`]
}
