import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { createHttp, seededInt, seededRandom, systemClock, utf8 } from '#kit'
import { createClient } from '#cli'
import { openReader, storeFile } from '#store'

import { startRig, type Rig } from './product-rig.ts'

const seed = Number(process.env['CORDON_SEED'] ?? 1)
/** Lives of core, each ended in another way while a host reports: each way once; `test:kills` asks for more. */
const ways = ['store.before-commit', 'store.after-commit', 'while it starts', 'once it is told'] as const
const deaths = Number(process.env['CORDON_KILLS'] ?? ways.length)
/** A killed core may take long to come back on a busy machine. */
const waitMs = 90_000

const malicious = {
  schema_version: '1.7.0',
  id: 'MAL-2026-1',
  modified: '2026-03-24T11:00:00Z',
  published: '2026-03-24T11:00:00Z',
  summary: 'credential stealer',
  affected: [{ package: { ecosystem: 'PyPI', name: 'LiteLLM' }, versions: ['1.82.7', '1.82.8'] }],
}
const vulnerable = {
  id: 'GHSA-aaaa-bbbb-cccc',
  modified: '2026-01-01T00:00:00Z',
  affected: [
    { package: { ecosystem: 'npm', name: 'left-pad' }, ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }] }] },
  ],
}
const byHand = {
  id: 'HOUSE-1',
  modified: '2026-03-25T00:00:00Z',
  affected: [
    {
      package: { ecosystem: 'npm', name: 'colourful', purl: 'pkg:npm/colourful' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '2.0.0' }, { fixed: '2.0.3' }] }],
    },
  ],
  database_specific: { malicious: true },
}

const report = (host: string, packages: readonly object[], credentials: readonly object[] = []) => ({
  version: 1,
  host: { id: host },
  takenAtMs: systemClock.nowMs() - 1_000,
  complete: true,
  packages,
  credentials,
})
const litellm = { ecosystem: 'pypi', name: 'litellm', version: '1.82.7' }

const records = {
  'pypi/MAL-2026-1.json': JSON.stringify(malicious),
  'left-pad.json': JSON.stringify(vulnerable),
  'broken.json': '{"id": "MAL-2026-2", ',
  'notes.txt': 'no record',
}

/** One product for both tests: a start of it takes longer than they do. */
const product = (async () => {
  const started = await startRig(seededRandom(seed), { losesAnswer: 0, beforeMs: 1, afterMs: 1 })
  const { rig } = started
  const path = join(rig.dir, 'advisories')
  mkdirSync(join(path, 'pypi'), { recursive: true })
  for (const [name, text] of Object.entries(records)) writeFileSync(join(path, name), text)
  await rig.admin.call('source.add', { body: { id: 'hosts', connector: 'host' } })
  await rig.admin.call('source.add', { body: { id: 'advisories', connector: 'osv', config: { path } } })
  return started
})()
after(async () => {
  const { rig } = await product
  rig.close()
  rmSync(rig.dir, { recursive: true, force: true })
})

/** A host's report, sent until it is taken. */
async function say(rig: Rig, host: string, record: object): Promise<void> {
  const { token } = await retried(() =>
    rig.admin.call('ingest-token.create', { params: { source: 'hosts' }, body: { host } }),
  )
  const sender = createClient({ url: rig.url, token, user: 'sender' }, createHttp([rig.url]))
  const bytes = utf8(JSON.stringify(record))
  const query = { stream: 'report', batch: `report-${host}` }
  await retried(() => sender.upload('event.ingest', { params: { source: 'hosts' }, query, bytes }))
}

async function retried<T>(ask: () => Promise<T>): Promise<T> {
  const endMs = performance.now() + waitMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (performance.now() > endMs) throw error
      await pause(100)
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const incidentsOf = async ({ admin }: Rig) => (await admin.call('incident.list')).incidents
async function until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  const endMs = performance.now() + waitMs
  while (performance.now() < endMs) {
    const found = await look()
    if (found !== undefined) return found
    await pause(150)
  }
  throw new Error(`still waiting: ${what}`)
}
const incidentAbout = (rig: Rig, purl: string) =>
  until(async () => {
    const all = await incidentsOf(rig)
    return all.find(({ trigger, plan }) => trigger.kind === 'artefact' && trigger.purl === purl && plan !== null)
  }, `an incident with a plan about ${purl}`)

