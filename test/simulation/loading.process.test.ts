import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { CordonError, isObject, systemClock } from '#kit'

import { containOne, ingest, startRig, targetsOf, type Rig } from './product-rig.ts'

/** Against a hang, not a bar: a machine shared with others takes its time. */
const waitMsMax = 90_000
/** Long enough for hands to ask for work, and to be refused, several times over. */
const heldMs = 2_000
const identity = 'identity:people.example:u1'
const resource = 'resource:people.example:table/contractors'
const statement = { edges: [{ src: identity, type: 'CAN_READ', dst: resource, fromMs: 1_774_000_000_000 }] }

/** The graph file of a core that is down, replaced by a pipe: worker D waits on it for as long as the test wants. */
function holdLoading(rig: Rig): { release(): void } {
  const path = join(rig.dir, 'data', 'estate.snapshot')
  rmSync(path, { force: true })
  assert.equal(spawnSync('mkfifo', ['-m', '600', path]).status, 0)
  // A pipe is no graph file: it is refused, and the graph is rebuilt from the edge log.
  return { release: () => closeSync(openSync(path, 'w')) }
}

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const endMs = performance.now() + waitMsMax
  while (!(await isSo())) {
    assert.ok(performance.now() < endMs, `${what} within ${waitMsMax} ms`)
    await systemClock.sleep(100)
  }
}

const reachOf = (rig: Rig) =>
  fetch(`${rig.url}/v1/estate/reach`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rig.adminToken}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(waitMsMax),
    body: JSON.stringify({ from: [identity], types: ['CAN_READ'] }),
  })

test('while the estate loads, events are taken, questions are refused and no act is handed out', async () => {
  const { rig, core, hands } = await startRig(() => 0.5, { losesAnswer: 0, beforeMs: 0, afterMs: 0 })
  try {
    await ingest(rig, 'before', [statement])
    await until('the statement in the estate', async () => (await (await reachOf(rig)).text()).includes(resource))
    hands.child.kill('SIGKILL')
    await hands.ended
    const [target] = targetsOf(rig)
    assert.ok(target !== undefined)
    assert.notEqual((await containOne(rig, target.credential)).length, 0, 'an approved act waits for hands')
    core.child.kill('SIGKILL')
    await core.ended

    const held = holdLoading(rig)
    await Promise.all([rig.launch('core').ready, rig.launch('hands').ready])
    const health = await rig.admin.call('system.health')
    assert.equal(health.status, 'degraded')
    assert.ok(health.estateLoadedPercent < 100)
    assert.equal((await ingest(rig, 'meanwhile', [statement])).accepted, 1)

    const refused = await reachOf(rig)
    const problem: unknown = await refused.json()
    assert.equal(refused.status, 503)
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
    assert.ok(isObject(problem) && problem['code'] === 'ERR_ESTATE_LOADING')
    assert.match(String(problem['detail']), /the estate is loading, \d+ %/)
    const { incidents } = await rig.admin.call('incident.list')
    const [incident] = incidents
    assert.ok(incident !== undefined)
    await assert.rejects(
      rig.admin.call('incident.contain', { params: { incident: incident.id } }),
      (error) => error instanceof CordonError && error.code === 'ERR_ESTATE_LOADING' && error.retryable,
    )
    await systemClock.sleep(heldMs)
    assert.equal(rig.twin.effects.size, 0, 'nobody knows yet what the estate protects')

    held.release()
    await until('the estate', async () => (await rig.admin.call('system.health')).estateLoadedPercent === 100)
    assert.ok((await (await reachOf(rig)).text()).includes(resource))
    await until('the act that waited', () => rig.twin.effects.has(target.effect))
    const { status, head, projected } = await rig.admin.call('system.health')
    assert.deepEqual([status, projected], ['ok', head])
  } finally {
    rig.close()
    rmSync(rig.dir, { recursive: true, force: true })
  }
})
