import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { z } from 'zod'

import { entityId, type EntityId } from '#model'
import { validateOcsf } from '#model/ocsf'

import { storyMs } from '../../../lab/estate/company/company.ts'
import { dayMs, type Vendor } from '../../../lab/estate/company/model.ts'
import { startEstate, type Estate } from '../../../lab/estate/estate.ts'
import { countRows } from '../../../lab/estate/use/past.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { rowsWithin } from '../../../lab/twins/kit/past-pages.ts'
import { openCordon, type Cordon } from './cordon.ts'
import { credentialNames, identityOf } from './names.ts'
import { keys, roles } from './source.ts'
import { openLogs, type Told } from './year.ts'

/** Whose year is held against their connectors here; of the others two days are, in estate.test.ts. */
const vendors = ['openai', 'anthropic', 'litellm'] as const satisfies readonly Vendor[]
type Name = (typeof vendors)[number]
const ofCalls = [
  ['openai', 'usage'],
  ['anthropic', 'usage'],
  ['litellm', 'requests'],
] as const
const ofPeople = [
  ['openai', 'audit'],
  ['anthropic', 'activity'],
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

const people = (vendor: Name): Map<EntityId, { startMs: number; endMs: number | null }> => {
  return new Map(
    [...fillOf(vendor).natives].map(([n, native]) => [
      identityOf(cordon.authorities, vendor, native),
      estate.company.people[n] ?? assert.fail(`person ${n}`),
    ]),
  )
}
/** Who acted, and with what. */
const actorsOf = ({ item }: Told): EntityId[] =>
  item.touches.flatMap(({ identity, credential }) => [identity, credential].filter((one) => one !== null))

for (const vendor of vendors)
  test(`${vendor}: a day in each season comes whole and once, is understood, and is of somebody there`, async () => {
    const log = logOf(vendor)
    const known = people(vendor)
    const all: Told[] = []
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
      assert.ok(day > 0, `something happens on ${new Date(dayStart).toISOString()}`)
    }
    let specific = 0
    for (const { item, native } of all) {
      assert.equal(item.ocsf.length, 1, native)
      for (const event of item.ocsf) {
        assert.deepEqual(validateOcsf(event), [], native)
        if (event.class_uid !== 0) specific++
      }
    }
    assert.ok(specific >= 0.95 * all.length, `${specific} of ${all.length} of a class of their own`)
    for (const one of all) {
      const actors = actorsOf(one)
      assert.ok(
        actors.length === 0 || actors.some((actor) => known.has(actor) || cordon.facts.has(actor)),
        `${one.native}: ${actors.join(', ')}`,
      )
      for (const actor of actors) {
        const { startMs = 0, endMs = null } = known.get(actor) ?? {}
        assert.ok(
          one.atMs >= Math.floor(startMs / 1000) * 1000 && (endMs === null || one.atMs < endMs),
          `${actor} at ${new Date(one.atMs).toISOString()}`,
        )
      }
    }
    assert.deepEqual(estate.started.get(vendor)?.faults?.(), [], 'the vendor asks and answers so')
    assert.ok(all.filter((one) => actorsOf(one).length > 0).length > 0.8 * all.length)
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
    for (const one of await logOf(vendor).read(stream, fromMs, fromMs + weeks * 7 * dayMs)) {
      if (!actorsOf(one).some((actor) => known.has(actor))) continue
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
