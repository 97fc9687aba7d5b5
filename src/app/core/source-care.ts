import type { Clock, RandomBytes } from '#kit'
import type { TenantId } from '#model'
import type { ReceiptOf, SourceDesk } from '#api'
import {
  intakeOf,
  listGaps,
  listSources,
  reachableMs,
  resealSource,
  sourceContext,
  SourceError,
  updateSource,
  type Source,
} from '#sources'
import { isStreamOn, type CredentialUse, type Role } from '#sources/contract'
import type { Reader, Writer } from '#store'
import type { Sealer } from '#vault'

import type { Registered } from '../connectors.ts'
import type { IntakeDesk } from './intake-desk.ts'
import { rotateIntake } from './intake-setup.ts'

export type CareParts = {
  tenant: TenantId
  writer: Writer
  receipt: ReceiptOf
  reader: Reader
  sealer: Sealer
  registered: (connector: string) => Registered
  find: (id: string) => Source
  view: (source: Source) => ReturnType<SourceDesk['list']>[number]
  check: SourceDesk['check']
  changed: () => Promise<void>
  clock: Clock
  random: RandomBytes
  intake: IntakeDesk
}

const uses: readonly CredentialUse[] = ['see', 'contain']

/** The life of a source's credentials and history: what they may do, replacing them, reading further back. */
export function createSourceCare(parts: CareParts): Pick<SourceDesk, 'show' | 'role' | 'rotate' | 'backfill' | 'held'> {
  const { tenant, writer, receipt, reader, registered, find, clock } = parts
  const reseal = (source: Source, use: CredentialUse, sealed: string | null, from: string | null) =>
    resealSource({ tenant, id: source.id, use, sealed, from })

  return {
    show(id) {
      const source = find(id)
      const { connector } = registered(source.connector)
      return {
        source: parts.view(source),
        config: source.config,
        logged: connector.coverage(connector.config.parse(source.config)).logged,
        backfillSinceMs: source.backfillSinceMs,
        gaps: listGaps(reader, tenant, id).map(({ of, offset, fromMs, toMs, reason, recovered }) => {
          return { stream: of, fromMs, toMs, reason, recovered, evidence: offset }
        }),
      }
    },
    role(of) {
      const [id, config] =
        'source' in of ? [find(of.source).connector, find(of.source).config] : [of.connector, of.config]
      const { connector } = registered(id)
      const parsed = connector.config.safeParse(config)
      if (!parsed.success) throw misfit(id, parsed.error.issues)
      const roleOf = (use: CredentialUse) => shown(connector.role?.(parsed.data, use))
      return { connector: id, see: roleOf('see'), contain: roleOf('contain') }
    },
    async rotate(id, given, by, host) {
      const source = find(id)
      const { connector } = registered(source.connector)
      for (const use of uses) refuseStrangers(connector, use, given[use])
      const held = intakeOf(source.config) === undefined ? {} : await parts.intake.secrets(source)
      const { config } = source
      const asked = { source: id, config, host, see: given.see, random: parts.random }
      const { see, setup } = rotateIntake({ ...asked, held, make: given.make, nowMs: clock.nowMs() })
      const secrets = { see, contain: given.contain }
      const replaced = uses.filter((use) => Object.keys(secrets[use]).length > 0)
      const before = { see: source.sealedSee, contain: source.sealedContain }
      const sealed = { see: '', contain: '' }
      for (const use of replaced) {
        sealed[use] = parts.sealer.seal(JSON.stringify(secrets[use]), sourceContext(tenant, id, use))
      }
      await writer.submit(
        ...replaced.map((use) => reseal(source, use, sealed[use], before[use])),
        receipt('source.rotated', { source: id, uses: replaced.join(' ') }, { by }),
      )
      await parts.changed()
      try {
        const { missing } = await parts.check(id)
        return { source: id, replaced, missing, setup }
      } catch (error) {
        // A source that worked must not be blind because of a slip: what it had comes back.
        await writer.submit(
          ...replaced.map((use) => reseal(source, use, before[use], sealed[use])),
          receipt('source.rotation-undone', { source: id, uses: replaced.join(' ') }, { by }),
        )
        await parts.changed()
        throw new SourceError(
          'ERR_SOURCE_UNREACHABLE',
          `\`${id}\` keeps what it had: ${error instanceof Error ? error.message : 'no answer'}`,
          { hint: 'see that the new secret is whole and in force at the vendor, then rotate again', cause: error },
        )
      }
    },
    async backfill(id, { sinceMs }, by) {
      const source = find(id)
      const { connector } = registered(source.connector)
      const config: unknown = connector.config.parse(source.config)
      const feeds = connector.streams.filter(
        (stream) => 'page' in stream && stream.kind === 'feed' && isStreamOn(stream, config),
      )
      if (feeds.length === 0 || sinceMs > clock.nowMs()) {
        const says =
          feeds.length === 0 ? 'has no feed whose history could be asked for' : 'is asked for what has not been yet'
        throw new SourceError('ERR_SOURCE_NAME', `\`${id}\` ${says}`, { place: 'since' })
      }
      const change = { backfillSinceMs: sinceMs }
      await writer.submit(
        updateSource({ tenant, id, revision: source.revision, change }),
        receipt('source.backfill', { source: id, sinceMs }, { by }),
      )
      await parts.changed()
      const streams = feeds.map(({ name, historyMs }) => ({
        stream: name,
        fromMs: historyMs === undefined ? null : Math.floor(reachableMs({ historyMs }, sinceMs, clock.nowMs())),
      }))
      return { source: id, sinceMs, streams }
    },
    held: () => listSources(reader, tenant).map((source) => heldBy(source, registered(source.connector))),
  }
}

