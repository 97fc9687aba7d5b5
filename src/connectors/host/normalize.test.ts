import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Json } from '#kit'
import { entityId, hardwareEntities, type Normalized } from '#model'
import { validateOcsf } from '#model/ocsf'
import type { NormalizeInput } from '#sources/contract'

import { hostConnector } from './index.ts'
import { wrapListing } from './listing.ts'
import { earlierReportNote, normalize } from './normalize.ts'
import { fillOmitted } from './omitted.ts'
import type { HostReport } from './reporter/cordon-host-report.mjs'

const arrivedAtMs = Date.UTC(2026, 2, 24, 12)
const takenAtMs = arrivedAtMs - 60_000
const day = 86_400_000
const run = (raw: Json, at = arrivedAtMs): Normalized => {
  const input: NormalizeInput = {
    stream: 'report',
    raw,
    eventAtMs: null,
    arrivedAtMs: at,
    source: 'hosts',
    authority: 'host',
  }
  const out = normalize(input)
  assert.deepEqual(out.ocsf.flatMap(validateOcsf), [])
  return out
}
const fingerprint = `fp:k1.${'A'.repeat(43)}`
const access = {
  mode: '0600',
  uid: 0,
  readableBy: 'owner' as const,
  modifiedAtMs: takenAtMs - day,
  createdAtMs: takenAtMs - 2 * day,
}
const base: HostReport = {
  version: 1,
  host: { id: 'lab-1', from: 'given' },
  takenAtMs,
  complete: true,
  packages: [
    {
      ecosystem: 'pypi',
      name: 'Lite_LLM',
      version: '1.82.8',
      path: '/venv/a',
      installedAtMs: takenAtMs - 5_000,
      state: 'installed',
    },
    { ecosystem: 'npm', name: '@s/n', version: '1.0.0', path: '/c', installedAtMs: takenAtMs - 5_000, state: 'cached' },
  ],
  credentials: [
    { kind: 'npm', path: '/root/.npmrc', ...access, sha256: fingerprint, name: '_authToken' },
    { kind: 'database', path: '/root/.pgpass', ...access },
    { kind: 'environment-file', path: '/srv/.env', ...access, keyId: 'k7abcdef' },
    { kind: 'aws', path: '/root/.aws/credentials', ...access, accessKeyId: 'AKIAEXAMPLEEXAMPLE12' },
    {
      kind: 'service-account',
      path: '/run/t',
      ...access,
      sha256: `fp:k1.${'B'.repeat(43)}`,
      jwt: { selfContained: true, exp: 1_800_000_000 },
    },
  ],
  hints: [],
  truncated: [],
  tookMs: 1,
}
const json = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json
const host = 'host:host:lab-1'

test('a report becomes packages installed on, and credentials stored on, its host', () => {
  const { edges, facts, snapshot, ocsf } = run(json(base))
  assert.deepEqual(
    edges.map(({ src, type, dst, conditional }) => [src, type, dst, conditional ?? false]),
    [
      ['package:pypi:lite-llm@1.82.8', 'INSTALLED_ON', host, false],
      ['package:npm:@s/n@1.0.0', 'INSTALLED_ON', host, true],
      [host, 'STORES', entityId('credential', 'fp', `k1.${'A'.repeat(43)}`), false],
      [host, 'STORES', 'credential:host:lab-1/root/.pgpass', false],
      [host, 'STORES', 'credential:cordon:k7abcdef', false],
      [host, 'STORES', 'credential:aws:AKIAEXAMPLEEXAMPLE12', false],
      [host, 'STORES', entityId('credential', 'fp', `k1.${'B'.repeat(43)}`), false],
    ],
  )
  const [installed, , stored] = edges
  assert.deepEqual(installed?.op === 'span' && [installed.fromMs, installed.toMs], [takenAtMs - 5_000, null])
  assert.equal(stored?.op === 'span' && stored.fromMs, takenAtMs - 2 * day)
  assert.equal(stored?.note, '/root/.npmrc · _authToken')
  const of = (entity: string) => facts.find((fact) => fact.entity === entity)?.attributes
  assert.deepEqual(of('package:pypi:lite-llm@1.82.8'), { type: 'pypi', name: 'lite-llm', version: '1.82.8' })
  assert.deepEqual(of('credential:host:lab-1/root/.pgpass')?.['kind'], 'file')
  const token = of(entityId('credential', 'fp', `k1.${'B'.repeat(43)}`))
  assert.deepEqual(
    [token?.['kind'], token?.['selfContained'], token?.['expiresAtMs']],
    ['token', true, 1_800_000_000_000],
  )
  assert.equal(of('credential:aws:AKIAEXAMPLEEXAMPLE12'), undefined, 'the vendor states the facts of its credentials')
  assert.deepEqual(snapshot, { id: `lab-1/${takenAtMs}`, part: 0, complete: true, takenAtMs: arrivedAtMs, scope: host })
  assert.equal(ocsf[0]?.class_uid, 5020)
})

