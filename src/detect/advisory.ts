import {
  artefactOf,
  parseArtefact,
  type EdgeStatement,
  type EntityId,
  type Finding,
  type TenantId,
  type Trust,
} from '#model'

import { bounded, makeFinding } from './finding.ts'
import type { Advisory, ProjectedEvent } from './types.ts'

/** Artefacts, and installs of each, that are remembered for advisories still to come. */
const artefactsMax = 100_000
const installsPerArtefactMax = 50_000

type Install = { artefact: EntityId; host: EntityId; version: string; atMs: number; offset: number; trust: Trust }

/** `advisory.match`: a known-bad artefact was installed or run on a host. Works whichever is heard of first. */
export function createAdvisoryRule(tenant: TenantId, onDrop: () => void) {
  const installs = bounded<string, Map<string, Install>>(artefactsMax, onDrop)
  const advisories = new Map<string, Advisory[]>()
  const match = (install: Install, advisory: Advisory): Finding[] => {
    const named = parseArtefact(advisory.purl).version
    const versions = named === null ? advisory.versions : [...advisory.versions, named]
    if (versions.length > 0 && !versions.includes(install.version)) return []
    const { artefact, host, atMs, offset, trust } = install
    const from = advisory.publishedAtMs
    return [
      makeFinding(tenant, `${advisory.purl} ${artefact} ${host}`, from, {
        rule: 'advisory.match',
        ruleVersion: 1,
        title: `known-bad ${advisory.purl} ${install.version} was installed on ${host}`,
        severity: 'critical',
        entities: [artefact, host],
        trigger: { kind: 'artefact', purl: advisory.purl, versions: advisory.versions },
        window: { fromMs: from, toMs: null },
        trust,
        evidence: [offset],
        atMs,
      }),
    ]
  }
  return {
    observe({ edges, offset, trust }: ProjectedEvent): Finding[] {
      return edges.flatMap((edge) => {
        const install = installOf(edge, offset, trust)
        if (install === undefined) return []
        const { key, ...rest } = install
        const known = installs.get(key) ?? bounded<string, Install>(installsPerArtefactMax, onDrop)
        known.set(`${rest.artefact} ${rest.host}`, rest)
        installs.set(key, known)
        return (advisories.get(key) ?? []).flatMap((advisory) => match(rest, advisory))
      })
    },
    /** Throws ERR_ARTEFACT_PURL. */
    advise(advisory: Advisory): Finding[] {
      const { type, name } = parseArtefact(advisory.purl)
      const key = `${type} ${name}`
      advisories.set(key, [...(advisories.get(key) ?? []), advisory])
      return [...(installs.get(key)?.values() ?? [])].flatMap((install) => match(install, advisory))
    },
  }
}

function installOf(edge: EdgeStatement, offset: number, trust: Trust): (Install & { key: string }) | undefined {
  if (edge.type !== 'INSTALLED_ON' || edge.op === 'close' || edge.confidence === 'inferred') return undefined
  const artefact = artefactOf(edge.src)
  if (artefact === undefined) return undefined
  return {
    key: `${artefact.type} ${artefact.name}`,
    artefact: edge.src,
    host: edge.dst,
    version: artefact.version ?? '',
    atMs: edge.op === 'span' ? edge.fromMs : edge.atMs,
    offset,
    trust,
  }
}
