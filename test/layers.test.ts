import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'

/** Who may import whom (ARCHITECTURE.md). `contract` stands for `#sources/contract` and `#respond/contract`. */
const may: Record<string, readonly string[]> = {
  kit: [],
  model: ['kit'],
  store: ['kit'],
  vault: ['kit', 'model', 'store'],
  log: ['kit', 'model', 'store', 'vault'],
  ledger: ['kit', 'model', 'store', 'vault'],
  classify: ['kit', 'model'],
  policy: ['kit', 'model'],
  sources: ['kit', 'model', 'store', 'log', 'vault', 'classify', 'sources/contract'],
  'sources/contract': ['kit', 'model'],
  project: ['kit', 'model', 'classify'],
  estate: ['kit', 'model', 'store', 'log'],
  detect: ['kit', 'model', 'estate', 'classify'],
  people: ['kit', 'model', 'estate'],
  posture: ['kit', 'model', 'store', 'estate', 'people'],
  access: ['kit', 'model', 'estate'],
  identities: ['kit', 'model', 'store', 'estate', 'people', 'posture'],
  controls: ['kit', 'model', 'store', 'posture'],
  vendors: ['kit', 'model', 'store', 'classify', 'estate', 'people', 'posture'],
  trim: ['kit', 'model', 'estate'],
  leases: ['kit', 'model', 'store'],
  reviews: ['kit', 'model', 'store', 'estate', 'access'],
  reports: ['kit', 'model', 'estate', 'respond'],
  respond: ['kit', 'model', 'store', 'people', 'estate', 'ledger', 'policy', 'respond/contract'],
  'respond/contract': ['kit', 'model'],
  connectors: ['kit', 'model', 'classify', 'sources/contract', 'respond/contract'],
  guards: [
    'kit',
    'model',
    'store',
    'log',
    'estate',
    'classify',
    'policy',
    'vault',
    'sources/contract',
    'respond/contract',
  ],
  scim: ['kit', 'model', 'store', 'vault'],
  signals: ['kit', 'model', 'store'],
  outputs: ['kit', 'model', 'store'],
  api: [
    'kit',
    'model',
    'store',
    'vault',
    'log',
    'ledger',
    'policy',
    'sources',
    'estate',
    'detect',
    'respond',
    'classify',
    'scim',
    'signals',
    'people',
    'posture',
    'access',
    'identities',
    'controls',
    'trim',
    'leases',
    'reviews',
    'reports',
    'api/contract',
  ],
  'api/contract': ['kit', 'model'],
  cli: ['kit', 'model', 'api/contract'],
}
const importers = new Set([...Object.keys(may), 'app'])
const specifier =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|(?:^|\n)\s*import\s*'([^']+)'/g

function ownerOf(file: string): string {
  const [, folder = '', second = ''] = file.split('/')
  return second === 'contract' ? `${folder}/contract` : folder
}

export function violations(file: string, text: string): string[] {
  const owner = ownerOf(file)
  if (owner === 'app') return []
  if (!importers.has(owner)) return [`${file}: \`${owner}\` is no module of ARCHITECTURE.md`]
  const found: string[] = []
  for (const [, fromPath, dynamicPath, barePath] of text.matchAll(specifier)) {
    const to = fromPath ?? dynamicPath ?? barePath ?? ''
    if (to.startsWith('#')) {
      // `#model/ocsf` is the part of the model that only who validates loads.
      const [module = ''] = /^(?:connectors|model)(?=\/)/.exec(to.slice(1)) ?? [to.slice(1)]
      if (module !== owner && !(may[owner] ?? []).includes(module)) found.push(`${file}: ${owner} may not import ${to}`)
    } else if (to.startsWith('.')) {
      const depth = file.split('/').length - (owner === 'connectors' || owner.endsWith('/contract') ? 4 : 3)
      const ups = to.split('/').filter((part) => part === '..').length
      if (ups > depth) found.push(`${file}: ${to} leaves its module`)
    }
  }
  return found
}

test('imports flow one way', () => {
  const files = globSync('src/**/*.ts').filter((file) => !file.endsWith('.test.ts'))
  assert.ok(files.length > 40, 'the gate must see files')
  assert.deepEqual(
    files.flatMap((file) => violations(file, readFileSync(file, 'utf8'))),
    [],
  )
})

