import { CordonError } from '#kit'
import {
  advisoryFact,
  formatPurl,
  nothingNormalized,
  ocsfEvent,
  parseArtefact,
  parsePurl,
  type Advisory,
  type EntityFact,
  type Normalized,
} from '#model'
import type { NormalizeInput } from '#sources/contract'

import { isMalicious, osvRecord, type OsvAffected } from './record.ts'

const product = { name: 'Open Source Vulnerabilities' }

/** Ecosystems of the schema whose packages have a package-URL type; others need a `purl` in the record. */
const typeOf: Readonly<Record<string, string>> = {
  PyPI: 'pypi',
  npm: 'npm',
  Go: 'golang',
  'crates.io': 'cargo',
  Maven: 'maven',
  NuGet: 'nuget',
  Packagist: 'composer',
  RubyGems: 'gem',
  Hex: 'hex',
  Pub: 'pub',
}
/** Types whose order of versions is known here; of others a record must list the versions. */
const ordered: ReadonlySet<string> = new Set(['pypi', 'npm'])

/** An OSV record about a malicious package becomes one advisory for each package it names. Others say nothing. */
export function normalize({ raw, arrivedAtMs }: NormalizeInput): Normalized {
  const parsed = osvRecord.safeParse(raw)
  if (!parsed.success) {
    const base = ocsfEvent('base_event', 'unknown', arrivedAtMs, product, {})
    return { ...nothingNormalized(), ocsf: [base], unmapped: 'not an OSV record' }
  }
  const record = parsed.data
  const { id, modified, published, withdrawn } = record
  const kind = isMalicious(record) ? ({ type_id: 99, type: 'Malicious package' } as const) : ({ type_id: 10 } as const)
  const collected = ocsfEvent('osint_inventory_info', 'collect', Date.parse(modified), product, {
    uid: id,
    osint: [{ ...kind, value: id }],
  })
  const nothing = { ...nothingNormalized(), ocsf: [collected] }
  if (!isMalicious(record)) return nothing
  const byPurl = new Map<string, string[] | null>()
  for (const one of record.affected) {
    const purl = purlOf(one)
    if (purl === undefined) continue
    const versions = versionsOf(purl, one)
    if (versions === undefined) continue
    const known = byPurl.get(purl)
    // Without versions every version is meant; that does not become fewer by naming some.
    byPurl.set(purl, versions.length === 0 || known === null ? null : [...(known ?? []), ...versions])
  }
  const facts = [...byPurl].map(([purl, versions]): EntityFact => {
    const advisory: Advisory = {
      id,
      purl,
      versions: [...new Set(versions)],
      publishedAtMs: Date.parse(published ?? modified),
      ...(withdrawn === undefined ? {} : { withdrawn: true }),
    }
    return advisoryFact(advisory, Math.min(Date.parse(modified), arrivedAtMs))
  })
  if (facts.length > 0) return { ...nothing, facts }
  return { ...nothing, unmapped: 'an advisory that names no package by versions known here' }
}

/** Without version and qualifiers, in canonical form: records about one package then meet. */
function purlOf({ package: named }: OsvAffected): string | undefined {
  if (named === undefined) return undefined
  try {
    if (named.purl !== undefined) {
      const { type, namespace, name } = parsePurl(named.purl)
      return formatPurl({ type, namespace, name })
    }
    const type = typeOf[named.ecosystem.split(':', 1)[0] ?? '']
    if (type === undefined) return undefined
    const cut = type === 'pypi' ? -1 : named.name.lastIndexOf(type === 'maven' ? ':' : '/')
    const [namespace, name] = cut < 0 ? [null, named.name] : [named.name.slice(0, cut), named.name.slice(cut + 1)]
    return formatPurl({ type, namespace, name })
  } catch (error) {
    if (error instanceof CordonError) return undefined
    throw error
  }
}

/** Texts for `isVersionNamed`; empty: every version; undefined: none that could be compared. */
function versionsOf(purl: string, { versions, ranges }: OsvAffected): string[] | undefined {
  const { type } = parseArtefact(purl)
  const spans = ranges.filter((range) => range.type !== 'GIT')
  if (versions.length === 0 && spans.length === 0) return ranges.length === 0 ? [] : undefined
  const texts = [...versions]
  for (const { events } of spans) {
    const marks = events.flatMap((event) =>
      Object.entries(event).flatMap(([kind, at]) => (typeof at === 'string' ? [{ kind, at }] : [])),
    )
    if (marks.every(({ kind, at }) => kind === 'introduced' && at === '0') && marks.length > 0) return []
    // The public databases list every version that lies in their ranges; a range adds those to come.
    if (ordered.has(type)) texts.push(...rangesOf(type, marks))
  }
  return texts.length === 0 ? undefined : texts
}

type Mark = { kind: string; at: string }

/** Events in the schema's order: each `introduced` reaches to the next `fixed` or `last_affected`. */
function rangesOf(type: string, marks: readonly Mark[]): string[] {
  const texts: string[] = []
  let from: string | undefined
  for (const { kind, at } of marks) {
    if (kind === 'introduced') {
      if (from !== undefined) continue
      from = at
    } else if (from !== undefined && (kind === 'fixed' || kind === 'last_affected')) {
      texts.push([...(from === '0' ? [] : [`>=${from}`]), ...upTo(type, kind, at)].join(', '))
      from = undefined
    }
  }
  if (from !== undefined && from !== '0') texts.push(`>=${from}`)
  return texts
}

/** Plain order: `fixed: 2.0` leaves 2.0rc1 affected, where PEP 440's `<2.0` would let it go. */
function upTo(type: string, kind: string, at: string): string[] {
  if (kind === 'last_affected') return [`<=${at}`]
  return type === 'pypi' ? [`<=${at}`, `!=${at}`] : [`<${at}`]
}
