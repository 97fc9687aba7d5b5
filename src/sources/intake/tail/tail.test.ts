import assert from 'node:assert/strict'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { createHttp, ManualClock, parseOwnJson, seededInt, seededRandom, silentDiagnose } from '#kit'
import type { Page } from '#sources/contract'

import type { IntakeOf } from '../way.ts'
import { tailStream, unendedMs } from './tail.ts'
import { tailWay } from './way.ts'

/** Storms of each kind in every run; `CORDON_SCHEDULES=1000` for more. */
const storms = Math.min(2_000, Number(process.env['CORDON_SCHEDULES'] ?? 20))

function folder(t: TestContext, intake: Partial<IntakeOf<'tail'>> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'cordon-tail-'))
  t.after(() => rmSync(root, { recursive: true }))
  const path = join(root, 'app.log')
  const clock = new ManualClock(2_000_000_000_000)
  const stream = tailStream('log', { folders: [root] })
  const config = { intake: { kind: 'tail', path, lines: 'json', from: 'start', ...intake } as const }
  const context = { config, see: {}, http: createHttp([]), clock, diagnose: silentDiagnose }
  let cursor: string | null = null
  const pages: Page[] = []
  /** Looks once; `cutAfter` pages the process dies, and what it was about to commit is not on disk. */
  const look = async (cutAfter = Infinity): Promise<string[]> => {
    const texts: string[] = []
    const pull = stream.pull({ ...context, signal: AbortSignal.timeout(20_000) }, cursor)
    for await (const page of pull) {
      if (cutAfter-- <= 0) break
      pages.push(page)
      texts.push(...page.events.map(({ text }) => text ?? ''))
      cursor = page.cursor
    }
    return texts
  }
  const at = (name: string): string => join(root, name)
  return {
    root,
    path,
    at,
    clock,
    look,
    pages,
    context,
    write: (...lines: unknown[]) => appendFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
    gaps: () => pages.flatMap(({ gaps = [] }) => gaps),
    refused: () => pages.flatMap(({ refused = [] }) => refused),
  }
}

test('a half line waits for its end, and a look with nothing new writes nothing', async (t) => {
  const { path, look, pages } = folder(t)
  writeFileSync(path, '{"n":1}\n{"n":')
  assert.deepEqual(await look(), ['{"n":1}'])
  appendFileSync(path, '2}\r\n\n{"n":3}\n')
  assert.deepEqual(await look(), ['{"n":2}', '{"n":3}'])
  const before = pages.length
  assert.deepEqual(await look(), [])
  assert.equal(pages.length, before)
})

test('a record keeps the numbers it came with', async (t) => {
  const { path, look } = folder(t)
  writeFileSync(path, '{"id": 12345678901234567890}\n')
  assert.deepEqual(await look(), ['{"id": 12345678901234567890}'])
})

test('bad lines are named by line and column, and the good ones around them are taken', async (t) => {
  const { path, look, refused, clock } = folder(t)
  const ahead = JSON.stringify({ time: new Date(clock.nowMs() + 3 * 86_400_000).toISOString() })
  writeFileSync(path, `{"n":1}\n{"n":}\n[1]\n${ahead}\n${'x'.repeat(1024 * 1024 + 1)}\n{"n":2}\n`)
  assert.deepEqual(await look(), ['{"n":1}', '{"n":2}'])
  assert.deepEqual(
    refused().map(({ place }) => place),
    [
      'app.log, line 2, column 6',
      'app.log, line 3, column 1',
      'app.log, line 4, column 1',
      'app.log, line 5, column 1',
    ],
  )
  appendFileSync(path, 'nope\n')
  await look()
  assert.equal(refused().at(-1)?.place, 'app.log, line 7, column 2')
})

test('text lines become messages; a look that begins at the end takes what comes then', async (t) => {
  const { path, look } = folder(t, { lines: 'text', from: 'end' })
  writeFileSync(path, 'old\nhal')
  assert.deepEqual(await look(), [])
  appendFileSync(path, 'f\nnew "one"\n')
  assert.deepEqual(await look(), ['{"message":"half"}', '{"message":"new \\"one\\""}'])
})

test('a file that was rotated is read to its end, late lines and the unended one too', async (t) => {
  const { path, at, look, write, clock, gaps } = folder(t)
  write({ n: 1 })
  await look()
  write({ n: 2 })
  renameSync(path, at('app.log.1'))
  writeFileSync(path, '{"n":5}\n')
  assert.deepEqual(await look(), ['{"n":2}', '{"n":5}'])
  appendFileSync(at('app.log.1'), '{"n":3}\n{"n":4}')
  assert.deepEqual(await look(), ['{"n":3}'])
  await clock.advance(unendedMs)
  assert.deepEqual(await look(), ['{"n":4}'])
  unlinkSync(at('app.log.1'))
  assert.deepEqual(await look(), [])
  assert.deepEqual(gaps(), [], 'it was read to its end before it went')
})

