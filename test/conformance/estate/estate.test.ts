import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'

import { ManualClock, type Clock } from '#kit'

import { storyMs } from '../../../lab/estate/company/company.ts'
import { dayMs, type Vendor } from '../../../lab/estate/company/model.ts'
import { startEstate, type Estate } from '../../../lab/estate/estate.ts'
import { weaknessKinds } from '../../../lab/estate/planted/kinds.ts'
import { probe } from '../../../lab/estate/prober/index.ts'
import { targetsOf } from '../../../lab/estate/targets.ts'
import { countRows } from '../../../lab/estate/use/past.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { openCordon, type Cordon } from './cordon.ts'
import { testPeople } from '../people/on-estate.ts'
import { holdCounts } from './counts.ts'
import { compare, tryAll } from './exposure.ts'
import { credentialNames, identityOf, thingNames } from './names.ts'
import { keys, registered, roles } from './source.ts'
import { containAndTry, hold, tryTopology } from './topology.ts'

let estate: Estate
let cordon: Cordon
const pulling = new TwinClock(storyMs)
let clock: Clock = pulling
const historyMs = 2 * dayMs
const start = (seed: number): Promise<Estate> =>
  startEstate({ seed, size: 'mini', roles, keys, clock: new TwinClock(storyMs) })

before(async () => {
  estate = await startEstate({ seed: 1, size: 'mini', roles, keys, clock: { nowMs: () => clock.nowMs() } })
  cordon = await openCordon(
    estate.fills.map(({ source }) => source),
    pulling,
    historyMs,
  )
})
after(async () => {
  cordon.close()
  await estate.close()
})

const digest = (of: Estate): string => {
  const hash = createHash('sha256')
  for (const line of of.truth()) hash.update(`${JSON.stringify(line)}\n`)
  return hash.digest('hex')
}

/** Days of the year, so many from its beginning, of each of these logs. */
function use(of: Estate, vendors: Iterable<Vendor>, days: readonly number[]): string {
  const hash = createHash('sha256')
  for (const vendor of vendors)
    for (const past of Object.values(of.started.get(vendor)?.pasts ?? {}))
      for (const day of days)
        for (let hour = 0; hour < 24; hour++)
          for (const one of past.rowsOf(day * 24 + hour)) hash.update(`${JSON.stringify(one)}\n`)
  return hash.digest('hex')
}

test('the same seed yields the same ground truth and the same year, byte for byte, and another seed another', async (t) => {
  const [again, other] = [await start(1), await start(2)]
  t.after(() => Promise.all([again.close(), other.close()]))
  assert.equal(digest(again), digest(estate))
  assert.notEqual(digest(other), digest(estate))
  for (const [vendor, { pasts }] of estate.started) {
    const days = Object.keys(pasts).length === 0 ? [] : [112, 275, 300]
    const winter = use(estate, [vendor], days)
    assert.equal(use(again, [vendor], days), winter, vendor)
    if (days.length > 0) assert.notEqual(use(other, [vendor], days), winter, vendor)
  }
})

test('the year of the vendors that the benign month is made of is as it was when rules were tuned to it', () => {
  const days = [3, 50, 112, 209, 230, 275, 364]
  // As it was at fd3d953, before other vendors had a year. A change here needs the benign month measured anew.
  const frozen = 'f22c8bf83ea36bfac375c8ea12f7f69dd8d169f321c273085c9bee643ba581e8'
  assert.equal(use(estate, ['okta', 'google', 'github', 'slack', 'aws'], days), frozen)
})

test('a whole inventory finds as many of each kind as the estate was filled with', () => {
  holdCounts(estate, cordon)
})

test('two days of every log come whole, once, page after page out of a past that nobody holds', () => {
  let all = 0
  for (const [vendor, { pasts }] of estate.started) {
    for (const [stream, past] of Object.entries(pasts)) {
      // What a vendor pushes nobody asks for: year.test.ts hands it over.
      if (registered(vendor).connector.streams.some(({ name, kind }) => name === stream && kind === 'push')) continue
      const told = countRows(past, storyMs - historyMs, storyMs - 1)
      const streams = vendor === 'github' ? ['audit', 'git'] : [stream]
      const pulled = streams.reduce((sum, name) => sum + (cordon.events.get(`${vendor}/${name}`) ?? 0), 0)
      assert.equal(pulled, told, `${vendor} ${stream}`)
      all += told
    }
  }
  assert.ok(all > 300, `${all} events`)
})

test('a person is known by the same address wherever a vendor shows one', () => {
  let shown = 0
  for (const person of estate.company.people) {
    for (const { vendor, natives } of estate.fills) {
      const native = natives.get(person.n)
      // AWS and GitHub show no address: what joins them is for a later source to say.
      if (native === undefined || vendor === 'aws' || vendor === 'github') continue
      const facts = cordon.facts.get(identityOf(cordon.authorities, vendor, native))
      const isHidden = vendor === 'okta' && person.endMs !== null && person.leftAlive !== 'okta'
      // Whoever left is listed only where somebody suspended them instead.
      if (isHidden && facts === undefined) continue
      assert.equal(facts?.['email'], person.email, `${vendor}: ${person.email}`)
      shown++
    }
  }
  assert.ok(shown > 50, `${shown} identities`)
})

test('every credential of the ground truth is in the estate, with its age', () => {
  for (const one of estate.credentials) {
    // Tokens of Slack's apps are known by the app: Slack lists none.
    if (one.kind === 'bot-token' || one.kind === 'user-token') continue
    const names = credentialNames(cordon.authorities, one)
    const facts = names.map((name) => cordon.facts.get(name)).find((told) => told !== undefined)
    assert.ok(facts !== undefined, `${one.id}: none of ${names.join(', ')}`)
    if (one.kind === 'session' || one.vendor === 'google' || one.vendor === 'crowdstrike') continue
    assert.equal(Math.floor(Number(facts['createdAtMs']) / 1000), Math.floor(one.createdMs / 1000), one.id)
  }
})

