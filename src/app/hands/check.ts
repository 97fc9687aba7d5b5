import type { Clock, Diagnose } from '#kit'
import { plannedPlaces } from '#respond/contract'
import { actionNeeds, compareScopes, streamNeeds, tryRights } from '#sources'
import { isStreamOn, type CredentialUse, type PullContext } from '#sources/contract'

import type { SourceChecked, SourceRecord } from '../socket.ts'
import type { Opened, Opener } from './open.ts'
import { placeMisfits } from './place-fit.ts'

/** A check asks the vendor a few things; longer, and it is not to be reached. */
const checkMs = 20_000

/**
 * Asks the vendor, and compares what both credentials may do with what streams and actions declare: a permission that an
 * action will lack is found now and not in the incident.
 */
export async function checkSource(
  source: SourceRecord,
  parts: Pick<Opener, 'open' | 'secretsOf'> & {
    clock: Clock
    diagnose: Diagnose
    /** All there are: a successor that is issued here may be written in another. */
    sources: readonly SourceRecord[]
  },
): Promise<SourceChecked> {
  const { clock, diagnose } = parts
  const signal = AbortSignal.timeout(checkMs)
  const contextIn = (of: SourceRecord, use: CredentialUse): PullContext<unknown> => {
    const { config, http } = parts.open(of, use)
    return { config, see: parts.secretsOf(of, use), http, clock, signal, diagnose }
  }
  const contextOf = (use: CredentialUse) => contextIn(source, use)
  const { entry, connector, config } = parts.open(source, 'see')
  const found = await connector.check(contextOf('see'))
  const places = plannedPlaces(entry.holds, config, source.authority ?? found.authority)
  const writes = places.map(({ scopes }) => ({ verb: 'places', scopes }))
  const missing = [...found.missing]
  const excess = [...found.excess]
  for (const use of ['see', 'contain'] as const) {
    if (connector.scopes === undefined || source[use] === null) continue
    const held = await connector.scopes(contextOf(use), use)
    if (held === null) continue
    const needs =
      use === 'see' ? streamNeeds(connector, config) : actionNeeds([...entry.actions, ...entry.lends, ...writes])
    const compared = compareScopes(use, held, needs, connector.implies?.bind(connector))
    missing.push(...compared.missing)
    excess.push(...compared.excess)
  }
  const issuing = { entry, config, authority: found.authority }
  const misfits = await placeMisfits(issuing, {
    // Until its first check this very source has no authority that core would know.
    sources: parts.sources.map((one) => (one.id === source.id ? { ...one, authority: found.authority } : one)),
    opened: (of) => openedOrNot(() => parts.open(of, 'contain')),
    contextOf: (of) => contextIn(of, 'contain'),
  })
  missing.push(...misfits)
  const says = [...found.says]
  if (connector.rightTries !== undefined && source.contain !== null) {
    const tried = await tryRights(connector.rightTries, contextOf('contain'))
    missing.push(...tried.missing)
    says.push(...tried.says)
  }
  return {
    ...found,
    says,
    missing,
    excess,
    blind: connector.coverage(config).blind,
    delays: connector.streams
      .filter((stream) => isStreamOn(stream, config))
      .map(({ name, delayMs }) => ({ stream: name, typicalMs: delayMs.typical, worstMs: delayMs.worst })),
  }
}

/** A configuration that its connector no longer takes is a finding of its own source's check, and not of this one. */
function openedOrNot(open: () => Opened): Opened | undefined {
  try {
    return open()
  } catch {
    return undefined
  }
}
