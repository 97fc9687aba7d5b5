import type { Clock } from '#kit'
import type { EntityId, Incident, IncidentId, TenantId, Trigger } from '#model'
import type { CoverageByAuthority, ResponseCore } from '#respond'
import { openScene, type PostureFinding, type Scene } from '#posture'
import {
  exposureOf,
  holds,
  intoOf,
  pictureOf,
  platforms,
  readClaims,
  readVendors,
  readWords,
  resumedPauses,
  thingsOf,
  useMs,
  VendorError,
  type Claim,
  type Exposure,
  type Picture,
  type Platform,
  type Vendor,
  type Words,
} from '#vendors'
import { usingView, type EstateView } from '#estate'
import type { Source } from '#sources'
import type { ReceiptOf } from '#api'
import type { Reader, Writer } from '#store'

import { keepFor } from '../kept-answers.ts'
import type { PostureNow } from '../posture-desk.ts'

export type LookParts = {
  tenant: TenantId
  clock: Clock
  reader: Reader
  view(): Promise<EstateView>
  sources(): readonly Pick<Source, 'id' | 'connector' | 'authority'>[]
  posture: PostureNow
  responder: Pick<ResponseCore, 'list'>
  sight(): { byAuthority: CoverageByAuthority; late: readonly string[] }
}

export type VendorParts = LookParts & { writer: Pick<Writer, 'submit'>; receipt: ReceiptOf }

/** A vendor with what speaks against it, what it has shown, and what follows of its exposure. */
export type Whole = Picture & {
  findings: PostureFinding[]
  incidents: OpenIncident[]
  claims: Claim[]
  /** The oldest first. */
  pauses: Paused[]
  exposure: Exposure
}
/** An open pause that nobody has resumed. */
export type Paused = Incident & { trigger: Extract<Trigger, { kind: 'pause' }> }
export type OpenIncident = { id: IncidentId; title: string; openedAtMs: number }
export type Vendors = { asOf: number; atMs: number; sinceMs: number; all: Whole[] }

/** Incidents that one vendor is shown with. */
const incidentsMax = 100

export type VendorLook = ReturnType<typeof createVendorLook>

