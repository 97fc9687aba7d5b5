import { isObject } from '#kit'
import {
  entityId,
  hardwareEntities,
  nothingNormalized,
  ocsfEvent,
  openEdge,
  packageEntity,
  packageName,
  normalizeVersion,
  type Confidence,
  type CredentialKind,
  type EdgeStatement,
  type EntityFact,
  type EntityId,
  type Hardware,
  type Normalized,
} from '#model'
import type { NormalizeInput } from '#sources/contract'

import { hostEntity } from './config.ts'
import { hostOfBom, isObserved, readListing } from './listing.ts'
import {
  credentialRow,
  listingShape,
  packageRow,
  readRows,
  reportShape,
  snapshotShape,
  type CredentialRow,
  type Listing,
  type PackageRow,
} from './record.ts'

export const earlierReportNote = 'from earlier report'
const noteLengthMax = 200

/**
 * Reports, parts of reports, SBOMs and listings; which one is seen from the record itself. Pure.
 *
 * What a host says of itself may be a lie told after the break-in, so it can only ever add. A later report that omits a
 * credential ends its edge no earlier than that report *arrived* by our clock; the edge keeps its history, and an
 * exposure over a window that began before still sees it.
 */
export function normalize(input: NormalizeInput): Normalized {
  const { raw } = input
  const part = snapshotShape.safeParse(raw)
  const report = reportShape.safeParse(part.success ? part.data.rows : raw)
  if (report.success) {
    const snapshot = part.success
      ? part.data.snapshot
      : { id: `${report.data.host.id}/${report.data.takenAtMs}`, part: 0, complete: report.data.complete }
    return normalizeReport(input, report.data, snapshot)
  }
  const bomHost = isObject(raw) ? hostOfBom(raw) : undefined
  const listing = listingShape.safeParse(
    bomHost === undefined ? raw : { host: bomHost, format: 'cyclonedx', document: raw },
  )
  if (listing.success) return normalizeListing(input, listing.data)
  return { ...nothingNormalized(), unmapped: `${input.stream}: no report and no listing` }
}

type Report = {
  host: { id: string }
  hardware?: Hardware | undefined
  takenAtMs: number
  packages: unknown[]
  credentials: unknown[]
}

function normalizeReport(
  input: NormalizeInput,
  report: Report,
  snapshot: { id: string; part: number; complete: boolean },
): Normalized {
  const host = hostEntity(report.host.id)
  const takenAtMs = Math.min(report.takenAtMs, input.arrivedAtMs)
  const packages = readRows(packageRow, report.packages)
  const credentials = readRows(credentialRow, report.credentials)
  const statements = new Statements(host, takenAtMs)
  for (const row of packages.rows) statements.installed(row, 'observed', row.installedAtMs ?? takenAtMs)
  for (const row of credentials.rows) statements.stored(report.host.id, row)
  return {
    ocsf: [inventoryEvent(input, report.host.id, takenAtMs, packages, credentials)],
    edges: [...statements.edges, ...sameMachine(host, report.hardware, takenAtMs)],
    touches: [],
    facts: [
      { entity: host, observedAtMs: takenAtMs, attributes: { name: report.host.id, reportedAtMs: takenAtMs } },
      ...statements.facts,
    ],
    snapshot: {
      id: snapshot.id,
      part: snapshot.part,
      complete: snapshot.complete,
      takenAtMs: input.arrivedAtMs,
      scope: host,
    },
  }
}

/**
 * By its hardware the host is the machine that an endpoint tool knows under another name. It says so itself: whoever bore the
 * name first keeps it (src/respond/assess/same-machine.ts).
 */
const sameMachine = (host: EntityId, hardware: Hardware | undefined, atMs: number): EdgeStatement[] =>
  hardwareEntities(hardware ?? {}).map((name) => openEdge(host, 'SAME_AS', name, atMs))

function normalizeListing(input: NormalizeInput, listing: Listing): Normalized {
  const host = hostEntity(listing.host)
  const packages = readListing(listing)
  const takenAtMs = Math.min(listing.takenAtMs ?? packages.takenAtMs ?? input.arrivedAtMs, input.arrivedAtMs)
  const statements = new Statements(host, takenAtMs)
  const confidence = isObserved(listing.format) ? 'observed' : 'declared'
  for (const row of packages.rows) statements.installed(row, confidence, takenAtMs)
  const scope = `${host}#${listing.format}:${listing.path ?? ''}`
  return {
    ocsf: [inventoryEvent(input, listing.host, takenAtMs, packages, { rows: [], dropped: 0 })],
    edges: statements.edges,
    touches: [],
    facts: [{ entity: host, observedAtMs: takenAtMs, attributes: { name: listing.host } }, ...statements.facts],
    snapshot: { id: `${scope}/${takenAtMs}`, part: 0, complete: listing.complete, takenAtMs: input.arrivedAtMs, scope },
  }
}

/** Each edge and fact once, with the earliest time any row gives. */
class Statements {
  readonly #edges = new Map<string, EdgeStatement & { op: 'span' }>()
  readonly #facts = new Map<EntityId, EntityFact>()
  readonly #host: EntityId
  readonly #takenAtMs: number

