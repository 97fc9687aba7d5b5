import { sha256, systemRandom, toHex, type Bell, type Clock, type RandomBytes, type RpcPeer } from '#kit'
import { nativeOf, ownStreamPrefix, type EntityId, type TenantId } from '#model'
import type { ReceiptOf, SourceDesk } from '#api'
import { unknownRecords } from '#estate'
import {
  addSource,
  countOpenGaps,
  findSource,
  lastDelivery,
  issueIngestToken,
  listSources,
  pageBatch,
  readUpload,
  removeSource,
  sourceContext,
  SourceError,
  updateSource,
  verifyIngestToken,
  type Source,
  type UploadOptions,
} from '#sources'
import { isStreamOn, type Secrets } from '#sources/contract'
import { dropOutputs } from '#outputs'
import { dropScim } from '#scim'
import type { Reader, Writer } from '#store'
import type { Sealer } from '#vault'
import { hostEntity, hostIdShape } from '#connectors/host'

import type { Registered } from '../connectors.ts'
import type { Registry } from '../registry.ts'
import { createSourceCare, misfit, refuseStrangers } from './source-care.ts'
import { remote, type HandsForCore, type StreamHealth } from '../socket.ts'
import type { Feed } from './feed.ts'
import { createHookDoor } from './hook-door.ts'
import type { IntakeDesk } from './intake-desk.ts'
import { setUpIntake } from './intake-setup.ts'
import type { Outputs } from './output-desk.ts'
import { keysSource } from './own-keys.ts'
import { createSourceView, type SourceView } from './source-view.ts'
import type { UnknownType } from './unknown-types.ts'

export type SourceDeskParts = {
  tenant: TenantId
  writer: Writer
  receipt: ReceiptOf
  reader: Reader
  sealer: Sealer
  scrub: (json: string) => string
  registry: Registry
  hands: () => RpcPeer | undefined
  health: ReadonlyMap<string, StreamHealth>
  clock: Clock
  bell: Bell
  feed: Feed
  random?: RandomBytes
  intake: IntakeDesk
  /** What the estate says against the places that this source's successors go to; absent: it is not asked. */
  exposedPlaces?: (source: Source) => Promise<string[]>
  /** Record types that nobody knows, since the start; absent: nobody counts. */
  unknownTypes?: () => readonly UnknownType[]
  /** What leaves, for those that take it. */
  outputs?: Pick<Outputs, 'tally'>
  /** A source went: what is kept of it in memory goes too. */
  forget?: (source: string) => void
}

