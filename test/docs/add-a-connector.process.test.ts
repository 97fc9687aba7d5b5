import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'

const root = join(import.meta.dirname, '../..')
const copy = mkdtempSync(join(tmpdir(), 'cordon-guide-'))
after(() => rmSync(copy, { recursive: true, force: true }))

/** A block of the guide: a whole file, or lines for one that is there (`src/app/connectors.ts entry`). */
type Block = { file: string; part: string; text: string }
const blocks = [
  ...readFileSync(join(root, 'docs/add-a-connector.md'), 'utf8').matchAll(
    /^```(?:ts|md) ((?:src|test|docs)\/\S+)(?: (\w+))?\n(.*?)^```$/gms,
  ),
].map(([, file = '', part = '', text = '']): Block => ({ file, part, text }))

/** Where the guide's lines go, in the words a reader looks for. */
const places: Record<string, string> = {
  'src/app/connectors.ts entry': 'export const connectors: Readonly<Record<string, Entry>> = {\n',
  'docs/cut-off.md row': '| connector | what to remove | how |\n|---|---|---|\n',
  'test/conformance/ocsf-records.ts entry': 'export const recordsByConnector: Record<string, RawRecords> = {\n',
}

function follow({ file, part, text }: Block): void {
  const path = join(copy, file)
  mkdirSync(dirname(path), { recursive: true })
  if (part === '') return writeFileSync(path, text)
  const place = places[`${file} ${part}`]
  const before = readFileSync(path, 'utf8')
  assert.ok(place !== undefined && before.includes(place), `${file} has a place for the guide's ${part}`)
  writeFileSync(
    path,
    before.replace(place, () => place + text),
  )
}

const run = (...args: string[]): { status: number | null; text: string } => {
  // A run inside a run would report to the outer one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  // Nobody comes back to this place: what is compiled here is kept for its own processes alone.
  const once = { ...env, NODE_COMPILE_CACHE: join(copy, '.cache') }
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', env: once })
  return { status, text: `${stdout}${stderr}` }
}

test('who follows docs/add-a-connector.md word by word has a connector that passes', { timeout: 240_000 }, () => {
  for (const part of ['src', 'console', 'test', 'lab', 'scripts', 'docs', 'package.json', 'tsconfig.json']) {
    cpSync(join(root, part), join(copy, part), { recursive: true, filter: (path) => !path.includes('node_modules') })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  assert.ok(blocks.length > 10, 'the gate must see blocks')
  for (const block of blocks) follow(block)
  const written = run('--conditions=source', 'scripts/write-connector-docs.ts')
  assert.equal(written.status, 0, written.text)
  const picks = [
    'conformance/faults/notes',
    'conformance/requests/notes',
    'conformance/ocsf.test',
    'docs/connectors.test',
  ]
  const { status, text } = run('scripts/test.mjs', ...picks)
  assert.equal(status, 0, text)
  assert.match(text, /4 test files/)
})
