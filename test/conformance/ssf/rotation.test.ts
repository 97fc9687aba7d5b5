import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { createBell, systemRandom } from '#kit'
import { createKeys } from '#guards'
import { keysWriter } from '#guards/writer'
import { ledgerWriter } from '#ledger/writer'
import { openEventLog } from '#log'
import { logWriter } from '#log/writer'
import { addSignalKey } from '#signals'
import { queueSignals, signalsWriter } from '#signals/writer'
import { sourcesWriter } from '#sources/writer'
import { createKeyFiles, openCoreVault, openHandsVault, retireKey, rotateKey } from '#vault'

import { createHandsDoor } from '../../../src/app/core/hands-door.ts'
import { undoSealOf } from '../../../src/app/hands/undo-seal.ts'
import { createSignalHands, signalContext } from '../../../src/app/hands/signals.ts'
import { moveSecrets } from '../../../src/app/hands/take-over.ts'
import { credential, makeCore } from '../../simulation/respond-world.ts'
import { tenant } from './transmitter-rig.ts'

const stream = 'sgs_1'
const waiting = 210

test('after a rotation of hands the tokens that wait move under the new key, and open once the old one is gone', async () => {
  const home = mkdtempSync(join(tmpdir(), 'cordon-rotation-'))
  const dir = join(home, 'keys')
  createKeyFiles(dir, systemRandom)
  const [coreVault, hands] = [openCoreVault(dir), openHandsVault(dir)]
  const core = makeCore({ modules: [ledgerWriter, signalsWriter, sourcesWriter, logWriter(), keysWriter] })
  const { writer, reader, clock, desk } = core
  const door = createHandsDoor({
    tenant,
    // Only a thread of its own is attached to; here there is none.
    writer: { ...writer, attach: () => assert.fail('no other thread') },
    reader,
    clock,
    desk,
    tracking: {
      work: () => assert.fail('nothing leaves'),
      opening: () => assert.fail('nothing leaves'),
      opened: () => assert.fail('nothing leaves'),
      closedHere: () => assert.fail('nothing leaves'),
      seen: () => assert.fail('nothing leaves'),
    },
    asking: {
      work: () => assert.fail('nothing leaves'),
      putting: () => assert.fail('nothing leaves'),
      put: () => assert.fail('nothing leaves'),
      answered: () => assert.fail('nothing leaves'),
    },
    outputs: { due: () => assert.fail('nothing leaves'), move: () => assert.fail('nothing leaves') },
    log: openEventLog({
      writer,
      reader,
      keys: coreVault.logKeys,
      held: () => Promise.resolve([]),
      afterExpire: () => undefined,
    }),
    keys: createKeys({ writer, reader, clock, random: systemRandom }),
    bell: createBell(),
    scrub: (json) => json,
    feed: () => Promise.reject(new Error('nothing is fed here')),
    health: new Map(),
    spared: () => Promise.resolve([]),
  })
  const signing = createSignalHands(() => hands, [])
  const key = await signing.makeKey()
  await writer.submit(addSignalKey({ tenant, ...key, atMs: 1, retireAtMs: 2 }))
  const queue = (from: number, to: number) => {
    const tokens = Array.from({ length: to - from }, (_, n) => {
      const jti = `t${from + n}`
      const sealed = coreVault.sealer.seal(JSON.stringify({ jti }), signalContext.token(stream, jti))
      return { tenant, stream, jti, type: 'x', sealed, created_at: from + n, attempts: 0 }
    })
    return writer.submit(queueSignals({ tenant, tokens, told: [] }))
  }
  await queue(0, waiting)
  const shut = { tenant, stream, jti: 'shut', type: 'x', sealed: 'nobody opens this', created_at: 1, attempts: 0 }
  await writer.submit(queueSignals({ tenant, tokens: [shut], told: [] }))

  const undos = undoSealOf(() => hands)
  const incident = await core.open([{ target: credential('a') }])
  await core.responder.contain(tenant, incident, 'ann')
  const [action] = await desk.claim('w', 1, 1_000)
  assert.ok(action)
  await desk.attempt(action.id, action.fence, undos.seal('{"profile":"{}"}', action.id))
  const kept = () => reader.get<{ undo_state: string }>('SELECT undo_state FROM action')?.undo_state ?? ''

  rotateKey(dir, 'hands', systemRandom)
  hands.reload()
  // Core has not heard of the new key yet, and seals on under the old one.
  await queue(waiting, waiting + 10)
  assert.equal(await moveSecrets(door.registry, hands), waiting + 10 + 1 + 1)
  await queue(waiting + 10, waiting + 11)
  coreVault.reload()
  assert.equal(await moveSecrets(door.registry, hands), 1, 'what was sealed meanwhile')
  assert.equal(await moveSecrets(door.registry, hands), 0)

  retireKey(dir, 'hands', 'h1', systemRandom)
  hands.reload()
  assert.equal(undos.open(kept(), action.id), '{"profile":"{}"}', 'and so does what an undo needs')
  assert.throws(() => undos.open(kept(), 'act_another1'), { code: 'ERR_VAULT_OPEN' })
  const rows = reader.all<{ jti: string; sealed: string }>('SELECT jti, sealed FROM signal_out ORDER BY created_at')
  const [sealedKey] = await door.registry.signalSecrets()
  assert.ok(sealedKey)
  const signed = await signing.sign({ kid: key.kid, sealed: sealedKey.sealed }, stream, [
    ...rows.slice(0, 3),
    ...rows.slice(-3),
  ])
  assert.deepEqual(
    signed.map(({ jti, token }) => [jti, token !== null]),
    [...rows.slice(0, 3), ...rows.slice(-3)].map(({ jti }) => [jti, jti !== 'shut']),
  )
  rmSync(home, { recursive: true })
})
