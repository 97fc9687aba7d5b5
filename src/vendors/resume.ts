import { kindOf, type EntityId } from '#model'
import { dayOf, msOf, type Scene } from '#posture'

import { holds, type Claim } from './claims.ts'
import type { Component } from './components.ts'
import type { Vendor } from './types.ts'

/** What must be so before a paused vendor comes back. `untold`: nobody can say, which is not enough. */
export type ResumeCheck = {
  check: 'advisories-closed' | 'incidents-closed' | 'keys-new' | 'claim-holds'
  state: 'met' | 'unmet' | 'untold'
  why: string[]
}

const reasonsMax = 20
/** What would live again as it was, and could be in other hands. A grant is given anew by people, and opens nothing by itself. */
const living = new Set(['key', 'token', 'certificate', 'password', 'ssh-key'])

export async function resumeChecks(
  scene: Scene,
  { apps, parts }: Vendor,
  {
    pausedAtMs,
    paused,
    components,
    incidents,
    claims,
  }: {
    pausedAtMs: number
    /** What the pause was of. */
    paused: readonly EntityId[]
    components: readonly Component[]
    incidents: readonly { title: string }[]
    claims: readonly Claim[]
  },
): Promise<ResumeCheck[]> {
  const advisories = components.flatMap(({ purl, advisories: of }) =>
    of.map(({ id }) => `${id} stands against ${purl}`),
  )
  const held = claims.filter(holds)
  return [
    judged('advisories-closed', advisories),
    judged(
      'incidents-closed',
      incidents.map(({ title }) => `open: ${title}`),
    ),
    await keysNew(scene, [...paused, ...[...apps, ...parts].flatMap(({ credentials }) => credentials)], pausedAtMs),
    judged('claim-holds', held.length > 0 ? [] : ['they have shown nothing that holds']),
  ]
}

const judged = (check: ResumeCheck['check'], against: readonly string[]): ResumeCheck => ({
  check,
  state: against.length === 0 ? 'met' : 'unmet',
  why: against.slice(0, reasonsMax),
})

/** Every secret that would work again was made after the pause began. */
async function keysNew(scene: Scene, credentials: readonly EntityId[], pausedAtMs: number): Promise<ResumeCheck> {
  const all = [...new Set(credentials)].filter((one) => kindOf(one) === 'credential')
  const facts = await scene.facts(all)
  const old: string[] = []
  const untold: string[] = []
  for (const one of all) {
    const told = facts.get(one) ?? {}
    if (typeof told['kind'] !== 'string' || !living.has(told['kind'])) continue
    const madeMs = msOf(told, 'rotatedAtMs') ?? msOf(told, 'createdAtMs')
    if (madeMs === undefined) untold.push(`no source tells when \`${one}\` was made`)
    else if (madeMs <= pausedAtMs) old.push(`\`${one}\` is of ${dayOf(madeMs)}, from before the pause`)
  }
  if (old.length > 0) return judged('keys-new', [...old, ...untold])
  return { check: 'keys-new', state: untold.length > 0 ? 'untold' : 'met', why: untold.slice(0, reasonsMax) }
}