/** What the API does with sources: seal, store, ask hands to check, take uploads. */
export function createSourceDesk(parts: SourceDeskParts): SourceDesk {
  const { tenant, writer, receipt, reader, clock, bell, intake, random = systemRandom } = parts
  const hands = remote<HandsForCore>(parts.hands)
  const registered = (connector: string): Registered => {
    const found = parts.registry.find(connector)
    if (found === undefined) {
      throw new SourceError('ERR_SOURCE_UNKNOWN', `there is no connector \`${connector}\``, {
        hint: `there are ${parts.registry.ids.join(', ')}`,
      })
    }
    return found
  }
  const find = (id: string): Source => {
    const source = findSource(reader, tenant, id)
    if (source === undefined) {
      throw new SourceError('ERR_SOURCE_UNKNOWN', `there is no source \`${id}\``, {
        hint: '`cordon source list` shows them',
      })
    }
    return source
  }
  /** INVARIANT: an ingest token speaks for one host, or for a system that reports about itself; for a vendor, never. */
  const refuseUnlessPushed = (source: Source): Registered['pushes'] => {
    const { pushes } = registered(source.connector)
    if (pushes !== 'never') return pushes
    throw new SourceError(
      'ERR_SOURCE_PUSH',
      `\`${source.id}\` is read by Cordon itself and takes no events from others`,
      {
        hint: 'send them to a source of the connector `host` or `declared`',
      },
    )
  }
  const bindingOf = (source: Source, host: string | undefined): EntityId | null => {
    const pushes = refuseUnlessPushed(source)
    if (pushes !== 'host' && host === undefined) return null
    if (pushes !== 'host') {
      throw new SourceError('ERR_INGEST_TOKEN', `\`${source.id}\` is no source of hosts`, {
        hint: 'leave the host out: the token speaks for this one system',
      })
    }
    if (host === undefined || !hostIdShape.test(host)) {
      throw new SourceError('ERR_INGEST_TOKEN', 'a token for reports of hosts is bound to one host', {
        hint: 'name it with --host, as `cordon host report` calls it',
      })
    }
    return hostEntity(host)
  }
  const openGaps = (source: string): number => countOpenGaps(reader, tenant, source)
  const unknown = (source: string): SourceView['unknown'] => ({
    records: unknownRecords(reader, tenant, source),
    types: (parts.unknownTypes?.() ?? [])
      .filter((one) => one.source === source)
      .map(({ type, count }) => ({ type, count }))
      .toSorted((a, b) => b.count - a.count),
  })
  const { health, outputs } = parts
  const show = createSourceView({
    registered,
    health,
    intake,
    outputs,
    openGaps,
    lastDelivery: (source, stream) => lastDelivery(reader, tenant, source, stream),
    unknown,
    clock,
  })
  const check: SourceDesk['check'] = async (id) => {
    const source = find(id)
    const result = await hands.source.check(id)
    const { authority } = result
    if (authority !== source.authority) {
      const scope = registered(source.connector).scope(authority)
      await writer.submit(updateSource({ tenant, id, revision: source.revision, change: { authority, scope } }))
      await hands.source.changed()
    }
    bell.ring('source')
    const exposed = (await parts.exposedPlaces?.(find(id))) ?? []
    return exposed.length === 0 ? result : { ...result, missing: [...result.missing, ...exposed] }
  }

  const care = createSourceCare({
    tenant,
    random,
    intake,
    writer,
    receipt,
    reader,
    clock,
    sealer: parts.sealer,
    registered,
    find,
    check,
    view: show,
    changed: () => hands.source.changed(),
  })

  return {
    ...care,
    list: () => listSources(reader, tenant).map(show),
    openHook: createHookDoor({ ...parts, find: (id) => findSource(reader, tenant, id), registered, intake }),
    async add(body, by, host) {
      const { connector, trust } = registered(body.connector)
      const config = connector.config.safeParse(body.config)
      if (!config.success) throw misfit(body.connector, config.error.issues)
      for (const use of ['see', 'contain'] as const) refuseStrangers(connector, use, body.secrets[use])
      const { see, setup } = setUpIntake({ source: body.id, config: body.config, host, see: body.secrets.see, random })
      const seal = (use: 'see' | 'contain', values: Secrets): string | null => {
        if (Object.keys(values).length === 0) return null
        return parts.sealer.seal(JSON.stringify(values), sourceContext(tenant, body.id, use))
      }
      await writer.submit(
        addSource({
          tenant,
          id: body.id,
          connector: body.connector,
          config: body.config,
          authority: null,
          sealedSee: seal('see', see),
          sealedContain: seal('contain', body.secrets.contain),
          trust,
          // Until `check` learns the authority, it may speak about nothing.
          scope: { about: [] },
          createdAtMs: clock.nowMs(),
        }),
        receipt(
          'source.added',
          { source: body.id, connector: body.connector, contains: Object.keys(body.secrets.contain).length > 0 },
          { by },
        ),
      )
      await check(body.id).catch((error: unknown) => {
        throw new SourceError(
          'ERR_SOURCE_UNREACHABLE',
          `\`${body.id}\` was added, and could not be checked: ${error instanceof Error ? error.message : 'no answer'}`,
          {
            hint: `try again with \`cordon source check ${body.id}\`, or take it away with \`cordon source remove ${body.id}\` and choose another name: a name is given once`,
            retryable: true,
            cause: error,
          },
        )
      })
      return { ...show(find(body.id)), setup }
    },
    check,
    async remove(id, by) {
      // A name is given once: without this one, Cordon's own keys would have no source any more.
      if (id === keysSource) {
        throw new SourceError('ERR_SOURCE_NAME', `\`${id}\` is Cordon's own`, { hint: 'it cannot be taken away' })
      }
      const removal = removeSource({ tenant, id, atMs: clock.nowMs() })
      // What its sender told of people goes with it, and the key it lies under.
      await writer.submit(
        removal,
        dropScim({ tenant, source: id }),
        dropOutputs({ tenant, source: id }),
        receipt('source.removed', { source: id }, { by }),
      )
      parts.forget?.(id)
      await hands.source.changed()
      intake.forget(id)
      bell.ring('source')
    },
    async createIngestToken(id, binding, by) {
      const boundTo = bindingOf(find(id), binding.host)
      // Before the token: one without a leaf must not exist.
      await writer.submit(receipt('ingest-token.made', { source: id }, { by, boundTo: boundTo ?? '' }))
      const { id: token, text } = await issueIngestToken(
        writer,
        { tenant, source: id, boundTo, nowMs: clock.nowMs() },
        systemRandom,
      )
      return { id: token, token: text }
    },
    verifyIngestToken(token) {
      const grant = verifyIngestToken(reader, token)
      if (grant === undefined || grant.tenant !== tenant) return undefined
      const source = findSource(reader, tenant, grant.source)
      // A provisioner reads back what it wrote; every other ingest token only writes.
      const isScim = source !== undefined && registered(source.connector).pushes === 'scim'
      return {
        source: grant.source,
        principal: isScim
          ? { id: `scim/${grant.id}`, kind: 'token', roles: ['provisioner'] }
          : { id: `ingest/${grant.id}`, kind: 'ingest', roles: ['ingest'] },
        host: grant.boundTo === null ? null : nativeOf(grant.boundTo),
      }
    },
    async ingest({ source, stream, partial, batch, bytes, encoding, contentType, token }) {
      const into = find(source)
      const pushes = refuseUnlessPushed(into)
      if (pushes === 'signed' || pushes === 'scim') {
        throw new SourceError('ERR_SOURCE_PUSH', `\`${source}\` takes no uploads`, {
          hint: `let its sender call \`${pushes === 'scim' ? '/scim/v2' : `/v1/signals/${source}`}\``,
        })
      }
      if (stream.startsWith(ownStreamPrefix)) {
        throw new SourceError('ERR_SOURCE_PUSH', `the stream \`${stream}\` is Cordon's own`, {
          hint: 'choose a name that does not begin with `cordon.`',
        })
      }
      const keep = keepOf(registered(into.connector), into, stream)
      const nowMs = clock.nowMs()
      const upload = await readUpload(bytes, {
        tenant,
        source,
        stream,
        batch: batch ?? toHex(sha256(bytes)).slice(0, 32),
        partial,
        nowMs,
        scrub: parts.scrub,
        ...(keep === undefined ? {} : { keep }),
        ...(token === null || token.host === null ? {} : { boundTo: hostEntity(token.host) }),
        ...(contentType === undefined ? {} : { contentType }),
        ...(encoding === undefined ? {} : { contentEncoding: encoding }),
      })
      const refused = upload.bad.map(({ line, column, reason }) => ({ line, column, reason }))
      if (upload.events.length === 0) {
        return {
          accepted: 0,
          duplicates: 0,
          conflicts: 0,
          firstOffset: null,
          lastOffset: null,
          refused,
          refusedCount: upload.badCount,
        }
      }
      const ack = await parts.feed({ tenant, source, arrivedAtMs: nowMs, events: upload.events })
      return {
        accepted: ack.appended,
        duplicates: ack.duplicates,
        conflicts: ack.conflicts,
        firstOffset: ack.appended === 0 ? null : ack.firstOffset,
        lastOffset: ack.appended === 0 ? null : ack.lastOffset,
        refused,
        refusedCount: upload.badCount,
      }
    },
    async receive(id, delivery) {
      const source = find(id)
      if (refuseUnlessPushed(source) !== 'signed' || source.authority === null || source.state !== 'active') {
        throw new SourceError('ERR_SOURCE_PUSH', `\`${id}\` takes no signed deliveries now`, {
          hint: '`cordon source check` shows whether it was ever reached',
        })
      }
      const stream = registered(source.connector).connector.streams.find((one) => 'accept' in one)?.name ?? ''
      const events = await hands.source.accept(id, stream, delivery)
      await parts.feed(pageBatch({ tenant, source: id, stream, events, cursor: null }, clock.nowMs(), parts.scrub))
    },
  }
}

/**
 * How the stream takes what is pushed. INVARIANT: of a source that has pushed streams beside others, only those take
 * anything: an ingest token would else speak in the vendor's name. One that has none and takes uploads all the same
 * (`osv`) takes by hand what it reads by itself.
 */
function keepOf({ connector }: Registered, source: Source, stream: string): UploadOptions['keep'] {
  const { id } = source
  const config: unknown = connector.config.parse(source.config)
  const here = connector.streams.filter((stream) => isStreamOn(stream, config))
  const pushed = here.filter(({ kind }) => kind === 'push')
  const found = pushed.find(({ name }) => name === stream)
  const isHandedIn = connector.streams.every(({ kind }) => kind !== 'push')
  if (found === undefined && !isHandedIn && pushed.length < here.length) {
    throw new SourceError('ERR_SOURCE_PUSH', `\`${id}\` takes no events from others into its stream \`${stream}\``, {
      hint:
        pushed.length === 0
          ? 'with its configuration Cordon reads all of it itself'
          : `send them to ${pushed.map(({ name }) => `\`${name}\``).join(' or ')}`,
    })
  }
  return found?.kind === 'push' ? found.keep : undefined
}
