import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { z } from 'zod'

import { entityId, type EntityId } from '#model'
import { validateOcsf } from '#model/ocsf'

import { storyMs } from '../../../lab/estate/company/company.ts'
import { dayMs, type Vendor } from '../../../lab/estate/company/model.ts'
import { startEstate, type Estate } from '../../../lab/estate/estate.ts'
import { engineersOf } from '../../../lab/estate/use/kubernetes.ts'
import { countRows } from '../../../lab/estate/use/past.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { rowsWithin } from '../../../lab/twins/kit/past-pages.ts'
import { openCordon, type Cordon } from './cordon.ts'
import { credentialNames, identityOf } from './names.ts'
import { keys, roles } from './source.ts'
import { openLogs, type Told } from './year.ts'

/** Whose year is held against their connectors here; of the others two days are, in estate.test.ts. */
const vendors = [
  'openai',
  'anthropic',
  'litellm',
  'entra',
  'kubernetes',
  'fleet',
  'huggingface',
  'crowdstrike',
] as const satisfies readonly Vendor[]
type Name = (typeof vendors)[number]
const ofCalls = [
  ['openai', 'usage'],
  ['anthropic', 'usage'],
  ['litellm', 'requests'],
  ['kubernetes', 'log'],
] as const
const ofPeople = [
  ['openai', 'audit'],
  ['anthropic', 'activity'],
  ['entra', 'sign-ins'],
  ['kubernetes', 'log'],
  ['fleet', 'activities'],
  ['huggingface', 'audit'],
] as const
/** A Wednesday in each season. */
const seasons = [Date.UTC(2025, 3, 16), Date.UTC(2025, 6, 16), Date.UTC(2025, 9, 15), Date.UTC(2026, 0, 14)]
const density = 0.25

const clock = new TwinClock(storyMs)
let estate: Estate
let cordon: Cordon
const logs = new Map<Name, Awaited<ReturnType<typeof openLogs>>>()
const fillOf = (vendor: Name) => estate.fills.find((one) => one.vendor === vendor) ?? assert.fail(vendor)
const logOf = (vendor: Name) => logs.get(vendor) ?? assert.fail(vendor)
const pastsOf = (vendor: Name) => estate.started.get(vendor)?.pasts ?? {}

before(async () => {
  estate = await startEstate({ seed: 3, size: 'tiny', roles, keys, density, only: vendors, clock })
  const sources = estate.fills.map(({ source }) => source)
  const feeds = vendors.flatMap((vendor) => Object.keys(pastsOf(vendor)))
  cordon = await openCordon(sources, clock, 0, { without: feeds })
  for (const vendor of vendors) logs.set(vendor, await openLogs(fillOf(vendor).source, pastsOf(vendor), clock))
})
after(async () => {
  cordon.close()
  await estate.close()
})

type There = { email: string; startMs: number; endMs: number | null }
/** A cluster knows people by the names that their identity provider gives them alone. */
const people = (vendor: Name): Map<string, There> =>
  new Map<string, There>(
    vendor === 'kubernetes'
      ? engineersOf(estate.company).map((one) => [
          entityId('identity', logOf(vendor).authority, `user/${one.email}`),
          one,
        ])
      : [...fillOf(vendor).natives].map(([n, native]) => [
          identityOf(cordon.authorities, vendor, native),
          estate.company.people[n] ?? assert.fail(`person ${n}`),
        ]),
  )
/** Who there is, by what an event may call them: the vendor's id, an address, a user name of a program. */
function textsOf(vendor: Name): Map<string, string> {
  const listed = [...cordon.facts.keys()].flatMap((id) => {
    const [noun, authority = '', native = ''] = id.split(':')
    if ((noun !== 'identity' && noun !== 'host') || decodeURIComponent(authority) !== logOf(vendor).authority) return []
    const [kind, ...rest] = decodeURIComponent(native).split('/')
    const text = kind === 'serviceaccount' ? ['system', kind, ...rest].join(':') : rest.join('/')
    return text === '' ? [] : [[text, id] as const]
  })
  return new Map<string, string>([...listed, ...[...people(vendor)].map(([id, { email }]) => [email, id] as const)])
}
const told = z
  .object({
    actor: z.object({ user: z.object({ uid: z.string(), name: z.string(), email_addr: z.string() }).partial() }),
    device: z.object({ uid: z.string() }),
  })
  .partial()