test('two rotations between two looks hide no file', async (t) => {
  const { path, at, look, write } = folder(t)
  write({ n: 1 })
  await look()
  renameSync(path, at('app.log.2'))
  write({ n: 2 })
  renameSync(path, at('app.log.1'))
  write({ n: 3 })
  assert.deepEqual(await look(), ['{"n":2}', '{"n":3}'])
})

test('a file copied and emptied goes on in its copy, and starts over', async (t) => {
  const { path, at, look, write, gaps } = folder(t)
  write({ n: 1 })
  await look()
  write({ n: 2 })
  copyFileSync(path, at('app.log.1'))
  assert.deepEqual(await look(), ['{"n":2}'], 'the copy is no second file')
  truncateSync(path)
  write({ n: 3, longer: 'than what was there before' })
  assert.deepEqual(await look(), ['{"n":3,"longer":"than what was there before"}'])
  assert.deepEqual(gaps(), [])
})

test('what is gone before it was read is a gap, and is said', async (t) => {
  const { path, look, write, gaps } = folder(t)
  write({ n: 1 })
  await look()
  write({ n: 2 })
  truncateSync(path)
  write({ n: 3 })
  assert.deepEqual(await look(), ['{"n":3}'])
  const [gap] = gaps()
  assert.deepEqual([gap?.reason, gap?.recovered, gaps().length], ['file-gone', false, 1])
  unlinkSync(path)
  await assert.rejects(look(), { code: 'ERR_INTAKE_ABSENT', retryAfterMs: 5_000 })
  assert.equal(gaps().length, 2)
  write({ n: 4 })
  assert.deepEqual(await look(), ['{"n":4}'])
})

test('a missing file is an error and no silence', async (t) => {
  const { look } = folder(t)
  await assert.rejects(look(), { code: 'ERR_INTAKE_ABSENT' })
})

test('no file outside the folders of cordon.yaml is read, by path or by link', async (t) => {
  const { root, path, at, context, look } = folder(t)
  const other = mkdtempSync(join(tmpdir(), 'cordon-tail-other-'))
  t.after(() => rmSync(other, { recursive: true }))
  writeFileSync(join(other, 'secret.log'), '{"secret":1}\n')
  mkdirSync(at('in'))
  symlinkSync(other, at('out'))
  const refused = [
    join(other, 'secret.log'),
    join(root, 'out/secret.log'),
    `${root}/in/../../${other.split('/').at(-1)}/secret.log`,
  ]
  for (const bad of refused) {
    const intake = { ...context.config.intake, path: bad }
    const check = tailWay.check(intake, { ...context, signal: AbortSignal.timeout(1000) }, { folders: [root] })
    await assert.rejects(check, { code: 'ERR_INTAKE_FOLDER' }, bad)
  }
  symlinkSync(join(other, 'secret.log'), path)
  await assert.rejects(look(), { code: 'ERR_INTAKE_ABSENT' }, 'a link is no file')
})

/** Writes numbered lines through a storm of rotations, looks and deaths; answers what was read, once for each id. */
async function storm(t: TestContext, seed: number, copies: boolean) {
  const { path, at, write, look, gaps, clock, pages } = folder(t)
  const random = seededRandom(seed)
  let [n, rotation] = [0, 0]
  write({ n: ++n })
  await look()
  for (let step = 0; step < 40; step++) {
    const dice = seededInt(random, 10)
    if (dice < 4) for (let i = seededInt(random, 4); i >= 0; i--) write({ n: ++n })
    else if (dice < 5) {
      const text = `${JSON.stringify({ n: ++n })}\n`
      appendFileSync(path, text.slice(0, 4))
      await look()
      appendFileSync(path, text.slice(4))
    } else if (dice < 8) await look(seededInt(random, 3) === 0 ? seededInt(random, 2) : Infinity)
    else if (copies) {
      // A writer that copies looks at one generation at a time: what is emptied twice between two looks is gone.
      await look()
      write({ n: ++n })
      copyFileSync(path, at(`app.log.${++rotation}`))
      truncateSync(path)
      write({ n: ++n })
      await look()
    } else {
      renameSync(path, at(`app.log.${++rotation}`))
      write({ n: ++n })
    }
    await clock.advance(1_000)
  }
  await look()
  const byId = new Map(pages.flatMap(({ events }) => events.map(({ native, text = '' }) => [native, text] as const)))
  const read = [...byId.values()].map((text) => parseOwnJson<{ n: number }>(text).n)
  return { read: read.toSorted((a, b) => a - b), written: Array.from({ length: n }, (_, i) => i + 1), gaps: gaps() }
}

for (const [kind, copies] of [
  ['rename', false],
  ['copy', true],
] as const) {
  test(`${storms} storms of rotation by ${kind}, with deaths in between, lose and double no line`, async (t) => {
    for (let seed = 1; seed <= storms; seed++) {
      const { read, written, gaps } = await storm(t, seed, copies)
      assert.deepEqual(read, written, `seed ${seed}`)
      assert.deepEqual(gaps, [], `seed ${seed}`)
    }
  })
}
