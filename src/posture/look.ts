import { hashId } from '#kit'
import {
  edgeTypes,
  isEdgeType,
  severities,
  type EntityId,
  type FindingId,
  type Severity,
  type TenantId,
  type Topic,
} from '#model'
import type { EstateView } from '#estate'

import type { Check, Fix, Found } from './check.ts'
import { awaited, blindFor, unreached, type Coverage } from './coverage.ts'
import { ownersOf, type Answers } from './owner.ts'
import { openScene, type Scene, type SceneOptions } from './scene.ts'
import { nameOf, textOf } from './words.ts'

/** `evidence`: log offsets of the records that state the thing. `also`: further things that make it weak together. */
export type PostureFinding = {
  id: FindingId
  kind: string
  title: string
  severity: Severity
  on: EntityId
  name: string | null
  owner: EntityId | null
  ownerName: string | null
  sinceMs: number | null
  why: string
  also: EntityId[]
  evidence: number[]
  fix: Fix
}

/**
 * `blind`: not said, since no source tells what it needs. `partly`: said, and for some things or sources it is not. `said`:
 * what is not found is not there, as far as the sources go.
 */
export type CheckState = {
  kind: string
  title: string
  rule: string
  severity: Severity
  needs: Topic[]
  state: 'said' | 'partly' | 'blind'
  why: string[]
  looked: number
  found: number
  /** Of the things looked at those of which nobody can say, by authority. */
  untold: { authority: string; count: number }[]
}

export type Posture = { asOf: number; atMs: number; findings: PostureFinding[]; checks: CheckState[] }

/** Records shown of one finding. */
const evidenceMax = 20
const everyType = Object.keys(edgeTypes).filter(isEdgeType)

/** What is weak in the estate at `atMs`. Pure: the same view, time and coverage give the same findings, gravest first. */
export async function look(
  tenant: TenantId,
  view: EstateView,
  {
    atMs,
    coverage,
    checks,
    answers = new Map(),
    ...options
  }: { atMs: number; coverage: Coverage; checks: readonly Check[]; answers?: Answers } & SceneOptions,
): Promise<Posture> {
  const scene = openScene(view, atMs, coverage, options)
  const findings: PostureFinding[] = []
  const states: CheckState[] = []
  for (const check of checks) {
    const { kind, title, rule, severity, needs } = check
    const about = { kind, title, rule, severity, needs: [...needs] }
    const blind = blindFor(needs, coverage)
    if (blind.length > 0) {
      states.push({ ...about, state: 'blind', why: blind, looked: 0, found: 0, untold: [] })
      continue
    }
    const { found, looked, untold, cut = [] } = await check.look(scene)
    findings.push(...(await told(tenant, scene, check, found, answers)))
    const silent = [...untold]
      .map(([authority, count]) => ({ authority, count }))
      .sort((a, b) => (a.authority < b.authority ? -1 : 1))
    const why = [
      ...silent.map(({ authority, count }) => `of ${count} in ${authority} ${check.untold ?? 'no word comes'}`),
      ...cut,
      ...awaited(needs, coverage),
      ...unreached(needs, check.historyDays, coverage, atMs),
    ]
    states.push({
      ...about,
      state: why.length === 0 ? 'said' : 'partly',
      why,
      looked,
      found: found.length,
      untold: silent,
    })
  }
  const gravity = ({ severity }: PostureFinding): number => severities.indexOf(severity)
  findings.sort(
    (a, b) => gravity(b) - gravity(a) || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : a.on < b.on ? -1 : 1),
  )
  return { asOf: view.asOf, atMs, findings, checks: states }
}

async function told(
  tenant: TenantId,
  scene: Scene,
  { kind, title, severity }: Check,
  found: readonly Found[],
  answers: Answers,
): Promise<PostureFinding[]> {
  const things = found.map(({ on }) => on)
  const facts = await scene.facts(things)
  const owners = await ownersOf(
    scene,
    things.map((entity) => ({ entity, facts: facts.get(entity) ?? {} })),
    answers,
  )
  const ownerOf = ({ on, owner }: Found): EntityId | null => owner ?? owners.get(on) ?? null
  const names = await scene.facts(found.flatMap((one) => ownerOf(one) ?? []))
  const out = await scene.from(things, ...everyType)
  const into = await scene.to(things, 'CONTAINS', 'STORES', 'CREATED')
  return found.map((one) => {
    const { on, sinceMs, why, fix, also = [], evidence = [], records = [] } = one
    const owner = ownerOf(one)
    const edges = [...evidence, ...(out.get(on) ?? []), ...(into.get(on) ?? [])]
    const offsets = [...new Set([...records, ...edges.map((edge) => edge.evidence)])].slice(0, evidenceMax)
    return {
      id: hashId('fnd', tenant, 'posture', kind, on),
      kind,
      title,
      severity,
      on,
      name: textOf(facts.get(on) ?? {}, 'name') ?? null,
      owner,
      ownerName: owner === null ? null : (nameOf(names.get(owner) ?? {}) ?? null),
      sinceMs,
      why,
      also: [...also],
      evidence: offsets.sort((a, b) => a - b),
      fix,
    }
  })
}
