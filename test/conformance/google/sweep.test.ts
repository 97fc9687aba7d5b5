import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededRandom } from '#kit'
import { defaultTenant } from '#model'

import { mortal } from './fate.ts'
import { openSweep } from './sweep-rig.ts'

const links = 32

test('a sweep whose hands die again and again closes each link once, names the refused one, and undo restores every link exactly', async (t) => {
  const random = seededRandom(11)
  const fate = mortal(() => 20 + Math.floor(random() * 70))
  const sweep = await openSweep(links, 5, fate)
  t.after(() => sweep.close())
  const { rig, desk, responder } = sweep
  const before = sweep.held()
  // A folder above gives this one: it cannot be taken from the file alone.
  const [inherited] = [...(rig.world.files.get('file-7')?.permissions.values() ?? [])]
  assert.ok(inherited)
  inherited.isInherited = true

  const { batches } = await desk.fix({ what: { kind: 'link-anyone', max: 10_000 }, dryRun: false }, 'ada')
  const incidents = batches.flatMap(({ incident }) => incident ?? [])
  assert.deepEqual([incidents.length, batches[0]?.things.length], [1, links])
  assert.deepEqual(sweep.held(), before, 'nothing happens without approval')
  for (const incident of incidents) await sweep.approve(incident)
  const [swept] = await sweep.settle(incidents)
  assert.ok(swept)
  const closed = sweep.held()
  const open = Object.keys(closed).filter((id) => closed[id]?.length !== 0)
  assert.deepEqual(open, ['file-7'], 'all but the refused one are closed')
  const left = swept.actions.filter(({ state }) => state !== 'contained')
  assert.deepEqual(
    left.map(({ target }) => target.endsWith('/file-7')),
    [true],
  )
  assert.match(left[0]?.lastError ?? '', /cannotDeletePermission/)
  assert.equal(rig.twin.files.counts.taken, links - 1, 'no link is taken twice')
  const killed = fate.deaths()
  assert.ok(killed >= 3, `${killed} deaths`)

  for (const { id, state } of swept.actions) if (state === 'contained') await responder.undo(defaultTenant, id, 'ada')
  await sweep.settle(incidents)
  assert.deepEqual(sweep.held(), before, 'role, kind of link and whether it is found')
  assert.equal(rig.twin.files.counts.given, links - 1, 'no link is given twice')
  assert.ok(fate.deaths() > killed, 'they died on the way back, too')
  assert.equal(rig.twin.files.counts.limited, 0, 'Google never had to say that it was too fast')
})
