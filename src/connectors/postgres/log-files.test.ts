import assert from 'node:assert/strict'
import {
  appendFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { silentDiagnose } from '#kit'

import { RecordSplitter, recordBytesMax, tailLogs, type LogPosition } from './log-files.ts'

function folder(t: TestContext) {
  const path = mkdtempSync(join(tmpdir(), 'cordon-log-'))
  t.after(() => rmSync(path, { recursive: true }))
  let position: LogPosition | null = null
  const warnings: string[] = []
  return {
    path,
    warnings,
    write: (name: string, text: string, ageS: number) => {
      appendFileSync(join(path, name), text)
      utimesSync(join(path, name), 2_000_000_000 - ageS, 2_000_000_000 - ageS)
    },
    look: async (format: 'jsonlog' | 'csvlog' = 'jsonlog') => {
      const texts: (string | null)[] = []
      const logs = { format, path: join(path, format === 'jsonlog' ? '*.json' : '*.csv') }
      for await (const page of tailLogs(logs, position, AbortSignal.timeout(5_000), (_, what) => warnings.push(what))) {
        texts.push(...page.records.map(({ text }) => text?.trimEnd() ?? null))
        position = page.position
      }
      return texts
    },
  }
}

test('a half line waits for its end', async (t) => {
  const log = folder(t)
  log.write('a.json', 'one\ntw', 9)
  assert.deepEqual(await log.look(), ['one'])
  log.write('a.json', 'o\nthree\n', 8)
  assert.deepEqual(await log.look(), ['two', 'three'])
  assert.deepEqual(await log.look(), [])
})

test('the end of a finished file comes before the next file', async (t) => {
  const log = folder(t)
  log.write('a.json', 'one\n', 9)
  await log.look()
  log.write('a.json', 'two\n', 8)
  log.write('b.json', 'three\n', 7)
  log.write('c.json', 'four\n', 6)
  assert.deepEqual(await log.look(), ['two', 'three', 'four'])
})

test('a file renamed out of the pattern is read to its end', async (t) => {
  const log = folder(t)
  log.write('a.json', 'one\n', 9)
  await log.look()
  log.write('a.json', 'two\n', 8)
  renameSync(join(log.path, 'a.json'), join(log.path, 'a.json.1'))
  log.write('a.json', 'three\n', 7)
  assert.deepEqual(await log.look(), ['two', 'three'])
})

test('a file emptied or written anew under the same inode starts over', async (t) => {
  const log = folder(t)
  log.write('a.json', 'one\ntwo\n', 9)
  await log.look()
  truncateSync(join(log.path, 'a.json'))
  log.write('a.json', 'new\n', 8)
  assert.deepEqual(await log.look(), ['new'])
  writeFileSync(join(log.path, 'a.json'), 'other\n')
  log.write('a.json', 'longer than before\n', 7)
  assert.deepEqual(await log.look(), ['other', 'longer than before'])
})

test('a later file with the inode of a deleted one hides no file between them', async (t) => {
  const log = folder(t)
  log.write('a.json', 'one\n', 9)
  await log.look()
  unlinkSync(join(log.path, 'a.json'))
  log.write('c.json', 'three\n', 7)
  log.write('b.json', 'two\n', 8)
  assert.deepEqual(await log.look(), ['two', 'three'])
  assert.deepEqual(log.warnings, ['postgres.log.gap'])
})

test('a file deleted before it was read is called a gap', async (t) => {
  const log = folder(t)
  log.write('a.json', 'one\n', 9)
  log.write('old.json', 'old\n', 99)
  await log.look()
  unlinkSync(join(log.path, 'a.json'))
  log.write('b.json', 'two\n', 7)
  assert.deepEqual(await log.look(), ['two'])
  assert.deepEqual(log.warnings, ['postgres.log.gap'])
})

test('a CSV record goes on over line ends inside quotes', async (t) => {
  const log = folder(t)
  log.write('a.csv', '1,"two\nlines ""quoted""",3\n4,5,6\n7,"open\n', 9)
  assert.deepEqual(await log.look('csvlog'), ['1,"two\nlines ""quoted""",3', '4,5,6'])
})

test('a record over the bound is skipped, and the ones around it are not', () => {
  const splitter = new RecordSplitter('jsonlog')
  const chunks = ['a\n', 'x'.repeat(recordBytesMax), 'x'.repeat(recordBytesMax), 'y\nb\n'].map((text) =>
    Buffer.from(text),
  )
  const records = chunks.flatMap((chunk) => [...splitter.push(chunk)])
  assert.deepEqual(
    records.map(({ bytes }) => bytes?.toString().trim() ?? null),
    ['a', null, 'b'],
  )
  assert.equal(
    records.reduce((sum, { length }) => sum + length, 0),
    chunks.reduce((sum, chunk) => sum + chunk.length, 0),
  )
})

test('a folder that cannot be read says what to do', async () => {
  const logs = { format: 'jsonlog', path: '/nonexistent/*.json' } as const
  await assert.rejects(collect(logs), /cannot be read/)
})

async function collect(logs: { format: 'jsonlog'; path: string }) {
  for await (const _ of tailLogs(logs, null, AbortSignal.timeout(1_000), silentDiagnose)) assert.fail()
}