/** All vendors at one moment, read once for whoever asks within a minute; `isFirst`: anew. */
export function createVendorLook(parts: LookParts) {
  const { tenant, clock, reader } = parts
  const kept = keepFor<Vendors>(clock)

  const read = (): Promise<Vendors> =>
    reading(async ({ scene, vendors, wholeOf: whole }) => {
      const all: Whole[] = []
      for (const vendor of vendors) all.push(await whole(vendor))
      return { asOf: scene.view.asOf, atMs: scene.atMs, sinceMs: Math.max(0, scene.atMs - useMs), all }
    })

  type Reading = { scene: Scene; vendors: Vendor[]; wholeOf(vendor: Vendor): Promise<Whole> }
  /** Who there is, by one view; what each of them reaches is read only of those that are asked for. */
  async function reading<Answer>(ask: (found: Reading) => Promise<Answer>): Promise<Answer> {
    const { findings } = await parts.posture.now()
    return usingView(parts.view(), async (view) => {
      const scene = openScene(view, clock.nowMs(), [])
      const words = readWords(reader, tenant)
      const claims = Map.groupBy(readClaims(reader, tenant, words, scene.atMs), ({ vendor }) => vendor)
      const pauses = pausesBy(words)
      const vendors = await readVendors(scene, { platforms: platformsOf(parts.sources()), words })
      const whole = (vendor: Vendor): Promise<Whole> =>
        wholeOf(scene, vendor, findings, {
          claims: claims.get(vendor.vendor) ?? [],
          pauses: pauses.get(vendor.vendor) ?? [],
        })
      return ask({ scene, vendors, wholeOf: whole })
    })
  }

  async function wholeOf(
    scene: Scene,
    vendor: Vendor,
    all: readonly PostureFinding[],
    { claims, pauses }: Pick<Whole, 'claims' | 'pauses'>,
  ): Promise<Whole> {
    const things = thingsOf(vendor)
    const mine = new Set(things)
    const picture = await pictureOf(scene, vendor)
    const findings = all.filter(({ on, also }) => mine.has(on) || also.some((one) => mine.has(one)))
    const incidents = incidentsOf(things)
    const exposure = exposureOf(picture, { findings, incidents, claims }, scene.atMs)
    return { ...picture, findings, incidents, claims, pauses, exposure }
  }

  function pausesBy(words: Words): Map<EntityId, Paused[]> {
    const resumed = new Set(resumedPauses(reader, tenant))
    const standing = parts.responder
      .list(tenant)
      .filter(isPause)
      .filter(({ id, state }) => isStarted.has(state) && !resumed.has(id))
      .sort((a, b) => a.openedAtMs - b.openedAtMs)
    return Map.groupBy(standing, ({ trigger }) => intoOf(words, trigger.vendor))
  }

  /** Open ones that expose a credential of theirs or are about an app of theirs. */
  function incidentsOf(things: readonly EntityId[]): OpenIncident[] {
    const exposing = new Set(
      reader
        .all<{ id: IncidentId }>(
          'SELECT DISTINCT incident AS id FROM exposed WHERE tenant = ? AND entity IN (SELECT value FROM json_each(?))',
          tenant,
          JSON.stringify(things),
        )
        .map(({ id }) => id),
    )
    return parts.responder
      .list(tenant)
      .filter(({ id, state, trigger }) => {
        if (state === 'closed' || isPlanned.has(trigger.kind)) return false
        return exposing.has(id) || (trigger.kind === 'app' && things.includes(trigger.app))
      })
      .map(({ id, title, openedAtMs }) => ({ id, title, openedAtMs }))
      .slice(0, incidentsMax)
  }

  const now = (isFirst = false): Promise<Vendors> => kept('', isFirst, read)
  return {
    now,
    /** Who there is now, without what they reach. */
    vendors: (): Promise<Vendor[]> => reading(({ vendors }) => Promise.resolve(vendors)),
    /** One of them, as it stands now. */
    one: (named: string): Promise<{ asOf: number; atMs: number; whole: Whole }> =>
      reading(async ({ scene, vendors, wholeOf: whole }) => ({
        asOf: scene.view.asOf,
        atMs: scene.atMs,
        whole: await whole(vendorCalled(vendors, named)),
      })),
    /** Of those who reach people, or may hold their data, how many have nothing to show that holds. */
    async standing() {
      const known = (await now()).all.filter(({ vendor: { house } }) => !house)
      const reaching = known.filter(({ exposure }) => exposure.people.atMost > 0)
      const unattested = reaching.filter(({ claims }) => !claims.some(holds)).length
      return { known: known.length, reaching: reaching.length, unattested }
    },
  }
}

/** A pause that a finding offers is none before somebody asks for it. */
const isStarted: ReadonlySet<Incident['state']> = new Set(['containing', 'contained'])

/** What somebody does on purpose is no breach. */
const isPlanned: ReadonlySet<Trigger['kind']> = new Set(['pause', 'weakness', 'trim', 'offboarding', 'lease'])

const isPause = (incident: Incident): incident is Paused => incident.trigger.kind === 'pause'

const platformsOf = (sources: ReturnType<LookParts['sources']>): Platform[] =>
  sources.flatMap(({ id, connector, authority }) => {
    const platform = platforms[connector]
    return platform === undefined || authority === null ? [] : [{ source: id, authority, ...platform }]
  })

/** By id, by the id of one that was joined into it, or by its whole name where one vendor bears it. */
export function vendorCalled(all: readonly Vendor[], named: string): Vendor {
  const found = all.filter(({ vendor, joined, name }) => {
    return vendor === named || joined.some((one) => one === named) || name.toLowerCase() === named.toLowerCase()
  })
  const byId = found.find(({ vendor }) => vendor === named)
  const [only] = found
  if (byId !== undefined) return byId
  if (only !== undefined && found.length === 1) return only
  throw found.length === 0
    ? new VendorError('ERR_VENDOR_UNKNOWN', `no vendor here is called \`${named}\``, {
        hint: '`cordon vendor list` shows them; --all with our own apps',
      })
    : new VendorError('ERR_VENDOR_AMBIGUOUS', `${found.length} vendors are called \`${named}\``, {
        hint: `give one by its id: ${found.map(({ vendor }) => vendor).join(', ')}`,
      })
}