test('an OSV record opens an incident with its plan, whichever is heard of first; a vulnerability opens none', async () => {
  const { rig } = await product
  const { id: keyId } = await rig.admin.call('key.issue', { body: { owner: 'ci' } })
  const key = { kind: 'environment-file', path: '/srv/.env', mode: '0600', readableBy: 'owner', keyId }
  const packages = [litellm, { ecosystem: 'npm', name: 'left-pad', version: '1.0.0' }]
  await say(rig, 'runner-a', report('runner-a', packages, [key]))
  const found = await incidentAbout(rig, 'pkg:pypi/litellm')
  assert.equal(found.severity, 'critical')
  const shown = await rig.admin.call('incident.show', { params: { incident: found.id } })
  const steps = shown.assessment?.plan.steps ?? []
  assert.ok(
    steps.some(({ target }) => target === `credential:cordon:${keyId}`),
    'the key on that host is in its plan',
  )
  const verdict = await rig.admin.call('key.list')
  assert.deepEqual(
    verdict.keys.filter(({ id }) => id === keyId).map(({ state }) => state),
    ['live'],
    'the ladder says observe: nothing ran',
  )

  const named = await until(async () => {
    const { sources } = await rig.admin.call('source.list')
    return sources.find(({ id }) => id === 'advisories')?.streams[0]?.error ?? undefined
  }, 'the bad file in the health of its stream')
  assert.match(JSON.stringify(named), /broken\.json/)

  await say(rig, 'runner-b', report('runner-b', [{ ecosystem: 'npm', name: 'colourful', version: '2.0.1' }]))
  const bytes = utf8(JSON.stringify(byHand))
  await rig.admin.upload('event.ingest', {
    params: { source: 'advisories' },
    query: { stream: 'records', batch: 'b1' },
    bytes,
  })
  await incidentAbout(rig, 'pkg:npm/colourful')
  const purls = (await incidentsOf(rig)).map(({ trigger }) =>
    trigger.kind === 'artefact' ? trigger.purl : trigger.kind,
  )
  assert.deepEqual(purls.sort(), ['pkg:npm/colourful', 'pkg:pypi/litellm'])
})

test('core killed wherever it may be between a host’s report and its incident: each finding is held once', async () => {
  const { rig, core, hands } = await product
  const random = seededRandom(seed)
  const reader = openReader(join(rig.dir, 'data', storeFile))
  try {
    const held = (): string[] =>
      reader
        .all<{ finding: string }>('SELECT finding FROM incident_finding ORDER BY finding')
        .map(({ finding }) => finding)
    const before = held().length
    assert.equal((await incidentsOf(rig)).length, 2, 'one about each bad package')
    core.child.kill('SIGKILL')
    await core.ended
    const saying: Promise<void>[] = []
    // Each life is also the one that has to finish what the lives before it left.
    for (let n = 0; n < deaths; n++) {
      const way = ways[n % ways.length] ?? 'while it starts'
      const point = way.startsWith('store.') ? `${way}:${1 + seededInt(random, 14)}` : ''
      const life = rig.launch('core', point)
      const said = say(rig, `runner-${n}`, report(`runner-${n}`, [litellm]))
      said.catch(() => undefined)
      saying.push(said)
      if (way !== 'while it starts') await Promise.race([life.ready, life.ended])
      if (way === 'once it is told') await Promise.race([Promise.all(saying), life.ended])
      // A point that is not met becomes an instant.
      const afterMs = point === '' ? seededInt(random, way === 'once it is told' ? 300 : 900) : 3_000
      const timer = setTimeout(() => life.child.kill('SIGKILL'), afterMs)
      assert.equal(await life.ended, 'SIGKILL')
      clearTimeout(timer)
    }
    const life = rig.launch('core')
    await life.ready
    await Promise.all(saying)
    const wanted = before + deaths
    await until(async () => (held().length >= wanted ? true : undefined), 'every host’s finding in an incident')
    await until(
      async () => (reader.get('SELECT 1 FROM finding_waiting') === undefined ? true : undefined),
      'no finding that waits',
    )
    await pause(500)
    assert.equal(new Set(held()).size, held().length, 'none twice')
    assert.equal(held().length, wanted)
    assert.equal((await incidentsOf(rig)).length, 2, 'no incident more')
    for (const one of [hands, life]) {
      one.child.kill('SIGTERM')
      await one.ended
    }
  } finally {
    reader.close()
  }
})