const shown = (role: Role | undefined) =>
  role === undefined
    ? null
    : { scopes: [...role.scopes], text: [...role.text], json: role.json, terraform: role.terraform ?? null }

function heldBy(source: Source, { connector, actions, own }: Registered): ReturnType<SourceDesk['held']>[number] {
  const config: unknown = connector.config.parse(source.config)
  const isHeld = { see: source.sealedSee !== null, contain: source.sealedContain !== null }
  // Without a secret there is nothing to steal, but what acts inside Cordon itself acts all the same.
  const acts = isHeld.contain || connector.secrets.contain.length === 0
  return {
    source: source.id,
    connector: source.connector,
    authority: source.authority,
    ...isHeld,
    reads: isHeld.see ? connector.coverage(config).sees : [],
    permissions: uses
      .filter((use) => isHeld[use])
      .flatMap((use) => (connector.role?.(config, use)?.scopes ?? []).map((scope) => ({ ...scope, use }))),
    actions: acts ? actions.map(({ verb, title, undo }) => ({ verb, title, reversible: undo !== undefined })) : [],
    survives: [...(connector.survives ?? [])],
    own: source.authority === null ? [] : own(config, source.authority),
  }
}

/** INVARIANT: no secret is sealed that its connector does not know: nothing would ever use it or take it away. */
export function refuseStrangers(
  { id, secrets }: Pick<Registered['connector'], 'id' | 'secrets'>,
  use: CredentialUse,
  values: Readonly<Record<string, string>>,
): void {
  const unknown = Object.keys(values).find((name) => !secrets[use].includes(name))
  if (unknown === undefined) return
  throw new SourceError('ERR_SOURCE_NAME', `the connector \`${id}\` has no secret \`${unknown}\` to ${use}`, {
    hint: `it has ${secrets[use].join(', ') || 'none'}`,
  })
}

type Issue = { message: string; path: readonly PropertyKey[] }

export function misfit(connector: string, [issue]: readonly Issue[]): SourceError {
  return new SourceError(
    'ERR_SOURCE_NAME',
    (issue?.message ?? 'does not fit')
      .toLowerCase()
      .replace(/^invalid input: expected (\w+), received undefined$/, 'a $1 is missing here')
      .replace(/^invalid discriminator value\. expected /, 'write one of '),
    {
      place: `config: ${(issue?.path ?? []).map(String).join('.')}`,
      hint: `src/connectors/${connector}/README.md lists its settings`,
    },
  )
}