test('a part is normalised like a whole, and keeps its place in the snapshot', () => {
  const { snapshot, edges } = run(json({ snapshot: { id: 'x', part: 1, complete: false, takenAtMs }, rows: base }))
  assert.deepEqual([snapshot?.id, snapshot?.part, snapshot?.complete], ['x', 1, false])
  assert.equal(edges.length, 7)
})

test('a host cannot end an edge in the past, begin one in the future, or speak of times to come', () => {
  const late = {
    ...base,
    takenAtMs: arrivedAtMs + 10 * day,
    packages: [{ ...base.packages[0], installedAtMs: arrivedAtMs + day }],
  }
  const { edges, snapshot, facts } = run(json(late))
  assert.equal(edges[0]?.op === 'span' && edges[0].fromMs, arrivedAtMs)
  assert.ok(facts.every(({ observedAtMs }) => observedAtMs <= arrivedAtMs))
  const early = run(json({ ...base, takenAtMs: 1_000, credentials: [] }))
  assert.equal(
    early.snapshot?.takenAtMs,
    arrivedAtMs,
    'what it omits closes when it arrived, not when it says it was taken',
  )
  assert.equal(snapshot?.takenAtMs, arrivedAtMs)
})

test('rows of no known shape are dropped and counted; a secret hash that the intake missed makes no id', () => {
  const { edges, ocsf } = run(
    json({
      ...base,
      packages: [null, { ecosystem: 'npm' }, base.packages[0]],
      credentials: [{ ...base.credentials[0], sha256: `sha256:${'a'.repeat(64)}` }, { kind: 7 }],
    }),
  )
  assert.deepEqual(
    edges.map(({ dst }) => dst),
    [host, 'credential:host:lab-1/root/.npmrc'],
  )
  assert.equal(ocsf[0]?.unmapped?.['rowsDropped'], 3)
})

test('the same credential twice is one edge with the earliest time', () => {
  const twice = {
    ...base,
    packages: [],
    credentials: [base.credentials[0], { ...base.credentials[0], path: '/b', createdAtMs: 5_000 }],
  }
  const { edges } = run(json(twice))
  assert.equal(edges.length, 1)
  assert.equal(edges[0]?.op === 'span' && edges[0].fromMs, 5_000)
})

test('a record of no known shape is counted as unmapped', () => {
  for (const raw of [null, 7, {}, { version: 2 }, { host: '-x', format: 'pip-list', document: [] }]) {
    const { edges, unmapped } = run(raw)
    assert.deepEqual([edges.length, typeof unmapped], [0, 'string'])
  }
})

test('what a later report omits is taken from the earlier one and marked', () => {
  const later = { ...base, takenAtMs: takenAtMs + 1, packages: base.packages.slice(1), credentials: [] }
  const filled = fillOmitted(later, base)
  assert.equal(filled.credentials.length, base.credentials.length)
  const { edges } = run(json(filled))
  const marked = edges
    .filter(({ note }) => note?.endsWith(earlierReportNote))
    .map(({ src, dst }) => (src === host ? dst : src))
  assert.equal(marked.length, 6)
  assert.ok(marked.includes('package:pypi:lite-llm@1.82.8') && !marked.includes('package:npm:@s/n@1.0.0'))
  assert.equal(
    fillOmitted({ ...later, host: { id: 'lab-2', from: 'given' } }, base).credentials.length,
    0,
    'hosts are not mixed',
  )
})

const bom = (specVersion: string): Json => ({
  bomFormat: 'CycloneDX',
  specVersion,
  metadata: { timestamp: '2026-03-24T11:00:00Z', properties: [{ name: 'cordon:host', value: 'lab-1' }] },
  components: [
    { type: 'library', name: 'litellm', purl: 'pkg:pypi/litellm@1.82.7' },
    {
      type: 'library',
      name: 'x',
      purl: 'pkg:npm/%40s/x@2.0.0',
      components: [{ type: 'library', name: 'y', purl: 'pkg:npm/y@3.0.0' }],
    },
    { type: 'library', name: 'no-version', purl: 'pkg:npm/z' },
    { type: 'library', name: 'bad', purl: 'nonsense' },
    { type: 'operating-system', name: 'debian' },
  ],
})