/** No list shows them: what the posture tells of them is held against the ground truth in posture.test.ts. */
const toldByLogs: ReadonlySet<string> = new Set(['document', 'delegation'])

test('every weakness and every look-alike hangs on something that the inventory shows', () => {
  const kinds = new Set<string>()
  const alike = new Set<string>()
  for (const { vendor, weaknesses, lookAlikes } of estate.fills) {
    for (const { kind } of weaknesses) kinds.add(kind)
    for (const { kind } of lookAlikes) alike.add(kind)
    const things = [...weaknesses, ...weaknesses.flatMap((one) => one.with ?? []), ...lookAlikes]
    for (const thing of things) {
      const names = thingNames(cordon.authorities, vendor, thing)
      const isShown = names.length === 0 || toldByLogs.has(thing.noun) || names.some((name) => cordon.facts.has(name))
      assert.ok(isShown, `${vendor} ${thing.noun} ${thing.native}: none of ${names.join(', ')}`)
    }
  }
  assert.deepEqual([...kinds].sort(), Object.keys(weaknessKinds).sort())
  assert.deepEqual(
    Object.keys(weaknessKinds).filter((kind) => !alike.has(kind)),
    [],
  )
})

test('nothing is told to be weak and to be fine in the same way', () => {
  for (const { weaknesses, lookAlikes } of estate.fills) {
    const weak = weaknesses.map(({ kind, noun, native }) => `${kind} ${noun} ${native}`)
    assert.equal(new Set(weak).size, weak.length)
    for (const { kind, noun, native } of lookAlikes) assert.ok(!weak.includes(`${kind} ${noun} ${native}`), native)
  }
})

testPeople(() => ({ estate, cordon, clock: pulling }))

test('a secret that nobody gave out opens nothing', async () => {
  const dead = await probe(targetsOf(estate, clock.nowMs()), {
    value: 'EXAMPLE-of-nobody',
    with: { id: 'AKIAEXAMPLE0NOBODY00', client: 'x', login: 'x', cookie: 'x' },
  })
  assert.deepEqual(dead, { opens: [], makes: [] })
})

test('what Cordon says a stolen credential opens, and which one survives, is what the prober finds', async () => {
  const truth = await tryAll(estate, clock.nowMs())
  const score = await compare(estate, cordon, truth, clock.nowMs())
  const acting = new ManualClock(clock.nowMs())
  clock = acting
  hold({ score, aftermath: await containAndTry(estate, cordon, truth, acting, 4) }, 1)
})

/** `1001-1050`: companies of other seeds, larger ones. Figures come from seeds on which nothing was adjusted. */
const [first = 0, last = first] = (process.env['CORDON_ESTATE_SEEDS'] ?? '').split('-').filter(Boolean).map(Number)

if (first > 0)
  test('over companies of other seeds Cordon and the prober say the same', async () => {
    const sum = {
      companies: 0,
      tried: 0,
      opened: 0,
      sure: 0,
      named: 0,
      said: 0,
      right: 0,
      saidNamed: 0,
      rightNamed: 0,
      stolen: 0,
      dead: 0,
      survivors: 0,
    }
    const failed: string[] = []
    let rssMbMax = 0
    for (let seed = first; seed <= last; seed++) {
      const topology = await tryTopology(seed, 'tiny')
      hold(topology, seed)
      const { score, aftermath } = topology
      const missed = score.differences.filter(({ by }) => by === 'missed')
      sum.companies++
      sum.tried += score.tried
      sum.opened += score.opened
      sum.sure += score.opened - missed.length
      sum.named += score.opened - missed.filter(({ upper }) => !upper).length
      sum.said += score.said
      sum.right += score.right
      sum.saidNamed += score.named
      sum.rightNamed += score.namedRight
      sum.stolen += aftermath.stolen
      sum.dead += aftermath.dead
      sum.survivors += aftermath.survivors
      failed.push(...aftermath.failed)
      rssMbMax = Math.max(rssMbMax, Math.round(process.memoryUsage.rss() / 2 ** 20))
    }
    console.log(JSON.stringify({ ...sum, failed: [...new Set(failed)], rssMbMax }))
  })

if (process.env['CORDON_ESTATE_WHOLE'] !== undefined)
  test('the whole company, 42,000 contractors and all, goes through the connectors', async (t) => {
    const time = new TwinClock(storyMs)
    const whole = await startEstate({ seed: 1, size: 'full', roles, keys, clock: time, density: 0 })
    t.after(() => whole.close())
    const filledMb = Math.round(process.memoryUsage.rss() / 2 ** 20)
    const startedMs = performance.now()
    const secondsSo = (): number => Math.round((performance.now() - startedMs) / 1000)
    const setups = whole.fills.map(({ source }) => source)
    const seen = await openCordon(setups, time, 0, {
      patienceMs: 4 * 3_600_000,
      told: (stream, records) => console.log(JSON.stringify({ stream, records, seconds: secondsSo() })),
    })
    t.after(() => seen.close())
    holdCounts(whole, seen)
    const [entities, edges, seconds] = [seen.facts.size, seen.edges.length, secondsSo()]
    const { user, system } = process.cpuUsage()
    const peakMb = Math.round(process.resourceUsage().maxRSS / 1024)
    console.log(
      JSON.stringify({
        entities,
        edges,
        seconds,
        cpuSeconds: Math.round((user + system) / 1e6),
        filledMb,
        peakMb,
      }),
    )
  })
