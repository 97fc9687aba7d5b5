import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'

import { isObject, parseOwnJson } from '#kit'

const entries = [
  'src/app/main.ts',
  'console/main.ts',
  'src/app/writer-thread.ts',
  'src/app/backtest-thread.ts',
  'src/app/estate-thread.ts',
  'lab/src/main.ts',
  'lab/estate/main.ts',
]
const specifier = /(?:from|import)\s*\(?\s*'([^'\n]+)'/g

type Manifest = { imports: Record<string, { source: string }>; dependencies: Record<string, string> }
const manifest = parseOwnJson<Manifest>(readFileSync('package.json', 'utf8'))

/** Where a specifier leads inside this repository; undefined for packages and Node's own modules. */
function fileOf(from: string, to: string): string | undefined {
  if (to.startsWith('.')) return normalize(join(dirname(from), to))
  const whole = manifest.imports[to]?.source
  if (whole !== undefined) return normalize(whole)
  for (const [pattern, { source }] of Object.entries(manifest.imports)) {
    const [head = ''] = pattern.split('*')
    if (pattern.includes('*') && to.startsWith(head)) return normalize(source.replace('*', to.slice(head.length)))
  }
  return to.startsWith('cordon/')
    ? normalize(`src/${to === 'cordon/contract' ? 'api/contract' : to.slice(7)}/index.ts`)
    : undefined
}

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(specifier)].map(([, to]) => to ?? '')

function reach(from: readonly string[]): Set<string> {
  const seen = new Set<string>(from)
  const open = [...from]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const to of importsOf(file)) {
      const next = fileOf(file, to)
      if (next === undefined || seen.has(next) || !next.endsWith('.ts') || !existsSync(next)) continue
      seen.add(next)
      open.push(next)
    }
  }
  return seen
}

test('no source file is dead: the processes, the lab or a test lead to each', () => {
  const tests = globSync([
    '{src,console,test,lab/src,lab/twins,lab/estate}/**/*.test.ts',
    'bench/*.ts',
    'test/systems/*.ts',
    'scripts/*.ts',
    'lab/src/hosts/*.ts',
    'test/simulation/*.ts',
  ])
  const all = globSync(['{src,console}/**/*.ts', 'lab/{src,twins,estate}/**/*.ts']).filter(
    (file) => !/\.(test|d)\.ts$/.test(file),
  )
  const seen = reach([...entries, ...tests])
  assert.ok(all.length > 150, 'the gate must see files')
  assert.deepEqual(
    all.filter((file) => !seen.has(file)),
    [],
  )
})

test('the product imports only packages it lists', () => {
  const listed = new Set(Object.keys(manifest.dependencies))
  const files = globSync('{src,console}/**/*.ts').filter((file) => !file.endsWith('.test.ts'))
  const foreign = files.flatMap((file) =>
    importsOf(file).filter((to) => /^[@a-z]/.test(to) && !to.startsWith('node:') && !to.startsWith('cordon/')),
  )
  const names = new Set(
    foreign.map((to) =>
      to
        .split('/')
        .slice(0, to.startsWith('@') ? 2 : 1)
        .join('/'),
    ),
  )
  assert.ok(names.size > 4, 'the gate must see imports')
  assert.deepEqual([...names].filter((name) => !listed.has(name) && !builtinModules.includes(name)).sort(), [])
  assert.deepEqual([...listed].filter((name) => !names.has(name)).sort(), [])
  assert.ok(isObject(manifest.imports))
})