test('CycloneDX components become declared packages of the host it names', () => {
  for (const version of ['1.5', '1.6', '1.7']) {
    const { edges, snapshot, ocsf } = run(bom(version))
    assert.deepEqual(
      edges.map(({ src, confidence }) => [src, confidence]),
      [
        ['package:pypi:litellm@1.82.7', 'declared'],
        ['package:npm:@s/x@2.0.0', 'declared'],
        ['package:npm:y@3.0.0', 'declared'],
      ],
    )
    assert.equal(snapshot?.scope, `${host}#cyclonedx:`)
    assert.equal(ocsf[0]?.time, Date.UTC(2026, 2, 24, 11))
    assert.equal(ocsf[0]?.unmapped?.['rowsDropped'], 2)
  }
})

const lock = JSON.stringify({
  lockfileVersion: 3,
  packages: {
    '': { name: 'root', version: '1.0.0' },
    'packages/own': { version: '1.0.0' },
    'node_modules/own': { resolved: 'packages/own', link: true },
    'node_modules/@s/x': { version: '2.0.0' },
    'node_modules/a/node_modules/b': { version: '3.0.0' },
    'node_modules/alias': { name: 'real', version: '4.0.0' },
  },
})

test('lock files and environment listings are recognised from their text', () => {
  const packages = (text: string): [string | undefined, string[]] => {
    const listing = wrapListing('lab-1', text, '/srv/app')
    if (listing === undefined) return [undefined, []]
    return [
      listing.format,
      run(json(listing)).edges.map(({ src, confidence }) => `${src.slice('package:'.length)} ${confidence}`),
    ]
  }
  assert.deepEqual(packages(lock), [
    'npm-lock',
    ['npm:@s/x@2.0.0 declared', 'npm:b@3.0.0 declared', 'npm:real@4.0.0 declared'],
  ])
  assert.deepEqual(
    packages('{"lockfileVersion":1,"dependencies":{"a":{"version":"1.0.0","dependencies":{"b":{"version":"2.0.0"}}}}}'),
    ['npm-lock', ['npm:a@1.0.0 declared', 'npm:b@2.0.0 declared']],
  )
  assert.deepEqual(
    packages(
      '# made\n-e git+https://x/y#egg=y\nlitellm==1.82.7\nrich[all]==13.0 ; python_version > "3"\nz @ file:///z\n',
    ),
    ['pip-freeze', ['pypi:litellm@1.82.7 observed', 'pypi:rich@13.0 observed']],
  )
  assert.deepEqual(packages('[{"name":"litellm","version":"1.82.7"},{"name":"x"}]'), [
    'pip-list',
    ['pypi:litellm@1.82.7 observed'],
  ])
  const toml =
    'version = 1\n\n[[package]]\nname = "litellm"\nversion = "1.82.8"\ndependencies = [\n    { name = "aiohttp" },\n]\n\n[[package]]\nname = "own"\nsource = { virtual = "." }\n'
  assert.deepEqual(packages(toml), ['uv-lock', ['pypi:litellm@1.82.8 declared']])
  assert.equal(packages(`# This file is automatically @generated by Poetry 2.1.0\n${toml}`)[0], 'poetry-lock')
  assert.deepEqual(packages('hello'), [undefined, []])
  assert.deepEqual(packages('{"a":1}'), [undefined, []])
})

test('two listings of one host close nothing of each other, nor of its reports', () => {
  const scopes = [
    run(json(base)),
    run(json(wrapListing('lab-1', lock, '/srv/a'))),
    run(json(wrapListing('lab-1', lock, '/srv/b'))),
    run(bom('1.6')),
  ].map(({ snapshot }) => snapshot?.scope)
  assert.equal(new Set(scopes).size, 4)
})

test('the settings that pass through the API cannot name a command', () => {
  assert.equal(hostConnector.config.safeParse({}).success, true)
  const hooks = { isolate: ['/bin/true'], release: ['/bin/true'], check: ['/bin/true'] }
  assert.equal(hostConnector.config.safeParse({ hooks }).success, false)
})

test('by its hardware a host is the machine an endpoint tool knows; blanks and strange kinds join nobody', () => {
  const same = (hardware: Json) =>
    run({ ...base, hardware })
      .edges.filter(({ type }) => type === 'SAME_AS')
      .map(({ src, dst }) => [src, dst])
  const hardware = { uuid: '4C4C4544-0051-3510-8052-B4C04F564433', serial: 'None', manufacturer: 'Dell Inc.' }
  assert.deepEqual(
    same(hardware),
    hardwareEntities(hardware).map((name) => [entityId('host', 'host', 'lab-1'), name]),
  )
  assert.equal(same(hardware).length, 1)
  for (const none of [{}, { uuid: 7 }, 'x', null, { serial: 'To be filled by O.E.M.', manufacturer: 'ASUS' }])
    assert.deepEqual(same(none), [])
})
