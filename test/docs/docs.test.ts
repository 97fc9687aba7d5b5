import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { routes, type RouteSpec } from '#api/contract'
import { serverCommands } from '#cli'
import { isObject, parseOwnJson } from '#kit'

import { offlineCommands } from '../../src/app/offline/index.ts'
import { version } from '../../src/app/version.ts'

const read = (path: string): string => readFileSync(path, 'utf8')
type LockEntry = {
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  version?: string
  hasInstallScript?: boolean
}
const lock = (): Record<string, LockEntry> =>
  parseOwnJson<{ packages: Record<string, LockEntry> }>(read('package-lock.json')).packages

test('every command is in docs/cli.md, with its example, and nothing else is', async () => {
  const page = read('docs/cli.md')
  const commands = [...(await offlineCommands()), ...(await serverCommands())]
  assert.ok(commands.length > 15, 'the gate must see commands')
  for (const { name, example, summary } of commands) {
    assert.ok(page.includes(`### \`cordon ${name}`), `docs/cli.md has no section \`cordon ${name}\``)
    assert.ok(page.includes(example), `docs/cli.md lacks the example of \`${name}\``)
    assert.ok(page.includes(summary), `docs/cli.md lacks the summary of \`${name}\``)
  }
  assert.equal([...page.matchAll(/^### `cordon /gm)].length, commands.length)
})

test('the production packages are those of docs/dependencies.txt, at most 40, none with an install script', () => {
  const packages = lock()
  const found = new Set<string>()
  const walk = (name: string): void => {
    const entry = packages[`node_modules/${name}`]
    if (entry === undefined || found.has(name)) return
    found.add(name)
    assert.ok(entry.hasInstallScript !== true, `${name} has an install script`)
    for (const next of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) walk(next)
  }
  const root = packages['']
  for (const name of Object.keys({ ...root?.dependencies, ...root?.optionalDependencies })) walk(name)
  const listed = read('docs/dependencies.txt')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/)[0] ?? '')
  assert.ok(found.size > 10, 'the gate must see packages')
  assert.ok(found.size <= 40, `${found.size} production packages`)
  assert.deepEqual([...found].sort(), listed.sort())
})

test('direct dependencies are exact versions', () => {
  const manifest = parseOwnJson<unknown>(read('package.json'))
  assert.ok(isObject(manifest))
  for (const field of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    const list = manifest[field]
    assert.ok(isObject(list))
    for (const [name, wanted] of Object.entries(list))
      assert.match(String(wanted), /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${name} ${String(wanted)}`)
  }
})

test('the version is the same everywhere', () => {
  assert.equal(parseOwnJson<{ version: string }>(read('package.json')).version, version)
})

test('every route says its Cedar action, and public ones are few and named here', () => {
  const all = Object.entries<RouteSpec>(routes)
  assert.ok(all.length > 30, 'the gate must see routes')
  for (const [name, { action }] of all) assert.match(action, /^(public|[a-z-]+\.[a-z-]+)$/, name)
  assert.deepEqual(
    all
      .filter(([, { action }]) => action === 'public')
      .map(([name]) => name)
      .sort(),
    // A webhook is let in by its signature.
    ['event.receive', 'reporter.file', 'reporter.show', 'ssf.keys', 'ssf.metadata', 'system.health', 'system.openapi'],
  )
})

test('every setting of cordon.yaml is in docs/deploy.md', () => {
  const page = read('docs/deploy.md')
  const source = read('src/app/config.ts')
  const settings = [...(source.split('z.strictObject({')[1] ?? '').matchAll(/^ {2}(\w+):/gm)].map(
    ([, name]) => name ?? '',
  )
  assert.ok(settings.length >= 5, 'the gate must see settings')
  for (const name of settings) assert.ok(page.includes(`\`${name}`), `docs/deploy.md lacks \`${name}\``)
})

test('no text names a machine, a registry host or how it was made', () => {
  const pages = ['README.md', 'ARCHITECTURE.md', 'STYLE.md', 'SECURITY.md', 'CHANGELOG.md'].filter(
    (page) => page !== '',
  )
  for (const page of pages) assert.doesNotMatch(read(page), /:\/\/registry\.|\/simple\/|\/work\//, page)
})
