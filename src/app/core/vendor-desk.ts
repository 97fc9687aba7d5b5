import type { Clock } from '#kit'
import type { EntityId, IncidentId, TenantId } from '#model'
import type { CoverageByAuthority, ResponseCore } from '#respond'
import { openScene, type PostureFinding, type Scene } from '#posture'
import {
  addWords,
  authoritiesOf,
  intoOf,
  pictureOf,
  platforms,
  readVendors,
  readWords,
  thingsOf,
  useMs,
  VendorError,
  type Picture,
  type Platform,
  type Vendor,
} from '#vendors'
import { usingView, type EstateView } from '#estate'
import type { ReceiptOf, VendorDesk } from '#api'
import type { BodyOf, ResponseOf } from '#api/contract'
import type { Source } from '#sources'
import type { Reader, Writer } from '#store'

import { keepFor } from './kept-answers.ts'
import type { PostureNow } from './posture-desk.ts'

export type VendorParts = {
  tenant: TenantId
  clock: Clock
  reader: Reader
  writer: Pick<Writer, 'submit'>
  receipt: ReceiptOf
  view(): Promise<EstateView>
  sources(): readonly Pick<Source, 'id' | 'connector' | 'authority'>[]
  posture: PostureNow
  responder: Pick<ResponseCore, 'list'>
  sight(): { byAuthority: CoverageByAuthority; late: readonly string[] }
}

/** Vendors with what speaks against each, at one moment. */
export type Vendors = { asOf: number; atMs: number; sinceMs: number; all: Whole[] }
export type Whole = Picture & { findings: PostureFinding[]; incidents: OpenIncident[] }
type OpenIncident = { id: IncidentId; title: string; openedAtMs: number }

/** Incidents that one vendor is shown with. */
const incidentsMax = 100

/** Who is behind the software that has rights here, what of ours they reach and may hold, and what people said of them. */
export function createVendorDesk(parts: VendorParts): VendorDesk & { now(): Promise<Vendors> } {
  const { tenant, clock, reader, writer, receipt } = parts
  const kept = keepFor<Vendors>(clock)

  const read = (): Promise<Vendors> =>
    usingView(parts.view(), async (view) => {
      const atMs = clock.nowMs()
      const scene = openScene(view, atMs, [])
      const vendors = await readVendors(scene, {
        platforms: platformsOf(parts.sources()),
        words: readWords(reader, tenant),
      })
      const { findings } = await parts.posture.now()
      const all: Whole[] = []
      for (const vendor of vendors) all.push(await wholeOf(scene, vendor, findings))
      return { asOf: view.asOf, atMs, sinceMs: Math.max(0, atMs - useMs), all }
    })
  const now = (isFirst = false): Promise<Vendors> => kept('', isFirst, read)

  async function wholeOf(scene: Scene, vendor: Vendor, findings: readonly PostureFinding[]): Promise<Whole> {
    const things = thingsOf(vendor)
    const mine = new Set(things)
    return {
      ...(await pictureOf(scene, vendor)),
      findings: findings.filter(({ on, also }) => mine.has(on) || also.some((one) => mine.has(one))),
      incidents: incidentsOf(things),
    }
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
        if (state === 'closed') return false
        return exposing.has(id) || (trigger.kind === 'app' && things.includes(trigger.app))
      })
      .map(({ id, title, openedAtMs }) => ({ id, title, openedAtMs }))
      .slice(0, incidentsMax)
  }

  return {
    now: () => now(),
    async list({ state }) {
      const { asOf, atMs, sinceMs, all } = await now(true)
      const isListed = ({ vendor: { house, ai } }: Whole): boolean => state === 'all' || (state === 'ai' ? ai : !house)
      const vendors = all.filter(isListed).map(rowOf)
      return { asOf, atMs, sinceMs, total: vendors.length, vendors, lacking: [...parts.sight().late] }
    },
    async show({ vendor: named }) {
      const { asOf, atMs, all } = await now()
      const whole = vendorCalled(all, named)
      const shown = shownOf(whole)
      const { byAuthority, late } = parts.sight()
      const people = [
        ...whole.vendor.apps.flatMap(({ owners, letIn }) => [...owners, ...letIn.flatMap(({ who }) => who ?? [])]),
        ...(whole.use.talks?.people ?? []),
        ...whole.reach.classes.map((one) => one.class),
        ...whole.reach.customers,
      ]
      return {
        asOf,
        atMs,
        vendor: shown,
        names: await usingView(parts.view(), (view) => namesOf(view, people)),
        lacking: [...late],
        limits: authoritiesOf(whole.vendor).flatMap((authority) =>
          (byAuthority[authority]?.blind ?? []).map((says) => `\`${authority}\`: ${says}`),
        ),
      }
    },
    async name(body, by) {
      const { all } = await now()
      const { vendor } = vendorCalled(all, body.vendor)
      const words = wordsIn(all, vendor, body).map((word) => ({ ...word, vendor: word.vendor ?? vendor.vendor }))
      const atMs = clock.nowMs()
      await writer.submit(
        addWords({ tenant, words: words.map((word) => ({ ...word, by, atMs })) }),
        receipt(
          'vendor.named',
          { vendor: vendor.vendor, words: words.map(({ kind, gone }) => (gone === 1 ? `-${kind}` : kind)).join(' ') },
          { by, said: JSON.stringify(words.map(({ kind, value }) => [kind, value])) },
        ),
      )
      await now(true)
      return { ok: true as const, vendor: intoOf(readWords(reader, tenant), vendor.vendor) }
    },
  }
}

