import { keyRecordsDelivered, readKeyRecords, type KeyPlace, type Keys } from '#guards'
import type { TenantId } from '#model'
import { addSource, findSource, listSources, pageBatch, type Source } from '#sources'
import type { Writer } from '#store'

import { keysConfig, placeOf } from '#connectors/keys'

import type { Registry } from '../registry.ts'
import type { StreamHealth } from '../socket.ts'
import type { Feed } from './feed.ts'
import type { Stores } from './stores.ts'

/** Cordon's own keys are a source like any other. */
export const keysSource = 'cordon-keys'
const keysAuthority = 'cordon'

export async function ensureKeysSource(
  { tenant, writer, reader, clock }: Pick<Stores, 'tenant' | 'writer' | 'reader' | 'clock'>,
  registry: Registry,
): Promise<void> {
  if (findSource(reader, tenant, keysSource) !== undefined) return
  const entry = registry.find('keys')
  if (entry === undefined) return
  await writer.submit(
    addSource({
      tenant,
      id: keysSource,
      connector: 'keys',
      config: {},
      authority: keysAuthority,
      sealedSee: null,
      sealedContain: null,
      trust: 'vendor',
      scope: entry.scope(keysAuthority),
      createdAtMs: clock.nowMs(),
    }),
  )
}

const recordsStream = 'records'

/**
 * What happened to a key is a row beside the key, from the same command; here the rows go to the log, then away. That
 * there was none to take is told of the stream, too: silence here is not that something failed to come.
 */
export async function deliverKeyRecords(
  {
    tenant,
    writer,
    reader,
    clock,
    scrub,
  }: Pick<Stores, 'tenant' | 'reader' | 'clock' | 'scrub'> & { writer: Pick<Writer, 'submit'> },
  { feed, health }: { feed: Feed; health: Map<string, StreamHealth> },
): Promise<void> {
  const { events, upTo } = readKeyRecords(reader, tenant)
  if (upTo !== null) {
    const records = { tenant, source: keysSource, stream: recordsStream, events, cursor: null }
    await feed(pageBatch(records, clock.nowMs(), scrub))
    await writer.submit(keyRecordsDelivered({ tenant, upTo }))
  }
  const told = { source: keysSource, stream: recordsStream, lastSuccessAtMs: clock.nowMs(), lagMs: null, error: null }
  health.set(`${keysSource}/${recordsStream}`, told)
}

const linesOf = ({ connector, config }: Pick<Source, 'connector' | 'config'>): KeyPlace[] => {
  const parsed = connector === 'keys' ? keysConfig.safeParse(config) : undefined
  return parsed?.success === true
    ? parsed.data.successors.map(({ key, place }) => ({ key, place: placeOf(place) }))
    : []
}

/**
 * Where successors of Cordon's own keys go, by what the sources of the connector `keys` say now. A key or place that two
 * sources name goes by the first of them.
 */
export async function placeOwnKeys({
  tenant,
  reader,
  keys,
}: Pick<Stores, 'tenant' | 'reader' | 'keys'>): Promise<void> {
  const lines: KeyPlace[] = []
  for (const source of listSources(reader, tenant).filter(({ state }) => state === 'active')) {
    for (const line of linesOf(source)) {
      if (!lines.some(({ key, place }) => key === line.key || place === line.place)) lines.push(line)
    }
  }
  await keys.place(tenant, lines)
}

/** Lines of the configuration by which nothing would be handed over, because their key is none, or dead. */
export const deadLines = (source: Pick<Source, 'connector' | 'config'>, keys: Keys, tenant: TenantId): string[] =>
  linesOf(source).flatMap(({ key }) => {
    const state = keys.state(tenant, key)
    if (state === 'live') return []
    return [
      `\`successors\` names the key \`${key}\`, which is ${state === 'dead' ? 'dead' : 'none'}: \`cordon key list\` shows them`,
    ]
  })
