import assert from 'node:assert/strict'

import { ManualClock, type Clock } from '#kit'
import type { EntityId } from '#model'

import { storyMs } from '../../../lab/estate/company/company.ts'
import type { SizeName } from '../../../lab/estate/company/model.ts'
import { drawOf } from '../../../lab/estate/draw.ts'
import { startEstate, type Estate } from '../../../lab/estate/estate.ts'
import type { Credential } from '../../../lab/estate/truth.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { openContainment } from './containment.ts'
import { openCordon, type Cordon } from './cordon.ts'
import { compare, tryAll, type Score, type Truth } from './exposure.ts'
import { credentialNames } from './names.ts'
import { keys, roles } from './source.ts'

const stolenMax = 12

/** `wrong`: what Cordon says of a credential after containment, against what the prober finds. */
export type Aftermath = {
  stolen: number
  dead: number
  survivors: number
  wrong: { id: string; said: 'dead' | 'survivor'; opens: number }[]
  /** In no exposure, and no longer what they were. */
  spoilt: string[]
  failed: string[]
}

/** What is Cordon's name for a credential of the ground truth; undefined where no inventory shows it. */
export const entityOf = (cordon: Cordon, credential: Credential): EntityId | undefined =>
  credentialNames(cordon.authorities, credential).find((name) => cordon.facts.has(name))

/** The vendor of whose credentials the fewest were stolen. */
function fewestOf(stolen: readonly Credential[]): Credential['vendor'] | undefined {
  const counts = Map.groupBy(stolen, ({ vendor }) => vendor)
  return [...counts].toSorted(([, a], [, b]) => a.length - b.length)[0]?.[0]
}

/**
 * Some credentials are stolen and contained; then each credential of the estate is tried again. The hands of one source are
 * gone: what was stolen there is to be said alive, and is.
 */
export async function containAndTry(
  estate: Estate,
  cordon: Cordon,
  before: Truth,
  clock: ManualClock,
  /** Of those in no exposure one in so many is tried again: that nothing else is spoilt. */
  oneIn = 1,
): Promise<Aftermath> {
  const { credentials, company, fills } = estate
  const known = credentials.filter((one) => entityOf(cordon, one) !== undefined)
  const stolen = drawOf(company.seed, 'stolen').some(known, stolenMax)
  const gone = fewestOf(stolen)
  const handed = fills.filter(({ vendor }) => vendor !== gone).map(({ source }) => source)
  const { contain } = await openContainment(cordon, handed, clock)
  const reports = await contain(stolen.flatMap((one) => entityOf(cordon, one) ?? []))
  const dead = new Set<string>(reports.flatMap((report) => report.dead.map(({ credential }) => credential)))
  const survivors = new Set<string>(reports.flatMap((report) => report.survivors.map(({ credential }) => credential)))
  const isExposed = (one: Credential): boolean => {
    const entity = entityOf(cordon, one) ?? ''
    return dead.has(entity) || survivors.has(entity)
  }
  const after = await tryAll(estate, clock.nowMs(), (one, at) => isExposed(one) || at % oneIn === 0)
  const found: Aftermath = { stolen: stolen.length, dead: 0, survivors: 0, wrong: [], spoilt: [], failed: [] }
  for (const credential of credentials) {
    const { id } = credential
    if (!after.opens.has(id)) continue
    const entity = entityOf(cordon, credential) ?? ''
    const left = wordsOf(after, id)
    // What one incident can do nothing about, another may have killed.
    const said = dead.has(entity) ? 'dead' : survivors.has(entity) ? 'survivor' : undefined
    if (said === undefined) {
      if (wordsOf(before, id).some((what) => !left.includes(what))) found.spoilt.push(id)
      continue
    }
    if (said === 'dead') found.dead++
    else found.survivors++
    if ((said === 'dead') !== (left.length === 0)) {
      found.wrong.push({ id, said, opens: left.length })
    }
  }
  found.failed = reports.flatMap(({ actions }) =>
    actions.flatMap(({ state, verb, lastError }) => (state === 'failed' ? [`${verb}: ${lastError ?? ''}`] : [])),
  )
  return found
}

const wordsOf = ({ opens }: Truth, id: string): string[] => {
  const found = opens.get(id)
  return [
    ...(found?.opens ?? []).map(({ system, what, right }) => `${system} ${what} ${right}`),
    ...(found?.makes ?? []),
  ]
}

export const precisionMin = 0.95
/** Naming everything as not to be ruled out would miss nothing, and help nobody. */
export const namedPrecisionMin = 0.85

/**
 * INVARIANT: nothing that opens goes unnamed, little is too much, survivors are exact, nothing is spoilt. Recall counts what
 * is named: reached for sure, or not to be ruled out (a condition that no source lets Cordon decide).
 */
export function hold({ score, aftermath }: Topology, seed: number): void {
  const said = `seed ${seed}`
  const strange = score.differences.filter((one) => one.by === 'missed' && !one.upper)
  assert.deepEqual(
    strange.map(({ credential, what }) => `${credential.id}: ${what}`),
    [],
    `${said}: missed`,
  )
  assert.ok(score.right >= precisionMin * score.said, `${said}: ${score.right} right of ${score.said} said`)
  const { named, namedRight } = score
  assert.ok(namedRight >= namedPrecisionMin * named, `${said}: ${namedRight} right of ${named} named`)
  assert.deepEqual(aftermath.wrong, [], `${said}: dead and survivors`)
  assert.deepEqual(aftermath.spoilt, [], `${said}: spoilt`)
  assert.ok(aftermath.survivors > 0, `${said}: what lives on is said to`)
  assert.ok(score.tried > 30 && score.opened > 40 && aftermath.dead >= 8, `${said}: a rich company`)
}

export type Topology = { score: Score; aftermath: Aftermath }

/** One company from its seed, from filling to containment; nothing of it is left. */
export async function tryTopology(seed: number, size: SizeName): Promise<Topology> {
  const pulling = new TwinClock(storyMs)
  let now: Clock = pulling
  const estate = await startEstate({ seed, size, roles, keys, clock: { nowMs: () => now.nowMs() }, density: 0 })
  try {
    const setups = estate.fills.map(({ source }) => source)
    const cordon = await openCordon(setups, pulling, 0)
    try {
      const truth = await tryAll(estate, now.nowMs())
      const score = await compare(estate, cordon, truth, now.nowMs())
      const acting = new ManualClock(now.nowMs())
      now = acting
      return { score, aftermath: await containAndTry(estate, cordon, truth, acting) }
    } finally {
      cordon.close()
    }
  } finally {
    await estate.close()
  }
}
