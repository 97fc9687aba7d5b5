// The reporter's list against the ecosystems' own: a real `pip install` in a real venv, a real `npm install`. Both take
// one small package each through the machine's configured registries.
import assert from 'node:assert/strict'
import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { normalizePypiName } from '#model'

import { report } from './reporter/cordon-host-report.mjs'

const run = (program: string, args: readonly string[], cwd: string): SpawnSyncReturns<string> =>
  spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 180_000 })

test('npm: the list is that of `npm ls`, with times inside the install', (context) => {
  const root = mkdtempSync(join(tmpdir(), 'cordon-npm-'))
  try {
    const beforeMs = Date.now()
    run('npm', ['init', '-y'], root)
    const install = run('npm', ['install', '--ignore-scripts', '--no-audit', 'express@5.2.1', '@scure/base'], root)
    if (install.status !== 0) return context.skip('npm install does not work here')
    const afterMs = Date.now()
    const names = new Set<string>()
    type Tree = { version?: string; dependencies?: Record<string, Tree> }
    const collect = (tree: Tree): void => {
      for (const [name, entry] of Object.entries(tree.dependencies ?? {})) {
        if (entry.version !== undefined) names.add(`${name}@${entry.version}`)
        collect(entry)
      }
    }
    collect(JSON.parse(run('npm', ['ls', '--all', '--json'], root).stdout) as Tree)
    const found = report({ root, hostId: 'lab' })
    assert.ok(names.size > 20)
    assert.deepEqual(new Set(found.packages.map(({ name, version }) => `${name}@${version}`)), names)
    for (const { name, installedAtMs } of found.packages) {
      assert.ok(installedAtMs >= beforeMs - 1_000 && installedAtMs <= afterMs, name)
    }
    assert.equal(found.complete, true)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})

test('PyPI: the list is that of `pip list`, with times inside the install', (context) => {
  const root = mkdtempSync(join(tmpdir(), 'cordon-pip-'))
  try {
    if (run('python3', ['-m', 'venv', 'venv'], root).status !== 0) return context.skip('no python3 with venv here')
    const pip = join(root, 'venv', 'bin', 'python')
    const beforeMs = Date.now()
    const install = run(
      pip,
      ['-m', 'pip', 'install', '--disable-pip-version-check', 'iniconfig==2.0.0', 'PyYAML'],
      root,
    )
    if (install.status !== 0) return context.skip('pip install does not work here')
    const listed = JSON.parse(run(pip, ['-m', 'pip', 'list', '--format', 'json'], root).stdout) as {
      name: string
      version: string
    }[]
    const spell = (name: string, version: string): string => `${normalizePypiName(name)}@${version}`
    const found = report({ root, hostId: 'lab' })
    assert.deepEqual(
      found.packages.map(({ name, version }) => spell(name, version)).sort(),
      listed.map(({ name, version }) => spell(name, version)).sort(),
    )
    const fresh = found.packages.find(({ name }) => name === 'iniconfig')
    assert.ok(fresh !== undefined && fresh.installedAtMs >= beforeMs - 1_000 && fresh.installedAtMs <= Date.now())
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})
