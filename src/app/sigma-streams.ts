import type { Carrier, EventLogsource } from '#detect/sigma'
import type { Connector } from '#sources/contract'

/** What Sigma rules can be held against of a connector: each of its streams once, whichever way it comes. */
export function carriersOf({ id, streams }: Pick<Connector, 'id' | 'streams'>): Carrier[] {
  const byName = new Map<string, Carrier>()
  for (const { name, sigma } of streams) {
    if (sigma === undefined || byName.has(name)) continue
    const { fields, product, category, service } = sigma
    byName.set(name, { name: `${id}/${name}`, logsource: { product, category, service }, fields })
  }
  return [...byName.values()]
}

/** How rules know the records of a stream; undefined: none is held against them. */
export function logsourceOfStream(connector: Pick<Connector, 'streams'>, stream: string): EventLogsource | undefined {
  const sigma = connector.streams.find(({ name, sigma: shape }) => name === stream && shape !== undefined)?.sigma
  return sigma === undefined ? undefined : { product: sigma.product, category: sigma.category, service: sigma.service }
}
