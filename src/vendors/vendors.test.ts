import assert from 'node:assert/strict'
import { test } from 'node:test'

import { advisoryFact, entityId, type EntityId, type Touch } from '#model'
import { createMemoryEstate, type MemoryEstateParts } from '#estate'
import { openScene } from '#posture'

import { makeStatements } from '../../test/simulation/statements.ts'
import { noWords, pictureOf, readVendors, usesOf, vendorOfDomain, wordsOf, type Platform, type Words } from './index.ts'

const dayMs = 86_400_000
const nowMs = 1_000 * dayMs
const at = 'C0lab'

const { edge, fact, offset } = makeStatements(nowMs)
const app = (native: string) => entityId('app', at, native)
const grant = (n: number) => entityId('credential', at, `grant/${n}`)
const human = (name: string) => entityId('identity', at, name)
const table = (n: number) => entityId('resource', 'pg', `rel/${n}`)
const people = (resource: EntityId, ...keys: number[]) => ({
  resource,
  persons: keys.map((key) => ({ person: entityId('person', 'hr', `${key}`), customer: null })),
})
const [ada, bo] = [human('ada'), human('bo')]

const company = (more: Partial<MemoryEstateParts> = {}): MemoryEstateParts => ({
  edges: [
    ...[1, 2].flatMap((n) => [
      edge(grant(n), 'AUTHENTICATES_AS', n === 1 ? ada : bo),
      edge(app('77-a.apps.googleusercontent.com'), 'ACTS_AS', n === 1 ? ada : bo),
    ]),
    edge(grant(1), 'CAN_READ', table(1)),
    edge(grant(2), 'CAN_READ', table(2), { conditional: true }),
    edge(ada, 'CAN_ADMIN', table(3)),
    edge(table(1), 'CLASSIFIED_AS', entityId('class', 'declared', 'health')),
    edge(app('78-b.apps.googleusercontent.com'), 'ACTS_AS', human('acting/b')),
  ],
  facts: [
    fact(ada, { kind: 'human', login: 'ada' }),
    fact(bo, { kind: 'human', login: 'bo' }),
    fact(app('77-a.apps.googleusercontent.com'), { name: 'Notes' }),
    fact(app('78-b.apps.googleusercontent.com'), { name: 'Notes' }),
    fact(grant(1), {
      kind: 'grant',
      client: '77-a.apps.googleusercontent.com',
      owner: ada,
      scopes: 'drive',
      createdAtMs: 5,
    }),
    fact(grant(2), {
      kind: 'grant',
      client: '77-a.apps.googleusercontent.com',
      owner: bo,
      scopes: 'drive',
      lastUsedAtMs: 9,
    }),
    fact(table(1), { rowsEstimate: 40 }),
    fact(table(2), { rowsEstimate: 2 }),
  ],
  people: [people(table(1), 1, 2, 3), people(table(2), 3, 4), people(table(3), 5, 6, 7, 8)],
  ...more,
})

async function seen(
  parts: MemoryEstateParts,
  { platforms = [], words = noWords }: { platforms?: Platform[]; words?: Words } = {},
) {
  const scene = openScene(createMemoryEstate(parts), nowMs, [])
  const vendors = await readVendors(scene, { platforms, words })
  return {
    scene,
    vendors,
    picture: async (id: string) => pictureOf(scene, vendors.find(({ vendor }) => vendor === id) ?? assert.fail(id)),
  }
}
const a = 'vendor:google-project:77'
const b = 'vendor:google-project:78'

test('apps of one name are two vendors until a person says otherwise, and apart again when they say so', async () => {
  const names = async (words?: Words) =>
    (await seen(company(), words === undefined ? {} : { words })).vendors.map(({ vendor, apps }) => [
      vendor,
      apps.length,
    ])
  assert.deepEqual(await names(), [
    [a, 1],
    [b, 1],
  ])
  const into = { vendor: b, kind: 'into', value: a, gone: 0 } as const
  assert.deepEqual(await names(wordsOf([into])), [[a, 2]])
  assert.deepEqual(await names(wordsOf([into, { ...into, value: null, gone: 1 }])), [
    [a, 1],
    [b, 1],
  ])
  const { vendors } = await seen(company(), {
    words: wordsOf([into, { vendor: a, kind: 'name', value: 'Quill', gone: 0 }]),
  })
  assert.deepEqual(
    vendors.map(({ name, joined }) => [name, joined]),
    [['Quill', [b]]],
  )
})

test('a grant opens what its scopes name and never all that its giver may; a condition counts above alone', async () => {
  const { reach, vendor, lastUsedAtMs } = await (await seen(company())).picture(a)
  assert.deepEqual(reach.people, { atLeast: 3, atMost: 4 })
  assert.deepEqual(reach.resources, { sure: [table(1)], possible: [table(1), table(2)] })
  assert.deepEqual(reach.records, { atLeast: 40, atMost: 42 })
  assert.deepEqual(
    reach.classes.map(({ people: of }) => of),
    [{ atLeast: 3, atMost: 3 }],
  )
  assert.deepEqual(
    vendor.apps[0]?.letIn.map(({ who, as, atMs }) => [who, as, atMs]),
    [
      [ada, 'user', 5],
      [bo, 'user', null],
    ],
  )
  assert.deepEqual(vendor.apps[0]?.users, [ada, bo])
  assert.equal(lastUsedAtMs, 9)
})

