import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { loadConfig } from './config.ts'

function withFile(text: string): { cwd: string; file: string } {
  const cwd = mkdtempSync(join(tmpdir(), 'cordon-config-'))
  const file = join(cwd, 'cordon.yaml')
  writeFileSync(file, text)
  return { cwd, file }
}

test('without a file, defaults listen on loopback only', () => {
  const config = loadConfig({ cwd: mkdtempSync(join(tmpdir(), 'cordon-config-')) })
  assert.equal(config.host, '127.0.0.1')
  assert.ok(config.dataDir.endsWith('.cordon'))
})

test('an unknown setting is named with its line', () => {
  const { cwd, file } = withFile('data: ./d\n# a comment\nlissten: 127.0.0.1:1\n')
  assert.throws(() => loadConfig({ cwd }), { message: 'there is no setting `lissten`', place: `${file}:3: lissten` })
})

test('a wrong value inside a list is named with its line', () => {
  const { cwd, file } = withFile(
    'retentionDays: 30\nhooks:\n  isolate: [/bin/run]\n  release: []\n  check: [/bin/run]\n',
  )
  assert.throws(
    () => loadConfig({ cwd }),
    (error: { place: string }) => error.place === `${file}:4: hooks.release`,
  )
})

test('broken YAML is named with line and column', () => {
  const { cwd, file } = withFile('data: [1\nlisten: x\n')
  assert.throws(
    () => loadConfig({ cwd }),
    (error: { place: string; code: string }) =>
      error.code === 'ERR_CONFIG_SYNTAX' && error.place.startsWith(`${file}:`),
  )
})

test('a configuration that is named and missing is not replaced by defaults', () => {
  assert.throws(() => loadConfig({ cwd: '/', file: 'nowhere.yaml' }), { code: 'ERR_CONFIG_READ' })
})

test('command-line options stand above the file', () => {
  const { cwd } = withFile('listen: 127.0.0.1:7000\n')
  assert.equal(loadConfig({ cwd, listen: '127.0.0.1:7001' }).port, 7001)
})

test('a hook is found by its absolute path or not at all', () => {
  const { cwd, file } = withFile('hooks:\n  isolate: [isolate]\n  release: [/bin/run]\n  check: [/bin/run]\n')
  assert.throws(() => loadConfig({ cwd }), { place: `${file}:2: hooks.isolate` })
})
