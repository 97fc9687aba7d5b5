import type { ResponseOf } from '#api/contract'

type Health = ResponseOf<'system.health'>

/** Nothing is down, blind, or held back until a person has looked. */
export const isWell = ({ status, sources, warnings }: Health): boolean =>
  status === 'ok' && warnings.length === 0 && sources.every(({ ok }) => ok)

export function healthText(health: Health): string {
  const { version, status, head, projected, estateLoadedPercent, hands, automationStopped, sources, warnings } = health
  const loading = estateLoadedPercent < 100 ? ` (loading, ${estateLoadedPercent} %)` : ''
  return [
    `Cordon ${version}: ${status}; log at ${head}, estate at ${projected}${loading}; hands ${hands ? 'up' : 'DOWN'}; automation ${automationStopped ? 'STOPPED' : 'runs'}`,
    ...warnings.map(({ code, hint }) => `  WARNING ${code}: ${hint}`),
    ...sources.map(({ id, ok }) => `  ${id}: ${ok ? 'ok' : 'NOT OK: `cordon source check` says why'}`),
  ].join('\n')
}