const platformsOf = (sources: ReturnType<VendorParts['sources']>): Platform[] =>
  sources.flatMap(({ id, connector, authority }) => {
    const platform = platforms[connector]
    return platform === undefined || authority === null ? [] : [{ source: id, authority, ...platform }]
  })

type Word = { vendor?: EntityId; kind: 'name' | 'owner' | 'into' | 'component'; value: string | null; gone: 0 | 1 }

function wordsIn(all: readonly Whole[], vendor: Vendor, body: BodyOf<'vendor.name'>): Word[] {
  const { name, owner, into, component, without } = body
  const words: Word[] = []
  if (name !== undefined) words.push({ kind: 'name', value: name, gone: 0 })
  if (owner !== undefined) words.push({ kind: 'owner', value: owner, gone: owner === null ? 1 : 0 })
  if (component !== undefined) words.push({ kind: 'component', value: component, gone: 0 })
  if (without !== undefined) words.push({ kind: 'component', value: without, gone: 1 })
  // Taken apart is what stands joined: each of those is itself again.
  const parted = vendor.joined.filter((one) => one === body.vendor)
  if (into === null)
    for (const one of parted.length > 0 ? parted : vendor.joined)
      words.push({ vendor: one, kind: 'into', value: null, gone: 1 })
  else if (into !== undefined) words.push({ kind: 'into', value: vendorCalled(all, into).vendor.vendor, gone: 0 })
  if (words.length > 0) return words
  throw new VendorError('ERR_VENDOR_JOIN', `\`${vendor.name}\` is not joined with another`, {
    hint: '`cordon vendor show` tells what a vendor was joined of',
  })
}

/** By id, by the id of one that was joined into it, or by its whole name where one vendor bears it. */
export function vendorCalled(all: readonly Whole[], named: string): Whole {
  const found = all.filter(({ vendor: { vendor, joined, name } }) => {
    return vendor === named || joined.some((one) => one === named) || name.toLowerCase() === named.toLowerCase()
  })
  const byId = found.find(({ vendor: { vendor } }) => vendor === named)
  const [only] = found
  if (byId !== undefined) return byId
  if (only !== undefined && found.length === 1) return only
  throw found.length === 0
    ? new VendorError('ERR_VENDOR_UNKNOWN', `no vendor here is called \`${named}\``, {
        hint: '`cordon vendor list` shows them; --all with our own apps',
      })
    : new VendorError('ERR_VENDOR_AMBIGUOUS', `${found.length} vendors are called \`${named}\``, {
        hint: `give one by its id: ${found.map(({ vendor }) => vendor.vendor).join(', ')}`,
      })
}

type Row = ResponseOf<'vendor.list'>['vendors'][number]
function rowOf({ vendor, reach, held, components, lastUsedAtMs, findings, incidents }: Whole): Row {
  const { vendor: id, name, told, house, ai, owner, apps, parts } = vendor
  return {
    vendor: id,
    name,
    told,
    house,
    ai,
    owner,
    apps: apps.length,
    parts: [...new Set(parts.map(({ kind }) => kind))].sort(),
    users: new Set(apps.flatMap(({ users }) => users)).size,
    people: reach.people,
    held: held.people,
    classes: reach.classes.map((one) => one.class),
    changes: reach.changes,
    lastUsedAtMs,
    advisories: components.reduce((sum, one) => sum + one.advisories.length, 0),
    findings: findings.length,
    incidents: incidents.length,
  }
}

function appOf(one: Vendor['apps'][number]): ResponseOf<'vendor.show'>['vendor']['apps'][number] {
  const { app, name, verified, enabled, scopes, opens, owners, letIn, createdAtMs, lastUsedAtMs } = one
  const told = { app, name, verified, enabled, scopes, opens, owners, letIn, createdAtMs, lastUsedAtMs }
  return { ...told, users: one.users.length, credentials: one.credentials.length }
}

function shownOf(whole: Whole): ResponseOf<'vendor.show'>['vendor'] {
  const { vendor, reach, use, held, components, findings, incidents } = whole
  const { resources, ...reached } = reach
  return {
    ...rowOf(whole),
    joined: vendor.joined,
    apps: vendor.apps.map(appOf),
    parts: vendor.parts,
    reach: { ...reached, resources: { sure: resources.sure.length, possible: resources.possible.length } },
    use,
    holds: held,
    components,
    findings: findings.map(({ id, kind, on, why }) => ({ id, kind, on, why })),
    incidents,
  }
}

async function namesOf(view: EstateView, entities: readonly EntityId[]): Promise<Record<EntityId, string>> {
  const names: Record<EntityId, string> = {}
  for (const [entity, { name, login }] of await view.facts([...new Set(entities)])) {
    const shown = typeof login === 'string' ? login : name
    if (typeof shown === 'string') names[entity] = shown
  }
  return names
}