/** Who acted, and with what; where nothing was touched, whom the event names. */
function actorsOf({ item }: Told, byText: ReadonlyMap<string, string>): string[] {
  const touching = item.touches.flatMap(({ identity, credential }) =>
    [identity, credential].filter((one) => one !== null),
  )
  if (touching.length > 0) return touching
  return item.ocsf.flatMap((event) => {
    const { actor, device } = told.safeParse(event).data ?? {}
    const { uid = '', name = '', email_addr: email = '' } = actor?.user ?? {}
    // An alert names nobody, but the machine.
    return [uid, name, email, device?.uid ?? ''].map((text) => byText.get(text)).find((id) => id !== undefined) ?? []
  })
}

for (const vendor of vendors)
  test(`${vendor}: a day in each season comes whole and once, is understood, and is of somebody there`, async () => {
    const log = logOf(vendor)
    const known = people(vendor)
    const byText = textsOf(vendor)
    const all: Told[] = []
    let busyDays = 0
    for (const dayStart of seasons) {
      let day = 0
      for (const stream of log.streams) {
        const told = await log.read(stream, dayStart, dayStart + dayMs)
        const made = pastsOf(vendor)[stream] ?? assert.fail(stream)
        assert.equal(
          told.length,
          countRows(made, dayStart, dayStart + dayMs - 1),
          `${stream} of ${new Date(dayStart).toISOString()}`,
        )
        assert.equal(new Set(told.map(({ native }) => native)).size, told.length, `${stream}: none twice`)
        all.push(...told)
        day += told.length
      }
      if (day > 0) busyDays++
    }
    assert.ok(busyDays >= 3, `something happens on ${busyDays} of ${seasons.length} days`)
    let specific = 0
    for (const { item, native } of all) {
      assert.equal(item.ocsf.length, 1, native)
      for (const event of item.ocsf) {
        assert.deepEqual(validateOcsf(event), [], native)
        if (event.class_uid !== 0) specific++
      }
    }
    assert.ok(specific >= 0.95 * all.length, `${specific} of ${all.length} of a class of their own`)
    let attributed = 0
    for (const one of all) {
      const actors = actorsOf(one, byText)
      if (actors.some((actor) => known.has(actor) || cordon.facts.has(actor))) attributed++
      for (const actor of actors) {
        const { startMs = 0, endMs = null } = known.get(actor) ?? {}
        // Some vendors tell the time by the second.
        const isThere = one.atMs >= Math.floor(startMs / 1000) * 1000 && (endMs === null || one.atMs < endMs)
        assert.ok(isThere, `${actor} at ${new Date(one.atMs).toISOString()}`)
      }
    }
    assert.ok(attributed >= 0.95 * all.length, `${attributed} of ${all.length} are of somebody or something known`)
    assert.deepEqual(estate.started.get(vendor)?.faults?.(), [], 'the vendor asks and answers so')
  })

test('the last use of a key in a log is the last use of it in the ground truth; of an unused one there is none', async () => {
  const told = new Map<EntityId, number>()
  // Whatever is used was so within these days.
  for (const [vendor, stream] of ofCalls)
    for (const one of await logOf(vendor).read(stream, storyMs - 3 * dayMs, storyMs))
      for (const { credential } of one.item.touches)
        if (credential !== null) told.set(credential, Math.max(told.get(credential) ?? 0, one.atMs))
  const minute = (ms: number | null | undefined): number => Math.floor((ms ?? 0) / 60_000)
  let [used, unused] = [0, 0]
  for (const [vendor] of ofCalls)
    for (const one of fillOf(vendor).credentials) {
      const [name = assert.fail(one.id)] = credentialNames(cordon.authorities, one)
      assert.equal(minute(told.get(name)), minute(one.lastUsedMs), one.id)
      if (one.lastUsedMs === null) unused++
      else used++
    }
  assert.ok(used > 15 && unused > 3, `${used} used, ${unused} unused`)
})