  constructor(host: EntityId, takenAtMs: number) {
    this.#host = host
    this.#takenAtMs = takenAtMs
  }

  get edges(): EdgeStatement[] {
    return [...this.#edges.values()]
  }

  get facts(): EntityFact[] {
    return [...this.#facts.values()]
  }

  /** A cached package may never have run: its edge is conditional, shown apart and never acted on by itself. */
  installed(row: PackageRow, confidence: Confidence, fromMs: number): void {
    const entity = packageEntity(row.ecosystem, row.name, row.version)
    const isConditional = row.state === 'cached'
    this.#state(
      {
        src: entity,
        type: 'INSTALLED_ON',
        dst: this.#host,
        confidence,
        ...(isConditional ? { conditional: true } : {}),
        ...note(row.path, row.from, isConditional ? 'cached' : undefined),
      },
      fromMs,
    )
    const attributes = {
      ...packageName(row.ecosystem, row.name),
      version: normalizeVersion(row.ecosystem, row.version),
    }
    this.#facts.set(entity, { entity, observedAtMs: this.#takenAtMs, attributes })
  }

  /** Facts of a vendor's credential are the vendor's to state: a host says only that the credential lies on it. */
  stored(hostId: string, row: CredentialRow): void {
    const entity = credentialOf(hostId, row)
    const fromMs = Math.min(row.createdAtMs ?? this.#takenAtMs, row.modifiedAtMs ?? this.#takenAtMs)
    this.#state(
      { src: this.#host, type: 'STORES', dst: entity, confidence: 'observed', ...note(row.path, row.from, row.name) },
      fromMs,
    )
    if (row.keyId !== undefined || row.accessKeyId !== undefined) return
    this.#facts.set(entity, {
      entity,
      observedAtMs: this.#takenAtMs,
      attributes: {
        kind: kindOfCredential(row),
        path: row.path,
        ...(row.name === undefined ? {} : { name: row.name }),
        ...(row.mode == null ? {} : { mode: row.mode }),
        ...(row.readableBy === undefined ? {} : { readableBy: row.readableBy }),
        ...(row.createdAtMs == null ? {} : { createdAtMs: row.createdAtMs }),
        ...(row.jwt === undefined ? {} : { selfContained: true }),
        ...(row.jwt?.exp === undefined ? {} : { expiresAtMs: Math.floor(row.jwt.exp * 1000) }),
      },
    })
  }

  #state(edge: Omit<EdgeStatement & { op: 'span' }, 'op' | 'fromMs' | 'toMs'>, fromMs: number): void {
    const from = Math.min(fromMs, this.#takenAtMs)
    const key = `${edge.src} ${edge.dst}`
    const known = this.#edges.get(key)
    if (known === undefined) {
      this.#edges.set(key, { ...edge, op: 'span', fromMs: from, toMs: null })
      return
    }
    known.fromMs = Math.min(known.fromMs, from)
    if (edge.conditional !== true) delete known.conditional
  }
}

function credentialOf(hostId: string, row: CredentialRow): EntityId {
  if (row.keyId !== undefined) return entityId('credential', 'cordon', row.keyId)
  if (row.accessKeyId !== undefined) return entityId('credential', 'aws', row.accessKeyId)
  if (row.sha256 !== undefined) return entityId('credential', 'fp', row.sha256.slice('fp:'.length))
  return entityId('credential', 'host', `${hostId}/${row.path.replace(/^\/+/, '')}`)
}

const kinds: Record<string, CredentialKind> = {
  'ssh-key': 'ssh-key',
  'ssh-host-key': 'ssh-key',
  'private-key': 'certificate',
  'tls-key': 'certificate',
  'service-account': 'token',
  npm: 'token',
  pypi: 'token',
  git: 'token',
  huggingface: 'token',
  vault: 'token',
  terraform: 'token',
  'container-registry': 'token',
}

function kindOfCredential(row: CredentialRow): CredentialKind {
  if (row.sha256 === undefined) return 'file'
  return row.jwt === undefined ? (kinds[row.kind] ?? 'key') : 'token'
}

function note(path: string | undefined, from: PackageRow['from'], extra: string | undefined): { note?: string } {
  const parts = [path, extra, from === undefined ? undefined : earlierReportNote].filter((part) => part !== undefined)
  return parts.length === 0 ? {} : { note: parts.join(' · ').slice(0, noteLengthMax) }
}

function inventoryEvent(
  input: NormalizeInput,
  hostId: string,
  takenAtMs: number,
  packages: { rows: unknown[]; dropped: number },
  credentials: { rows: unknown[]; dropped: number },
): Normalized['ocsf'][number] {
  return ocsfEvent(
    'software_info',
    'collect',
    takenAtMs,
    { vendor_name: 'Cordon', name: 'host reporter' },
    {
      device: { uid: hostId, type_id: 0 },
      message: `${packages.rows.length} packages, ${credentials.rows.length} credentials`,
      unmapped: { stream: input.stream, rowsDropped: packages.dropped + credentials.dropped },
    },
  )
}
