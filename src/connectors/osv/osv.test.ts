import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { systemClock, type Json } from '#kit'
import { advisoriesOf, isVersionNamed, type Advisory } from '#model'
import type { PullContext } from '#sources/contract'

import { fileBytesMax } from './files.ts'
import { osvConnector } from './index.ts'
import { normalize } from './normalize.ts'
import { records, type OsvConfig } from './stream.ts'

const base = { id: 'MAL-2026-1', modified: '2026-03-24T11:00:00Z' }
const said = (raw: Json): Advisory[] =>
  normalize({
    stream: 'records',
    raw,
    eventAtMs: null,
    arrivedAtMs: 2e12,
    source: 'osv',
    authority: 'osv',
  }).facts.flatMap(({ entity, attributes }) => advisoriesOf(entity, attributes))
const affected = (ecosystem: string, name: string, rest: object = {}) => ({ package: { ecosystem, name }, ...rest })
const range = (...events: object[]) => ({ ranges: [{ type: 'ECOSYSTEM', events }] })
const only = (part: object): Advisory | undefined => said({ ...base, affected: [part] } as Json)[0]

test('each package of a record is named as a purl, whatever its ecosystem calls it', () => {
  const purls: [string, string, string][] = [
    ['PyPI', 'LiteLLM_Proxy', 'pkg:pypi/litellm-proxy'],
    ['npm', '@scope/name', 'pkg:npm/%40scope/name'],
    ['Maven', 'org.example:thing', 'pkg:maven/org.example/thing'],
    ['Go', 'example.org/a/b', 'pkg:golang/example.org/a/b'],
  ]
  for (const [ecosystem, name, purl] of purls) assert.equal(only(affected(ecosystem, name))?.purl, purl)
  assert.equal(only(affected('Bitnami', 'x')), undefined, 'no type known, and no purl given')
})

test('only what is malicious is an advisory: by id, alias, CWE-506, or the word of who wrote it', () => {
  const part = affected('npm', 'left-pad')
  const faulty = { ...base, id: 'GHSA-aaaa-bbbb-cccc', affected: [part] }
  assert.deepEqual(said(faulty), [])
  assert.equal(said({ ...faulty, aliases: ['MAL-2026-9'] }).length, 1)
  assert.equal(said({ ...faulty, database_specific: { cwe_ids: ['CWE-506'] } }).length, 1)
  assert.equal(said({ ...faulty, database_specific: { cwe_ids: ['CWE-79'] } }).length, 0)
  assert.equal(
    said({ ...faulty, affected: [{ ...part, database_specific: { cwes: [{ cweId: 'CWE-506' }] } }] }).length,
    1,
  )
  assert.equal(said({ ...faulty, database_specific: { malicious: true } }).length, 1)
})

test('ranges hold what the schema says: introduced in, fixed out, last_affected in', () => {
  const names = (part: object, version: string) => isVersionNamed('npm', only(part)?.versions ?? ['none'], version)
  const fixed = affected('npm', 'x', range({ introduced: '2.0.0' }, { fixed: '2.0.3' }))
  assert.deepEqual(
    ['1.9.9', '2.0.0', '2.0.2', '2.0.3'].map((version) => names(fixed, version)),
    [false, true, true, false],
  )
  const last = affected('npm', 'x', range({ introduced: '2.0.0' }, { last_affected: '2.0.3' }))
  assert.deepEqual(
    ['2.0.3', '2.0.4'].map((version) => names(last, version)),
    [true, false],
  )
  assert.deepEqual(only(affected('npm', 'x', range({ introduced: '0' })))?.versions, [], 'every version')
  assert.equal(only(affected('npm', 'x', { ranges: [{ type: 'GIT', events: [{ introduced: '0' }] }] })), undefined)
})

test('a withdrawn record says so, and its bad neighbours are named without holding it up', () => {
  assert.equal(
    said({ ...base, withdrawn: '2026-04-01T00:00:00Z', affected: [affected('npm', 'x')] })[0]?.withdrawn,
    true,
  )
  assert.deepEqual(said({ id: 'MAL-1' }), [], 'no record')
})

test('a directory is read once, then only what is new; links, hidden names and bad files are left', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'cordon-osv-'))
  try {
    const put = (name: string, text: string) => writeFileSync(join(dir, name), text)
    mkdirSync(join(dir, '.git'))
    mkdirSync(join(dir, 'npm'))
    put('.git/MAL-9.json', JSON.stringify({ ...base, id: 'MAL-9' }))
    put('npm/one.json', JSON.stringify(base))
    put(
      'list.json',
      JSON.stringify([
        { ...base, id: 'MAL-2' },
        { ...base, id: 'MAL-3' },
      ]),
    )
    symlinkSync('/etc/hostname', join(dir, 'link.json'))
    const context = {
      config: { path: dir },
      see: {},
      clock: systemClock,
      signal: new AbortController().signal,
      diagnose: () => undefined,
    } as unknown as PullContext<OsvConfig>
    const run = async (cursor: string | null): Promise<{ ids: string[]; cursor: string | null; error: string }> => {
      const ids: string[] = []
      let at = cursor
      let error = ''
      if (!('pull' in records)) throw new Error('no stream of its own')
      try {
        for await (const page of records.pull(context, cursor)) {
          ids.push(...page.events.map(({ native }) => native.split('/')[0] ?? ''))
          at = page.cursor
        }
      } catch (caught) {
        error = caught instanceof Error ? caught.message : ''
      }
      return { ids, cursor: at, error }
    }
    const first = await run(null)
    assert.deepEqual([first.ids.sort(), first.error], [['MAL-2', 'MAL-2026-1', 'MAL-3'], ''])
    put('bad.json', '{')
    put('long.json', ' '.repeat(fileBytesMax + 1))
    const second = await run(first.cursor)
    assert.match(second.error, /`bad\.json`.*`long\.json`/)
    put('bad.json', JSON.stringify({ ...base, id: 'MAL-4' }))
    rmSync(join(dir, 'long.json'))
    const third = await run(second.cursor)
    assert.ok(third.ids.includes('MAL-4') && !third.ids.includes('MAL-2'), third.ids.join())
    assert.equal(third.error, '')
    await assert.rejects(osvConnector.check({ ...context, config: { path: join(dir, 'none') } }), {
      code: 'ERR_OSV_PATH',
    })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
