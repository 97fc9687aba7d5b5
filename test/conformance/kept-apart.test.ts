import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { type Http, type HttpResponse } from '#kit'
import type { EntityId } from '#model'
import { litellmConnector } from '#connectors/litellm'

import { scenes, type Scene } from './kept-apart.ts'
import { foundCompany as litellm } from './litellm/company.ts'
import { openCordon as litellmStages } from './litellm/cordon.ts'

const asked = (from: Http, answer: (request: string) => HttpResponse | undefined): Http => ({
  request(url, request = {}) {
    const { pathname } = new URL(url)
    const { authorization, 'x-api-key': key } = request.headers ?? {}
    const kept = answer(
      `${pathname} ${authorization?.replace('Bearer ', '') ?? key ?? ''} ${String(request.body ?? '')}`,
    )
    return kept === undefined ? from.request(url, request) : Promise.resolve(kept)
  },
})

async function edgesInto({ cordon, clock, type }: Scene, into: EntityId): Promise<string[]> {
  const at = Math.ceil(clock.nowMs() / 1000) + 5
  return (await cordon.estate.view().edgesTo([into], { types: [type], at })).map(({ src }) => src).sort()
}

async function open(vendor: string, t: TestContext): Promise<Scene> {
  const scene = await scenes[vendor]?.open()
  assert.ok(scene)
  t.after(async () => {
    scene.cordon.close()
    await scene.stop()
  })
  return scene
}

for (const [vendor, { refusals, gone }] of Object.entries(scenes)) {
  for (const [n, kept] of refusals.entries())
    test(`${vendor}: one thing that keeps a part from us is named, the others are read, and nothing of it ends (${n + 1})`, async (t) => {
      const scene = await open(vendor, t)
      const { cordon, clock, stream, part, into, says, change } = scene
      await cordon.pull(stream)
      const before = await edgesInto(scene, into)
      assert.ok(before.length > 0)
      const other = await change()
      const held = await edgesInto(scene, other)
      clock.pass(3 * 3_600_000)
      await cordon.pull(
        stream,
        asked(cordon.httpFor('see'), (request) => (part.test(request) ? kept : undefined)),
      )
      assert.deepEqual(await edgesInto(scene, into), before)
      assert.equal((await edgesInto(scene, other)).length, held.length + 1)
      assert.ok(cordon.logged.at(-1)?.raw.includes(says), 'it is said')
    })

  if (gone !== undefined)
    test(`${vendor}: what is gone since the list named it has ended`, async (t) => {
      const scene = await open(vendor, t)
      const { cordon, clock, stream, thing, into } = scene
      await cordon.pull(stream)
      assert.ok((await edgesInto(scene, into)).length > 0)
      clock.pass(3 * 3_600_000)
      await cordon.pull(
        stream,
        asked(cordon.httpFor('see'), (request) => (thing.test(request) ? gone : undefined)),
      )
      assert.deepEqual(await edgesInto(scene, into), [])
    })
}

test('litellm: its lists come whole; none is asked about one thing, so that none could keep a part of itself', async (t) => {
  const company = await litellm()
  const cordon = litellmStages(company)
  t.after(async () => {
    cordon.close()
    await company.twin.close()
  })
  const urls: URL[] = []
  const from = cordon.httpFor('see')
  await cordon.pull('inventory', {
    request(url, request) {
      urls.push(new URL(url))
      return from.request(url, request)
    },
  })
  const routes = litellmConnector.streams.find(({ name }) => name === 'inventory')?.scopes ?? []
  for (const { pathname, searchParams } of urls) {
    assert.ok(routes.includes(pathname), pathname)
    const names = [...searchParams.keys()].filter((name) => !/^(page|size|page_size|sort|return_|include_)/i.test(name))
    assert.deepEqual(names, [], pathname)
  }
  assert.ok(urls.length >= 8)
})
