import { authorityOf, type EntityId, type Interval, type Touch } from '#model'
import { atMostOf, atLeastOf, openTouchReader, peopleBehind, peopleInActs, unionOf, type EstateView } from '#estate'
import type { Scene } from '#posture'

import { startsOf, walk } from './reach.ts'
import type { Part, Vendor } from './types.ts'

/**
 * Use of ours by a vendor, and by people of a vendor's service. `acts`: in the log, by its credentials and programs; `talks`:
 * events in which something here talked to it, from so many places and by so many people.
 */
export type Use = {
  sinceMs: number
  acts: number
  records: number | null
  lastAtMs: number | null
  talks: { acts: number; places: number; people: EntityId[]; firstAtMs: number; lastAtMs: number } | null
  evidence: number[]
  isCut: boolean
}

/**
 * Data of ours that a vendor may hold. `atLeast`: people whom its own acts read for sure (as acts state records), and who lie
 * in systems it runs; `atMost`: people whom its rights have ever reached, and those. `records` it read, as far as acts tell.
 */
export type Held = {
  people: Interval
  records: number | null
  resources: number
  /** Something is sent to it of which no source tells what is in it: whoever that is of is not counted above. */
  unseen: boolean
}

const sending: ReadonlySet<Part['kind']> = new Set(['egress', 'model', 'mcp-server'])
const always = { from: 0, to: 0xffff_fffe }
/** Acts read of one vendor, the newest: all vendors are looked at every few minutes. */
const actsReadMax = 100_000
/** Ends of the stretches that are read one after the other, newest first, in days before the moment. */
const stretchesDays = [1, 7, 30]
const dayMs = 86_400_000
const evidenceMax = 20
const placesMax = 10_000
const entitiesMax = 1_000_000

type OffsetTouch = Touch & { offset: number }

/**
 * Stretches of the time asked for, the newest first, so that what is not read any more is the oldest. A source's clock may be
 * off, so an act near the end of a stretch is in two answers: it counts in that of its own time.
 */
async function readNewest(
  fromMs: number,
  toMs: number,
  read: (bounds: { fromMs: number; toMs: number }) => Promise<OffsetTouch[]>,
): Promise<OffsetTouch[]> {
  const ends = stretchesDays.map((days) => toMs - days * dayMs).filter((ms) => ms > fromMs)
  let found: OffsetTouch[] = []
  for (const [at, end] of [toMs, ...ends].entries()) {
    const next = ends[at]
    const stretch = await read({ fromMs: next === undefined ? fromMs : next + 1, toMs: end })
    const own = stretch.filter(({ atMs }) => (at === 0 || atMs <= end) && (next === undefined || atMs > next))
    found = own.concat(found)
  }
  return found
}

/** Acts in the log since `sinceMs` until the scene's moment. */
export async function usesOf(
  scene: Scene,
  { apps, parts }: Vendor,
  sinceMs: number,
  actsMax = actsReadMax,
): Promise<{ use: Use; acts: Touch[] }> {
  const reader = openTouchReader(scene.view, actsMax)
  const credentials = apps.flatMap((app) => [...app.credentials, ...app.ended])
  const identities = apps.flatMap(({ bots }) => bots)
  const egress = parts.flatMap(({ kind, entity }) => (kind === 'egress' ? [entity] : []))
  const acts =
    credentials.length + identities.length === 0
      ? []
      : await readNewest(sinceMs, scene.atMs, (bounds) => reader.read({ ...bounds, credentials, identities }))
  const talks =
    egress.length === 0
      ? []
      : await readNewest(sinceMs, scene.atMs, (bounds) => reader.read({ ...bounds, resources: egress }))
  const told = acts.filter(({ records }) => records !== null)
  const last = (all: readonly Touch[]): number | null => all.at(-1)?.atMs ?? null
  return {
    acts,
    use: {
      sinceMs,
      acts: acts.length,
      records: told.length === 0 ? null : told.reduce((sum, { records }) => sum + (records ?? 0), 0),
      lastAtMs: last(acts),
      talks:
        talks.length === 0
          ? null
          : {
              acts: talks.length,
              places: new Set(talks.flatMap(({ origin }) => origin ?? []).slice(0, placesMax)).size,
              people: [...new Set(talks.flatMap(({ identity }) => identity ?? []))].sort(),
              firstAtMs: talks[0]?.atMs ?? 0,
              lastAtMs: last(talks) ?? 0,
            },
      evidence: [...acts, ...talks].map(({ offset }) => offset).slice(-evidenceMax),
      isCut: reader.isCut(),
    },
  }
}

export async function heldBy(scene: Scene, vendor: Vendor, acts: readonly Touch[]): Promise<Held> {
  const { view } = scene
  const read = acts.filter(({ verb }) => verb === 'read' || verb === 'share')
  const touched = await peopleInActs(view, read)
  const ever = await walk(view, await startsOf(scene, vendor.apps, true), false, { window: always })
  const run = new Set(vendor.parts.flatMap(({ kind, entity }) => (kind === 'platform' ? [authorityOf(entity)] : [])))
  const all = run.size === 0 ? undefined : await lyingIn(view)
  const lying = [...run].flatMap((authority) => all?.get(authority) ?? [])
  const window = { from: 0, to: Math.ceil(scene.atMs / 1000) }
  const inside = await peopleBehind(view, lying, window)
  const reached = await peopleBehind(view, ever, window)
  const told = read.filter(({ records }) => records !== null)
  return {
    people: {
      atLeast: Math.max(touched.atLeast, atLeastOf(inside)),
      atMost: Math.max(
        atMostOf({
          ...reached,
          possible: unionOf([reached.possible, inside.possible]),
          named: { ...reached.named, possible: new Set([...reached.named.possible, ...inside.named.possible]) },
        }),
        touched.atLeast,
      ),
    },
    records: told.length === 0 ? null : told.reduce((sum, { records }) => sum + (records ?? 0), 0),
    resources: new Set([...ever, ...lying]).size,
    unseen: vendor.parts.some(({ kind }) => sending.has(kind) || (kind === 'platform' && vendor.ai)),
  }
}

/** Resources by authority, once for all vendors of one look. */
const lyingBy = new WeakMap<EstateView, Promise<Map<string, EntityId[]>>>()
function lyingIn(view: EstateView): Promise<Map<string, EntityId[]>> {
  const known = lyingBy.get(view)
  if (known !== undefined) return known
  const found = view.find('resource', {}, entitiesMax).then((all) => Map.groupBy(all, authorityOf))
  lyingBy.set(view, found)
  return found
}
