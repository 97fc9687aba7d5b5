import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { loadSigma } from '#detect/sigma'
import { defaultTenant } from '#model'

import { logKeysOf } from '../../../test/simulation/log-keys.ts'
import { openRuleCache, sigmaEngineId } from './rule-cache.ts'
import { openStateFile, type StateFileOptions } from './state-file.ts'

const ruleOf = (id: string, act = 'list'): { place: string; text: string } => ({
  place: `${id}.yml`,
  text: `title: ${id}\nid: ${id}\nlogsource: { product: lab }\ndetection: { s: { act: ${act} }, condition: s }\n`,
})
const two = [ruleOf('brightwater-a'), ruleOf('b')]

function rig(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-cache-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'rules.cache')
  /** How many of the files came out of the cache. */
  const load = (sources = two, other: Partial<StateFileOptions> = {}, engine = 'engine 1'): number => {
    const keys = logKeysOf('example')
    const file = openStateFile({ path, name: 'rule cache', tenant: defaultTenant, keys, ...other })
    const cache = openRuleCache(file, engine)
    let found = 0
    const { rules, refused } = loadSigma(
      sources,
      {},
      {
        find(key) {
          const stored = cache.find(key)
          if (stored !== undefined) found++
          return stored
        },
        keep: (key, stored) => cache.keep(key, stored),
      },
    )
    assert.deepEqual([rules.length, refused], [sources.length, []])
    cache.save()
    return found
  }
  return { path, load }
}

test('rules that were read once are found, sealed, by their owner alone', (context) => {
  const { path, load } = rig(context)
  assert.deepEqual([load(), load()], [0, 2])
  assert.equal(readFileSync(path, 'latin1').includes('brightwater'), false)
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('a changed file is read anew, the others are not, and what is gone is forgotten', (context) => {
  const { path, load } = rig(context)
  load()
  const changed = [ruleOf('brightwater-a', 'read'), ruleOf('b')]
  assert.deepEqual([load(changed), load(changed)], [1, 2])
  const { mtimeMs, ino } = statSync(path)
  load(changed)
  assert.deepEqual([statSync(path).mtimeMs, statSync(path).ino], [mtimeMs, ino], 'written only where something differs')
  assert.equal(load([ruleOf('b')]), 1)
  assert.equal(load(changed), 1)
})

test('what was changed, cut off, foreign or made by another engine is no cache, and is made anew', (context) => {
  const { path, load } = rig(context)
  load()
  const whole = readFileSync(path)
  const foreign = { keys: logKeysOf('another') }
  assert.deepEqual([load(two, foreign), load(two, foreign)], [0, 2])
  for (const other of [{ name: 'rules' }, { tenant: 't_other' }] as const) {
    writeFileSync(path, whole)
    assert.equal(load(two, other), 0)
  }
  writeFileSync(path, whole)
  assert.deepEqual([load(two, {}, 'engine 2'), load(two, {}, 'engine 2'), load()], [0, 2, 0])
  for (let n = 0; n < 8; n++) {
    const [broken, at] = [Buffer.from(whole), Math.floor(((whole.length - 1) * n) / 7)]
    broken.writeUInt8(broken.readUInt8(at) ^ 1, at)
    writeFileSync(path, broken)
    assert.equal(load(), 0, `byte ${at} changed`)
    assert.equal(load(), 2, 'made anew')
    writeFileSync(path, whole.subarray(0, at))
    assert.equal(load(), 0, `cut off at ${at}`)
  }
  writeFileSync(path, whole)
  assert.equal(load(), 2, 'which was whole all along')
})

test('an engine whose code changed is another, and a test of it is no code', (context) => {
  const folder = join(rig(context).path, '..')
  const idAfter = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return sigmaEngineId([folder])
  }
  const ids = [idAfter('load.ts', '1'), idAfter('load.test.ts', '1'), idAfter('load.ts', '2'), idAfter('more.js', '')]
  assert.deepEqual(
    ids.map((id) => ids.indexOf(id)),
    [0, 0, 2, 3],
  )
  assert.notEqual(sigmaEngineId(), sigmaEngineId([]), 'its own code is found')
})