test('where no source tells the scopes the giver’s own rights are the most, and of a table without a count there is no bound', async () => {
  const parts = company()
  parts.facts =
    parts.facts?.map((one) =>
      one.entity === grant(1)
        ? fact(grant(1), { kind: 'grant', client: '77-a.apps.googleusercontent.com', owner: ada })
        : one,
    ) ?? []
  parts.edges = parts.edges.filter(({ src, type }) => src !== grant(1) || type !== 'CAN_READ')
  const { reach } = await (await seen(parts)).picture(a)
  assert.deepEqual(reach.people, { atLeast: 0, atMost: 6 })
  assert.equal(reach.records.atMost, null)
})

test('what a vendor may hold: what its acts read at the least, what its rights ever reached at the most', async () => {
  const touch = (n: number, records: number | null): Touch & { offset: number } => ({
    identity: null,
    credential: grant(n),
    resource: table(1),
    verb: 'read',
    atMs: nowMs - dayMs,
    records,
    origin: null,
    offset: offset(),
  })
  const parts = company({ touches: [touch(1, 2), touch(1, null)] })
  parts.edges = parts.edges.map((one) =>
    one.src === grant(2) && one.type === 'CAN_READ' ? { ...one, validTo: 1_000 } : one,
  )
  parts.facts?.push(fact(table(1), { personPerRecord: true }))
  const { held, reach, use } = await (await seen(parts)).picture(a)
  assert.deepEqual(reach.people, { atLeast: 3, atMost: 3 }, 'what has ended is reached no more')
  assert.deepEqual(held.people, { atLeast: 2, atMost: 4 }, 'and may still be held')
  assert.deepEqual([use.acts, use.records, held.records], [2, 2, 2])
})

test('of more acts than are read the newest are, and it says that there were more', async () => {
  const act = (daysAgo: number): Touch & { offset: number } => ({
    identity: null,
    credential: grant(1),
    resource: table(1),
    verb: 'read',
    atMs: nowMs - daysAgo * dayMs,
    records: null,
    origin: null,
    offset: offset(),
  })
  const days = [80, 40, 20, 6, 0.5]
  const { scene, vendors } = await seen(company({ touches: days.map(act) }))
  const vendor = vendors.find((one) => one.vendor === a) ?? assert.fail(a)
  const read = async (actsMax?: number) => {
    const { use, acts } = await usesOf(scene, vendor, nowMs - 90 * dayMs, actsMax)
    return [acts.map(({ atMs }) => (nowMs - atMs) / dayMs), use.isCut]
  }
  assert.deepEqual(await read(), [days, false])
  assert.deepEqual(await read(2), [[6, 0.5], true])
})

test('in a system that a vendor runs lies what it holds for sure', async () => {
  const platform = { source: 'lab', authority: 'pg', domain: 'openai.com', name: 'OpenAI' }
  const { vendors, picture } = await seen(company(), { platforms: [platform] })
  const own = vendors.find(({ vendor }) => vendor === vendorOfDomain('openai.com'))
  assert.deepEqual([own?.name, own?.told, own?.ai], ['OpenAI', 'platform', true])
  const { held } = await picture('vendor:domain:openai.com')
  assert.deepEqual([held.people, held.unseen], [{ atLeast: 8, atMost: 8 }, true], 'and what prompts held nobody tells')
  assert.equal((await picture(a)).held.unseen, false)
})

test('advisories against a component count while they stand: by its version, and where nobody tells it as not sure', async () => {
  const sdk = entityId('package', 'pypi', 'openai@1.0.0')
  const advise = (id: string, versions: string[], withdrawn = false) =>
    advisoryFact({ id, purl: 'pkg:pypi/openai', versions, publishedAtMs: 1, withdrawn }, nowMs)
  const parts = company()
  parts.edges.push(edge(sdk, 'INSTALLED_ON', entityId('host', 'lab', 'h1')))
  parts.facts?.push(
    fact(sdk, { type: 'pypi', name: 'openai', version: '1.0.0' }),
    advise('GHSA-meant', ['1.0.0']),
    advise('GHSA-other', ['2.0.0']),
    advise('GHSA-back', ['1.0.0'], true),
    advisoryFact({ id: 'GHSA-any', purl: 'pkg:npm/left-pad', versions: ['9.9.9'], publishedAtMs: 1 }, nowMs),
  )
  const words = wordsOf([{ vendor: a, kind: 'component', value: 'pkg:npm/left-pad', gone: 0 }])
  const { picture } = await seen(parts, { words })
  const said = async (vendor: string) =>
    (await picture(vendor)).components.map(({ from, advisories }) => [
      from,
      advisories.map(({ id, sure }) => `${id} ${sure}`),
    ])
  assert.deepEqual(await said('vendor:domain:openai.com'), [['installed', ['GHSA-meant true']]])
  assert.deepEqual(await said(a), [['named', ['GHSA-any false']]])
})

test('an app whose edges have all ended is gone; our own programs and Cordon are in no list of vendors', async () => {
  const parts = company()
  parts.edges = parts.edges.map((one) =>
    one.src === app('78-b.apps.googleusercontent.com') ? { ...one, validTo: 1_000 } : one,
  )
  parts.facts?.push(
    fact(app('see'), { name: 'Cordon', own: true }),
    fact(app('fn'), { kind: 'function', name: 'nightly' }),
    fact(app('sync'), { name: 'Sync', external: false }),
  )
  const { vendors } = await seen(parts)
  assert.deepEqual(
    vendors.map(({ vendor, house }) => [vendor, house]),
    [
      [a, false],
      ['vendor:house:own', true],
    ],
  )
})
