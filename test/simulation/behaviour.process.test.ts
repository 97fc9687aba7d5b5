import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { test } from 'node:test'

import { seededRandom, systemClock } from '#kit'
import { entityId } from '#model'

import { authorityOf, ingest, startRig } from './product-rig.ts'

const day = 86_400_000
const hour = 3_600_000
const waitMs = 60_000
const startMs = Math.floor(systemClock.nowMs() / day) * day - 33 * day

async function until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  const endMs = performance.now() + waitMs
  for (;;) {
    const found = await look().catch(() => undefined)
    if (found !== undefined) return found
    assert.ok(performance.now() < endMs, `still waiting: ${what}`)
    await systemClock.sleep(100)
  }
}

test('somebody who reads at night, from elsewhere, for many times the records is one finding and one incident', async (context) => {
  const { rig } = await startRig(seededRandom(5), { losesAnswer: 0, beforeMs: 1, afterMs: 1 })
  context.after(() => {
    rig.close()
    rmSync(rig.dir, { recursive: true, force: true })
  })
  const identity = entityId('identity', authorityOf(rig), 'x0')
  const use = (atMs: number, records: number, origin: string) => ({
    time: new Date(atMs).toISOString(),
    touches: [{ identity, resource: 'resource:people.example:table/people', verb: 'read', atMs, records, origin }],
  })
  const month = Array.from({ length: 31 }, (_, n) => startMs + n * day).flatMap((ms) =>
    Array.from({ length: 8 }, (_, n) => use(ms + (8 + n) * hour, 100, '192.0.2.1')),
  )
  const theft = Array.from({ length: 20 }, (_, n) =>
    use(startMs + 31 * day + 2 * hour + n * 60_000, 2_000, '203.0.113.9'),
  )
  await ingest(rig, 'month', month)
  await ingest(rig, 'theft', [...theft, use(startMs + 33 * day, 100, '192.0.2.1')])
  const { admin } = rig
  const finding = await until(async () => {
    const { findings } = await admin.call('finding.list', { query: { rule: 'behaviour.unlike-itself' } })
    return findings[0]
  }, 'a finding')
  assert.equal(finding.entities[0], identity)
  assert.match(finding.reasons.join('\n'), /first-seen.network: .*`203\.0\.113\.0\/24`/)
  const incident = await until(async () => {
    const { incidents } = await admin.call('incident.list')
    return incidents.find(({ plan }) => plan !== null)
  }, 'its incident')
  assert.deepEqual([incident.trigger, incident.findings], [{ kind: 'identity', identity }, [finding.id]])

  const show = async () => (await admin.call('behaviour.show', { query: { of: identity } })).realms[0]
  const frozen = await until(async () => {
    const one = await show()
    return one !== undefined && one.frozenBy.length > 0 ? one : undefined
  }, 'what its incident freezes')
  assert.deepEqual([frozen.isWarm, frozen.frozenBy], [true, [incident.id]])
  assert.equal((await admin.call('behaviour.list')).actors[0]?.entity, identity)
})
