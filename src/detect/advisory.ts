import {
  artefactOf,
  isVersionNamed,
  parseArtefact,
  type Advisory,
  type EdgeStatement,
  type EntityId,
  type Finding,
  type TenantId,
  type Trust,
} from '#model'

import { makeFinding } from './finding.ts'

/** An artefact on a host. `atMs`: since when, by whoever `trust` names; `offset`: the event that says so. */
export type Install = { artefact: EntityId; host: EntityId; atMs: number; offset: number; trust: Trust }

type Statements = { edges: readonly EdgeStatement[]; offset: number; trust: Trust; backfill?: true }

/** What an event says of artefacts on hosts. INVARIANT: what a backfill reads never leads to a response: nothing. */
export const installsOf = ({ edges, offset, trust, backfill }: Statements): Install[] =>
  backfill === true ? [] : edges.flatMap((edge) => (isInstall(edge) ? [installFrom(edge, offset, trust)] : []))

const isInstall = ({ type, op, confidence, src }: EdgeStatement): boolean =>
  type === 'INSTALLED_ON' && op !== 'close' && confidence !== 'inferred' && artefactOf(src) !== undefined

const installFrom = (edge: EdgeStatement, offset: number, trust: Trust): Install => ({
  artefact: edge.src,
  host: edge.dst,
  atMs: edge.op === 'span' ? edge.fromMs : edge.atMs,
  offset,
  trust,
})

/**
 * `advisory.match`: a known-bad artefact was installed or run on a host. Pure: whoever asks brings both sides together,
 * whichever was heard of first. How far it is believed is how far the install is.
 */
export function matchAdvisory(tenant: TenantId, advisory: Advisory, install: Install): Finding[] {
  const { artefact, host, atMs, offset, trust } = install
  const bad = parseArtefact(advisory.purl)
  const installed = artefactOf(artefact)
  if (advisory.withdrawn === true || installed?.type !== bad.type || installed.name !== bad.name) return []
  const versions = bad.version === null ? advisory.versions : [...advisory.versions, bad.version]
  if (!isVersionNamed(bad.type, versions, installed.version ?? '')) return []
  return [
    makeFinding(tenant, `${advisory.purl} ${artefact} ${host}`, advisory.publishedAtMs, {
      rule: 'advisory.match',
      ruleVersion: 2,
      title: `known-bad ${advisory.purl} ${installed.version ?? ''} was installed on ${host}`,
      severity: 'critical',
      entities: [artefact, host],
      trigger: { kind: 'artefact', purl: advisory.purl, versions: advisory.versions },
      // It read what it could from its first moment there, long before anybody said so.
      window: { fromMs: Math.min(atMs, advisory.publishedAtMs), toMs: null },
      trust,
      evidence: [offset],
      atMs,
    }),
  ]
}
