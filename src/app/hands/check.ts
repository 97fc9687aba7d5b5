import type { Clock, Diagnose } from '#kit'
import { actionNeeds, compareScopes, streamNeeds } from '#sources'
import { isStreamOn, type CredentialUse, type PullContext } from '#sources/contract'

import type { SourceChecked, SourceRecord } from '../socket.ts'
import type { Opener } from './open.ts'

/** A check asks the vendor a few things; longer, and it is not to be reached. */
const checkMs = 20_000

/**
 * Asks the vendor, and compares what both credentials may do with what streams and actions declare: a permission that an
 * action will lack is found now and not in the incident.
 */
export async function checkSource(
  source: SourceRecord,
  parts: Pick<Opener, 'open' | 'secretsOf'> & { clock: Clock; diagnose: Diagnose },
): Promise<SourceChecked> {
  const { clock, diagnose } = parts
  const signal = AbortSignal.timeout(checkMs)
  const contextOf = (use: CredentialUse): PullContext<unknown> => {
    const { config, http } = parts.open(source, use)
    return { config, see: parts.secretsOf(source, use), http, clock, signal, diagnose }
  }
  const { entry, connector, config } = parts.open(source, 'see')
  const found = await connector.check(contextOf('see'))
  const places = entry.holds?.places(config, source.authority ?? found.authority) ?? []
  const writes = places.length === 0 ? [] : [{ verb: 'places', scopes: entry.holds?.scopes ?? [] }]
  const missing = [...found.missing]
  const excess = [...found.excess]
  for (const use of ['see', 'contain'] as const) {
    if (connector.scopes === undefined || source[use] === null) continue
    const held = await connector.scopes(contextOf(use), use)
    if (held === null) continue
    const needs = use === 'see' ? streamNeeds(connector, config) : actionNeeds([...entry.actions, ...writes])
    const compared = compareScopes(use, held, needs, connector.implies?.bind(connector))
    missing.push(...compared.missing)
    excess.push(...compared.excess)
  }
  return {
    ...found,
    missing,
    excess,
    blind: connector.coverage(config).blind,
    delays: connector.streams
      .filter((stream) => isStreamOn(stream, config))
      .map(({ name, delayMs }) => ({ stream: name, typicalMs: delayMs.typical, worstMs: delayMs.worst })),
  }
}
