import { CordonError, createHttp, parseOwnJson, sendTrusting, type Clock, type Http } from '#kit'
import { defaultTenant } from '#model'
import { actPatience, createBudgets, openSignedHttp, pullPatience, sourceContext, type Lane } from '#sources'
import type { Connector, CredentialUse, Secrets } from '#sources/contract'
import type { HandsVault } from '#vault'

import type { Registered } from '../connectors.ts'
import type { Registry } from '../registry.ts'
import type { SourceRecord } from '../socket.ts'

/** A source's connector with its configuration read, and the Http of one of its credentials. */
export type Opened = { entry: Registered; connector: Connector; config: unknown; http: Http }

export type Opener = {
  open(source: SourceRecord, use: CredentialUse, lane?: Lane): Opened
  /** Unseals, for the pull or action in hand. */
  secretsOf(source: SourceRecord, use: CredentialUse): Secrets
  /** Forgets tokens of sources that changed or went. */
  keepOnly(sources: readonly SourceRecord[]): void
}

/**
 * Opens sources for pulls and actions. Tokens made for a source live as long as its revision; budgets live as long as the
 * process, since the vendor counts on through a change of ours.
 */
export function createOpener(parts: {
  registry: Registry
  vault: () => HandsVault
  clock: Clock
  unit: () => number
}): Opener {
  const { registry, clock, unit } = parts
  const budgets = createBudgets(clock)
  const opened = new Map<string, { source: string; revision: number; opened: Opened }>()
  const secretsOf: Opener['secretsOf'] = (source, use) => {
    const sealed = source[use]
    return sealed === null
      ? {}
      : parseOwnJson(parts.vault().opener.open(sealed, sourceContext(defaultTenant, source.id, use)))
  }
  const openFresh = (source: SourceRecord, use: CredentialUse, lane: Lane): Opened => {
    const entry = registry.find(source.connector)
    if (entry === undefined)
      throw new CordonError('ERR_SOURCE_UNKNOWN', `there is no connector \`${source.connector}\``)
    const { connector } = entry
    const config = connector.config.parse(parseOwnJson<unknown>(source.config))
    const origins = entry.origins(config)
    const ca = connector.trusts?.(config)
    const http = openSignedHttp({
      http: ca === undefined ? createHttp(origins) : createHttp(origins, sendTrusting(ca)),
      clock,
      unit,
      budgets,
      limits: connector.limits ?? {},
      realms: { source: source.id, authority: `${connector.id} ${source.authority ?? source.id}` },
      lane,
      patience: use === 'see' ? pullPatience : actPatience,
      auth: connector.auth?.(config, use),
      origins,
      secrets: () => secretsOf(source, use),
    })
    return { entry, connector, config, http }
  }
  return {
    secretsOf,
    open(source, use, lane = 'live') {
      const key = `${source.id} ${use} ${lane}`
      const known = opened.get(key)
      if (known?.revision === source.revision) return known.opened
      const fresh = openFresh(source, use, lane)
      opened.set(key, { source: source.id, revision: source.revision, opened: fresh })
      return fresh
    },
    keepOnly(sources) {
      const revisions = new Map(sources.map(({ id, revision }) => [id, revision]))
      for (const [key, { source, revision }] of opened) if (revisions.get(source) !== revision) opened.delete(key)
    },
  }
}
