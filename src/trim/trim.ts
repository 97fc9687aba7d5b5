import type { EntityId, TenantId } from '#model'
import type { EstateView } from '#estate'

import { attribute } from './attribute.ts'
import { breather } from './breathe.ts'
import type { Ask, Hold } from './guards.ts'
import type { Matter, Telling } from './matter.ts'
import { markWhole, proposalsOf, withAdminsLeft, withoutImplied, type Proposal } from './propose.ts'
import { foretell, goodToulmin, tryBefore, type Rate } from './rate.ts'
import { placeOf, readRights, type Right } from './rights.ts'
import { dayMs, readContainers, readUse } from './use.ts'
import { verdictOn, type Verdict } from './verdict.ts'

export type HeldRight = Pick<Right, 'kind' | 'of' | 'deed' | 'on'> & { why: Hold }
/** Of one vendor so many rights of which nobody can say, and why. */
export type Untold = { authority: string; why: string; rights: number }

export type Trim = {
  asOf: number
  window: { fromMs: number; toMs: number }
  horizonMs: number
  /** From when on acts were read: seasons and rhythms before it are not known. */
  readSinceMs: number
  rights: number
  used: number
  proposals: Proposal[]
  /** Unused rights that nobody has, or that everybody who has one keeps another way: to take them changes nothing. */
  needless: number
  held: HeldRight[]
  untold: Untold[]
  rate: Rate
}

export type TrimOptions = Ask & {
  tenant: TenantId
  tells: ReadonlyMap<string, Telling>
  spared: ReadonlySet<EntityId>
  withPartly: boolean
  actsMax?: number
}

/** A year and the weeks around it, so that what is done once a year shows, and half a year in which that is tried. */
const historyMs = 600 * dayMs
const actsMaxDefault = 5_000_000

/** Everything that stands and everything that was done, read once. */
export async function readMatter(view: EstateView, options: TrimOptions): Promise<Matter> {
  const { atMs, tells, spared, withPartly, actsMax = actsMaxDefault } = options
  const bounds = { fromMs: Math.max(0, atMs - historyMs), toMs: atMs }
  const rights = await readRights(view, bounds)
  const { acts, sinceMs } = await readUse(view, { ...bounds, actsMax })
  const touched = [...new Set([...acts.map(({ resource }) => resource), ...rights.grantsOn.keys()])]
  const containersOf = await readContainers(view, touched)
  const use = await attribute(rights, acts, containersOf)
  return { rights, use, containersOf, tells, readSinceMs: sinceMs, spared, withPartly }
}

/**
 * Rights that nobody used in the window and that no guard holds back, the ones that protect most people first. Pure: the
 * same view and options give the same answer.
 */
export async function trim(view: EstateView, options: TrimOptions): Promise<Trim> {
  const { atMs, windowMs, horizonMs } = options
  const matter = await readMatter(view, options)
  const breathe = breather()
  const verdicts = new Map<Right, Verdict>()
  for (const right of matter.rights.all) {
    await breathe()
    if (matter.rights.facts.get(right.of)?.['own'] === true) continue
    verdicts.set(right, verdictOn(matter, right, { atMs, windowMs, horizonMs }))
  }
  const proposed = withoutImplied(matter.rights, verdicts)
  const simulated = await proposalsOf(view, options.tenant, matter, proposed)
  const taken = simulated.filter(([, { losersTotal }]) => losersTotal > 0)
  const proposals = markWhole(matter, withAdminsLeft(matter, taken, verdicts), verdicts)
  const held = [...verdicts].flatMap(([{ kind, of, deed, on }, verdict]) =>
    verdict.is === 'held' ? [{ kind, of, deed, on, why: verdict.why }] : [],
  )
  return {
    asOf: view.asOf,
    window: { fromMs: atMs - windowMs, toMs: atMs },
    horizonMs,
    readSinceMs: matter.readSinceMs,
    rights: verdicts.size,
    used: [...verdicts.values()].filter(({ is }) => is === 'used').length,
    proposals,
    needless: simulated.length - taken.length,
    held,
    untold: untoldOf(verdicts),
    rate: await rateOf(matter, options, proposals.length),
  }
}

async function rateOf(matter: Matter, { atMs, windowMs, horizonMs }: TrimOptions, count: number): Promise<Rate> {
  const before = await tryBefore(matter, { atMs, windowMs, horizonMs })
  const fromDay = Math.floor((atMs - windowMs) / dayMs)
  const daysUsed = [...matter.use.of.values()].map(({ days }) => [...days].filter((day) => day > fromDay).length)
  const newUses = goodToulmin(daysUsed, Math.min(1, horizonMs / windowMs))
  const told =
    before.tried.proposed === 0 ? { expected: null, most: null } : foretell(before.tried, before.distinct, count)
  return { ...before, ...told, newUses }
}

function untoldOf(verdicts: ReadonlyMap<Right, Verdict>): Untold[] {
  const counts = new Map<string, Untold>()
  for (const [right, verdict] of verdicts) {
    if (verdict.is !== 'untold') continue
    const authority = placeOf(right)
    const known = counts.get(`${authority} ${verdict.why}`) ?? { authority, why: verdict.why, rights: 0 }
    known.rights++
    counts.set(`${authority} ${verdict.why}`, known)
  }
  return [...counts.values()].sort(
    (a, b) => b.rights - a.rights || (a.authority + a.why < b.authority + b.why ? -1 : 1),
  )
}