test('the layer gate can fail', () => {
  assert.equal(violations('src/model/x.ts', "import { a } from '#respond'\n").length, 1)
  assert.equal(violations('src/log/x.ts', "import { a } from '../estate/graph.ts'\n").length, 1)
  assert.equal(violations('src/connectors/oidc/x.ts', "import { a } from '../postgres/index.ts'\n").length, 1)
  assert.equal(violations('src/utils/x.ts', '').length, 1)
  assert.equal(violations('src/connectors/oidc/x.ts', "import { a } from './client.ts'\n").length, 0)
})

/** The first circle among files that import each other, types included; undefined when there is none. */
export function circle(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const next of imports.get(file) ?? []) {
      const found = walk(next, [...path, file])
      if (found !== undefined) return found
    }
    done.add(file)
    return undefined
  }
  for (const file of imports.keys()) {
    const found = walk(file, [])
    if (found !== undefined) return found
  }
  return undefined
}

test('no files import each other in a circle, not even for a type', () => {
  const files = globSync('src/**/*.ts').filter((file) => !file.endsWith('.test.ts'))
  const near = /from\s*'(\.[^']+)'/g
  const imports = new Map(
    files.map((file) => [
      file,
      [...readFileSync(file, 'utf8').matchAll(near)].map(([, to]) => normalize(join(dirname(file), to ?? ''))),
    ]),
  )
  assert.ok([...imports.values()].flat().length > 400, 'the gate must see imports')
  assert.equal(circle(imports), undefined)
  const [a, b, c] = ['a.ts', 'b.ts', 'c.ts']
  assert.deepEqual(
    circle(
      new Map([
        [a, [b]],
        [b, [c]],
        [c, [b]],
      ]),
    ),
    [b, c, b],
  )
})

/** What the prober says is held against what Cordon says: it may know nothing of Cordon, nor of how a twin decides. */
export const proberFaults = (file: string, text: string): string[] =>
  [...text.matchAll(specifier)].flatMap(([, fromPath, dynamicPath, barePath]) => {
    const to = fromPath ?? dynamicPath ?? barePath ?? ''
    return /^node:|^\.\/[^/]+$/.test(to) ? [] : [`${file}: the prober may not import ${to}`]
  })

test('the prober shares no code with Cordon', () => {
  const files = globSync('lab/estate/prober/*.ts').filter((file) => !file.endsWith('.test.ts'))
  assert.ok(files.length > 3, 'the gate must see files')
  assert.deepEqual(
    files.flatMap((file) => proberFaults(file, readFileSync(file, 'utf8'))),
    [],
  )
  for (const to of ['#respond', 'cordon/kit', '../../twins/aws/caller.ts', '../../../src/kit/index.ts']) {
    assert.equal(proberFaults('x.ts', `import { a } from '${to}'\n`).length, 1, to)
  }
})

/** The browser holds what an administrator may do: it knows the contract, as types, and one small library. */
export const consoleFaults = (file: string, text: string): string[] =>
  [...text.matchAll(/(?:^|\n)(import|export)(\s+type)?\b[^'"`;]*?from\s*'([^']+)'|\bimport\(/g)].flatMap((found) => {
    const [whole, , type, to] = found
    const depth = file.split('/').length - 2
    const isOwn =
      to !== undefined && to.startsWith('.') && to.split('/').filter((part) => part === '..').length <= depth
    const isLibrary = to === 'preact' || to === 'preact/hooks'
    const isContract = to === '#api/contract' && type !== undefined
    return isOwn || isLibrary || isContract ? [] : [`${file}: the console may not have \`${whole.trim()}\``]
  })

test('the console sees the contract of the API, as types, and nothing else of Cordon', () => {
  const files = globSync('console/**/*.ts').filter((file) => !file.endsWith('.test.ts'))
  assert.ok(files.length > 15, 'the gate must see files')
  assert.deepEqual(
    files.flatMap((file) => consoleFaults(file, readFileSync(file, 'utf8'))),
    [],
  )
  for (const bad of [
    "import { routes } from '#api/contract'",
    "import type { Trigger } from '#model'",
    "import { readFileSync } from 'node:fs'",
    "import { a } from '../src/kit/index.ts'",
    "const a = await import('./a.ts')",
  ]) {
    assert.equal(consoleFaults('console/x.ts', `${bad}\n`).length, 1, bad)
  }
  assert.equal(consoleFaults('console/parts/x.ts', "import { a } from '../a.ts'\n").length, 0)
})
