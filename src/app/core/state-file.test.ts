import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { defaultTenant } from '#model'

import { logKeysOf } from '../../../test/simulation/log-keys.ts'
import { openStateFile, type StateFileOptions } from './state-file.ts'

const secretive = 'tansy.nobody.2@brightwater.example'
/** More than one piece of it. */
const lines = Array.from({ length: 1_600 }, (_, n) =>
  JSON.stringify({ group: `${secretive} ${n}`, rest: 'x'.repeat(700) }),
)

function rig(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-state-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'rules.snapshot')
  const open = (other: Partial<StateFileOptions> = {}) =>
    openStateFile({ path, name: 'rules', tenant: defaultTenant, keys: logKeysOf('example'), ...other })
  return { path, open }
}

test('a state comes back as it was, and lies sealed on disk for its owner alone', (context) => {
  const { path, open } = rig(context)
  open().write(41, lines)
  open().write(42, lines)
  const read = open().read()
  assert.equal(read?.offset, 42)
  assert.deepEqual([...read.lines], lines)
  assert.equal(readFileSync(path, 'latin1').includes('brightwater'), false)
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('what was changed, cut off or belongs elsewhere is no state', (context) => {
  const { path, open } = rig(context)
  assert.equal(open().read(), undefined)
  open().write(42, lines)
  const whole = readFileSync(path)
  for (const other of [{ name: 'behaviour' }, { tenant: 't_other' }, { keys: logKeysOf('another') }] as const)
    assert.equal(open(other).read(), undefined)
  const refused = (bytes: Uint8Array, why: string): void => {
    writeFileSync(path, bytes)
    assert.equal(open().read(), undefined, why)
  }
  for (let n = 0; n < 8; n++) {
    const [changed, at] = [Buffer.from(whole), Math.floor(((whole.length - 1) * n) / 7)]
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
    refused(changed, `byte ${at} changed`)
  }
  const first = whole.indexOf('\n') + 1
  const second = first + 4 + (whole.readUInt32BE(first) & 0x7fffffff)
  assert.ok(second < whole.length, 'there are several pieces')
  for (const end of [0, 10, first, second - 1, second, whole.length - 1])
    refused(whole.subarray(0, end), `cut off at ${end}`)
  refused(Buffer.from(whole.toString('latin1').replace('"offset":42', '"offset":41'), 'latin1'), 'another offset')
  const last = Buffer.concat([whole.subarray(0, second)])
  last.writeUInt32BE(last.readUInt32BE(first) + 0x80000000, first)
  refused(last, 'said to end after its first piece')
  refused(Buffer.from(`{"offset":42}\n${lines.join('\n')}\n`), 'in plain')
})
