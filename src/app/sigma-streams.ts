import type { SourceId } from '#model'
import type { Carrier, LiveStream } from '#detect/sigma'
import type { Connector } from '#sources/contract'

/**
 * What Sigma rules can be held against of a connector: each of its streams once, whichever way it comes, and of a stream
 * with several logs each of them, under the stream's name.
 */
export function carriersOf({ id, streams }: Pick<Connector, 'id' | 'streams'>): Carrier[] {
  const byName = new Map(streams.toReversed().map((stream) => [stream.name, stream]))
  return [...byName.values()].toReversed().flatMap(({ name, sigma, sorts = [] }) => {
    const whole = sigma === undefined ? [] : [sigma]
    return [...whole, ...sorts].map(({ fields, product, category, service, ...rest }) => ({
      name: `${id}/${name}`,
      logsource: { product, category, service },
      fields,
      ...rest,
    }))
  })
}

/** A feed that promises less is still given this much: clocks are never quite together. */
const latenessMinMs = 2_000

/** Streams of a source as rules are held against them live, each as late as it declares at worst. */
export function liveStreamsOf(source: SourceId, connector: Pick<Connector, 'id' | 'streams'>): LiveStream[] {
  return carriersOf(connector).map(({ name, ...carrier }) => {
    const stream = name.slice(connector.id.length + 1)
    const worst = connector.streams.filter((one) => one.name === stream).map(({ delayMs }) => delayMs.worst)
    return { ...carrier, name: `${source}/${stream}`, latenessMs: Math.max(latenessMinMs, ...worst) }
  })
}
