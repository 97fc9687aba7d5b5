import { hashId } from '#kit'
import { authorityOf, entityId, type EntityId, type TenantId } from '#model'
import { paged, type EstateView } from '#estate'

import { attribute } from './attribute.ts'
import type { Ask, Hold } from './guards.ts'
import type { Matter, Telling } from './matter.ts'
import { foretell, goodToulmin, tryBefore, type Rate } from './rate.ts'
import { placeOf, readRights, type Rights, type Right } from './rights.ts'
import { lossOf, type Loss } from './simulate.ts'
import { dayMs, readContainers, readContents, readUse } from './use.ts'
import { verdictOn, type Verdict } from './verdict.ts'

/** One right that can go. `lastUseMs`: the day it was last used, as far as is known. */
export type Proposal = Loss &
  Pick<Right, 'kind' | 'of' | 'deed' | 'on' | 'notes' | 'certain' | 'sinceMs' | 'evidence'> & {
    id: `trm_${string}`
    /** The app that a grant was given to. */
    app: EntityId | null
    name: string | null
    onName: string | null
    lastUseMs: number | null
    isLogged: boolean
  }
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
  const use = attribute(rights, acts, containersOf)
  return { rights, use, containersOf, tells, readSinceMs: sinceMs, spared, withPartly }
}

/**
 * Rights that nobody used in the window and that no guard holds back, the ones that protect most people first. Pure: the
 * same view and options give the same answer.
 */
export async function trim(view: EstateView, options: TrimOptions): Promise<Trim> {
  const { atMs, windowMs, horizonMs } = options
  const matter = await readMatter(view, options)
  const verdicts = new Map(
    matter.rights.all
      .filter(({ of }) => matter.rights.facts.get(of)?.['own'] !== true)
      .map((right) => [right, verdictOn(matter, right, { atMs, windowMs, horizonMs })] as const),
  )
  const proposed = withoutImplied(matter.rights, verdicts)
  const proposals = await proposalsOf(view, options.tenant, matter, proposed)
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
    held,
    untold: untoldOf(verdicts),
    rate: rateOf(matter, options, proposals.length),
  }
}

function rateOf(matter: Matter, { atMs, windowMs, horizonMs }: TrimOptions, count: number): Rate {
  const before = tryBefore(matter, { atMs, windowMs, horizonMs })
  const fromDay = Math.floor((atMs - windowMs) / dayMs)
  const daysUsed = [...matter.use.of.values()].map(({ days }) => [...days].filter((day) => day > fromDay).length)
  const newUses = goodToulmin(daysUsed, Math.min(1, horizonMs / windowMs))
  const told =
    before.tried.proposed === 0 ? { expected: null, most: null } : foretell(before.tried, before.distinct, count)
  return { ...before, ...told, newUses }
}

type Proposed = Extract<Verdict, { is: 'proposed' }>

/** What goes with a credential, with a role that nobody is left in, or with all that a group gives, is not said once more. */
function withoutImplied({ into, grantsOf, out }: Rights, verdicts: ReadonlyMap<Right, Verdict>): Map<Right, Proposed> {
  const isGoing = (right: Right | null): boolean => right !== null && verdicts.get(right)?.is === 'proposed'
  const isLeft = (of: EntityId): boolean => {
    const ways = into.get(of) ?? []
    return ways.length === 0 || ways.some(({ right }) => right?.kind !== 'credential' || !isGoing(right))
  }
  const proposed = new Map<Right, Proposed>()
  for (const [right, verdict] of verdicts) {
    if (verdict.is !== 'proposed') continue
    const { kind, of, on } = right
    const own = (out.get(of) ?? []).find((step) => step.right?.kind === 'credential')
    const isImplied =
      (kind !== 'credential' && (!isLeft(of) || isGoing(own?.right ?? null))) ||
      (kind === 'membership' && (out.get(on) ?? []).length === 0 && (grantsOf.get(on) ?? []).every(isGoing))
    if (!isImplied) proposed.set(right, verdict)
  }
  return proposed
}

async function proposalsOf(
  view: EstateView,
  tenant: TenantId,
  { rights, use, containersOf }: Matter,
  proposed: ReadonlyMap<Right, Proposed>,
): Promise<Proposal[]> {
  const granted = [...rights.grantsOn.keys()]
  const contentsOf = await readContents(view, granted)
  const inside = [...new Set(granted.flatMap((one) => [...contentsOf(one)]))]
  const people = new Map(await paged(inside, async (page) => [...(await view.people(page))]))
  const names = new Map<EntityId, unknown>()
  for (const one of await paged([...new Set([...proposed.keys()].map(({ on }) => on))], async (page) => [
    ...(await view.facts(page)),
  ]))
    names.set(one[0], one[1]['name'])
  const nameOf = (name: unknown): string | null => (typeof name === 'string' ? name : null)
  const proposals = [...proposed].map(([right, { lastUseMs, isLogged }]): Proposal => {
    const { key, kind, of, deed, on, notes, certain, sinceMs, evidence } = right
    return {
      id: hashId('trm', tenant, key),
      kind,
      of,
      deed,
      on,
      notes,
      certain,
      sinceMs,
      evidence,
      app: appOf(rights, right),
      name: nameOf(rights.facts.get(of)?.['name']),
      onName: nameOf(names.get(on)),
      lastUseMs,
      isLogged,
      ...lossOf(rights, right, use.of.get(right), containersOf, { contentsOf, people }),
    }
  })
  return proposals.sort(
    (a, b) => b.people - a.people || b.things * b.losersTotal - a.things * a.losersTotal || (a.id < b.id ? -1 : 1),
  )
}

function appOf({ facts }: Rights, { of }: Right): EntityId | null {
  const { kind, client } = facts.get(of) ?? {}
  return kind === 'grant' && typeof client === 'string' ? entityId('app', authorityOf(of), client) : null
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
