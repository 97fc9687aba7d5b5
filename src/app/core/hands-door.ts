import { listStreams, resealSignals, resealTokens, signalKeys, tokensBehind } from '#signals'
import { listSources, pageBatch, resealSource } from '#sources'
import { resealUndos, sealedUndos } from '#respond'

import type { CoreForHands, StreamHealth } from '../socket.ts'
import type { Feed } from './feed.ts'
import type { Stores } from './stores.ts'

/** Of one step of a rotation: each is one write. */
const tokensPerPage = 100
const undosPerPage = 100

/** What hands may ask of core, and nothing else. */
export function createHandsDoor(
  parts: Pick<Stores, 'tenant' | 'writer' | 'reader' | 'log' | 'keys' | 'bell' | 'clock' | 'scrub'> & {
    desk: CoreForHands['desk']
    outputs: CoreForHands['outputs']
    tracking: CoreForHands['tracking']
    asking: CoreForHands['asking']
    feed: Feed
    health: Map<string, StreamHealth>
    spared: CoreForHands['registry']['spared']
  },
): CoreForHands {
  const { tenant, writer, reader, log, keys, bell, clock, scrub, feed, health } = parts
  return {
    desk: ringing(parts.desk, () => bell.ring('incident')),
    home: keys.home(tenant),
    outputs: parts.outputs,
    tracking: parts.tracking,
    asking: parts.asking,
    intake: {
      append: (page) => feed(pageBatch({ ...page, tenant }, clock.nowMs(), scrub)),
      cursor: (source, stream) => Promise.resolve(log.cursor(tenant, source, stream)),
      health: (list) => {
        for (const one of list) health.set(`${one.source}/${one.stream}`, one)
        return Promise.resolve()
      },
    },
    registry: {
      spared: parts.spared,
      reseal: async (source, use, from, sealed) => {
        await writer.submit(resealSource({ tenant, id: source, use, from, sealed }))
      },
      signalSecrets: () =>
        Promise.resolve([
          ...signalKeys(reader, tenant).map(({ kid: id, sealed }) => ({ kind: 'key' as const, id, sealed })),
          ...listStreams(reader, tenant).flatMap(({ id, auth }) =>
            auth === null ? [] : [{ kind: 'stream' as const, id, sealed: auth }],
          ),
        ]),
      resealSignal: async (kind, id, from, to) => {
        await writer.submit(resealSignals({ tenant, kind, id, from, to }))
      },
      waitingTokens: (after) => Promise.resolve(tokensBehind(reader, tenant, after, tokensPerPage)),
      resealTokens: async (tokens) => {
        await writer.submit(resealTokens({ tenant, tokens }))
      },
      sealedUndos: (after) => Promise.resolve(sealedUndos(reader, tenant, after, undosPerPage)),
      resealUndos: async (undos) => {
        await writer.submit(resealUndos({ tenant, undos }))
      },
      sources: () =>
        Promise.resolve(
          listSources(reader, tenant)
            .filter(({ state }) => state === 'active')
            .map((source) => ({
              id: source.id,
              connector: source.connector,
              revision: source.revision,
              config: JSON.stringify(source.config),
              authority: source.authority,
              see: source.sealedSee,
              contain: source.sealedContain,
              backfillSinceMs: source.backfillSinceMs,
            })),
        ),
    },
  }
}

/** The desk, with a ring after each outcome, so that watchers of an incident see it at once. */
function ringing(desk: CoreForHands['desk'], ring: () => void): CoreForHands['desk'] {
  const after =
    <Args extends unknown[], Result>(method: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      const result = await method(...args)
      ring()
      return result
    }
  return {
    claim: (...args) => desk.claim(...args),
    release: (...args) => desk.release(...args),
    attempt: after((...args) => desk.attempt(...args)),
    applied: after((...args) => desk.applied(...args)),
    probed: after((...args) => desk.probed(...args)),
    failed: after((...args) => desk.failed(...args)),
    undone: after((...args) => desk.undone(...args)),
  }
}
