import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { EntityId } from '#model'
import { openScene } from '#posture'
import { noWords, platforms, reachOfApps, readVendors, type App, type Platform, type Vendor } from '#vendors'

import type { Estate } from '../../../lab/estate/estate.ts'
import { probe } from '../../../lab/estate/prober/index.ts'
import { lootOf, targetsOf } from '../../../lab/estate/targets.ts'
import type { AppTruth } from '../../../lab/estate/truth.ts'
import type { Cordon } from '../estate/cordon.ts'
import { wordFor, wordOf } from '../estate/exposure.ts'
import { credentialNames, identityOf, thingNames } from '../estate/names.ts'

type World = { estate: Estate; cordon: Cordon; nowMs: number }

const platformsOf = ({ authorities }: Cordon): Platform[] =>
  [...authorities].flatMap(([source, authority]) => {
    const platform = platforms[source]
    return platform === undefined ? [] : [{ source, authority, ...platform }]
  })

export async function vendorsOf({ cordon, nowMs }: World) {
  const scene = openScene(cordon.graph.view(), nowMs, [])
  return { scene, vendors: await readVendors(scene, { platforms: platformsOf(cordon), words: noWords }) }
}

const nameIn = (cordon: Cordon, { vendor, native }: AppTruth): EntityId =>
  thingNames(cordon.authorities, vendor, { noun: 'app', native })[0] ?? assert.fail(native)

/** The company's apps against what Cordon finds of them. Beside it the prober, who shares no code with either. */
export function testVendors(worldOf: () => World): void {
  void test('every app that has rights in the company is found, and nothing else', async () => {
    const world = worldOf()
    const { vendors } = await vendorsOf(world)
    const truth = world.estate.fills.flatMap(({ apps }) => apps.map((one) => nameIn(world.cordon, one)))
    const found = vendors.flatMap(({ apps }) => apps.map(({ app }) => app))
    assert.ok(truth.length > 25, `${truth.length} apps`)
    assert.deepEqual(found.toSorted(), truth.toSorted())
  })

  void test('who let each app in is whom its vendor tells, and whose it is comes of no name', async () => {
    const world = worldOf()
    const { cordon, estate } = world
    const { vendors } = await vendorsOf(world)
    const byApp = new Map(vendors.flatMap((vendor) => vendor.apps.map((app) => [app.app, { app, vendor }] as const)))
    const together = new Map<string, Set<EntityId>>()
    for (const truth of estate.fills.flatMap(({ apps }) => apps)) {
      const { app, vendor } = byApp.get(nameIn(cordon, truth)) ?? assert.fail(truth.label)
      const told = (truth.letIn ?? []).map((native) => identityOf(cordon.authorities, truth.vendor, native))
      if (truth.letIn !== null)
        assert.deepEqual([truth.label, app.letIn.map(({ who }) => who)], [truth.label, [...new Set(told)].sort()])
      assert.equal(vendor.house, truth.ours === true, truth.label)
      if (truth.publisher === null && truth.ours !== true) assert.equal(vendor.apps.length, 1, truth.label)
      if (truth.publisher !== null)
        together.set(truth.publisher, (together.get(truth.publisher) ?? new Set()).add(vendor.vendor))
    }
    for (const [publisher, its] of together) assert.equal(its.size, 1, publisher)
    assert.equal(new Set([...together.values()].flatMap((its) => [...its])).size, together.size)
    assert.ok(
      [...vendors].some(({ house, apps }) => !house && apps.length > 1),
      'apps of one publisher are one vendor',
    )
  })

  void test('behind the gateway, in jobs and on machines the vendors of models and actions are found', async () => {
    const { vendors } = await vendorsOf(worldOf())
    const partsAt = (vendor: string): string[] =>
      vendors.find((one) => one.vendor === vendor)?.parts.map(({ kind }) => kind) ?? []
    for (const domain of ['openai.com', 'anthropic.com'])
      assert.deepEqual(partsAt(`vendor:domain:${domain}`).toSorted(), ['model', 'platform'], domain)
    assert.deepEqual([...new Set(partsAt('vendor:github:account/a-stranger'))], ['action'])
    assert.ok(partsAt('vendor:domain:github.com').includes('action'), "GitHub's own actions are GitHub's")
    assert.ok(partsAt('vendor:domain:litellm.ai').includes('library'))
    const model = vendors.find(({ vendor }) => vendor === 'vendor:domain:openai.com')?.parts
    assert.ok(model?.some(({ kind, credentials }) => kind === 'model' && credentials.length === 1))
  })

  void test('what an app reaches for sure its tokens open when they are tried, and what they open is within its most', async () => {
    const world = worldOf()
    const { estate, cordon, nowMs } = world
    const { scene, vendors } = await vendorsOf(world)
    const apps = vendors.flatMap((vendor: Vendor) => vendor.apps)
    const targets = targetsOf(estate, nowMs)
    let [tried, opened, said, right] = [0, 0, 0, 0]
    for (const app of apps) {
      const mine = estate.credentials.filter((one) =>
        credentialNames(cordon.authorities, one).some((name) => app.credentials.includes(name)),
      )
      if (mine.length === 0) continue
      tried++
      const opens = new Set<string>()
      for (const one of mine)
        for (const what of (await probe(targets, lootOf(one))).opens) for (const word of wordOf(what)) opens.add(word)
      const { sure, most } = await wordsReached(world, scene, app)
      opened += opens.size
      for (const word of opens) assert.ok(most.has(word), `${app.name}: ${word} is not in its most`)
      said += sure.size
      right += [...sure].filter((word) => opens.has(word)).length
    }
    if (process.env['CORDON_POSTURE_SHOW'])
      process.stdout.write(`${JSON.stringify({ apps: apps.length, tried, opened, said, right })}\n`)
    assert.ok(tried > 15 && opened > 20, `${tried} apps, ${opened} things opened`)
    assert.ok(right >= 0.95 * said, `${right} right of ${said} said for sure`)
  })
}

async function wordsReached({ cordon }: World, scene: Parameters<typeof reachOfApps>[0], app: App) {
  const { resources } = await reachOfApps(scene, [app])
  const words = (of: readonly EntityId[]): Set<string> => new Set(of.flatMap((one) => wordFor(cordon, one) ?? []))
  return { sure: words(resources.sure), most: words(resources.possible) }
}