test('what the gateway says a key has spent is what its calls cost, about', () => {
  const cost = new Map<string, number>()
  const past = pastsOf('litellm')['requests'] ?? assert.fail('calls')
  for (const { row } of rowsWithin(past, { fromMs: storyMs - 100 * dayMs, toMs: storyMs })) {
    const { api_key: hash, spend } = z.object({ api_key: z.string(), spend: z.number() }).parse(row)
    cost.set(hash, (cost.get(hash) ?? 0) + spend)
  }
  for (const { native, id, lastUsedMs } of fillOf('litellm').credentials) {
    const told = Number(
      cordon.facts.get(entityId('credential', logOf('litellm').authority, `key/${native}`))?.['spend'],
    )
    const spent = cost.get(native) ?? 0
    assert.ok(lastUsedMs === null ? told === 0 && spent === 0 : told > 0.5 && Math.abs(told / spent - 1) < 0.15, id)
  }
})

test('people do less at weekends, and little on a holiday of their country', async () => {
  const acts = { week: 0, weekend: 0, thursdays: 0, christmas: 0 }
  const weeks = 9
  const fromMs = Date.UTC(2025, 10, 3)
  for (const [vendor, stream] of ofPeople) {
    const known = people(vendor)
    const byText = textsOf(vendor)
    for (const one of await logOf(vendor).read(stream, fromMs, fromMs + weeks * 7 * dayMs)) {
      if (!actorsOf(one, byText).some((actor) => known.has(actor))) continue
      const at = new Date(one.atMs)
      acts[at.getUTCDay() % 6 === 0 ? 'weekend' : 'week']++
      if (at.getUTCDay() !== 4) continue
      acts[at.getUTCMonth() === 11 && at.getUTCDate() === 25 ? 'christmas' : 'thursdays']++
    }
  }
  assert.ok(acts.week > 40, JSON.stringify(acts))
  assert.ok(acts.weekend / 2 < 0.5 * (acts.week / 5), JSON.stringify(acts))
  // Thursdays without Christmas and the first of January, which is one as well.
  assert.ok(acts.christmas <= 0.5 * (acts.thursdays / (weeks - 2)), JSON.stringify(acts))
})

if (process.env['CORDON_ESTATE_WHOLE'] !== undefined)
  test('the whole company, a week of every log: what was made is what the connectors read, none twice', async (t) => {
    const share = Number(process.env['CORDON_ESTATE_DENSITY'] ?? 0.05)
    const whole = await startEstate({ seed: 1, size: 'full', roles, keys, density: share, clock })
    t.after(() => whole.close())
    const [fromMs, begun] = [storyMs - 7 * dayMs, process.cpuUsage()]
    const events: Record<string, number> = {}
    for (const [vendor, { fill, pasts, faults }] of whole.started) {
      const log = await openLogs(fill.source, pasts, clock)
      for (const [name, past] of Object.entries(pasts)) {
        const made = countRows(past, fromMs, storyMs - 1)
        const natives = new Set<string>()
        let read = 0
        // GitHub shows git apart from what else there is in its log.
        for (const stream of vendor === 'github' ? ['audit', 'git'] : [name])
          for (const { native } of await log.read(stream, fromMs, storyMs)) {
            natives.add(`${stream} ${native}`)
            read++
          }
        assert.equal(read, made, `${vendor} ${name}`)
        assert.equal(natives.size, read, `${vendor} ${name}: none twice`)
        events[`${vendor}/${name}`] = read
      }
      assert.deepEqual(faults?.() ?? [], [], vendor)
    }
    const { user, system } = process.cpuUsage(begun)
    const sum = Object.values(events).reduce((all, one) => all + one, 0)
    const peakMb = Math.round(process.resourceUsage().maxRSS / 1024)
    console.log(JSON.stringify({ share, sum, cpuSeconds: Math.round((user + system) / 1e6), peakMb, ...events }))
  })
