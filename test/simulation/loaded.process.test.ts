import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { parseOwnJson } from '#kit'

const root = join(import.meta.dirname, '../..')
/** What core, its estate thread and hands are made of, the files that begin to act when they are loaded left out. */
const processes = ['src/app/core.ts', 'src/app/core/estate-loop.ts', 'src/app/hands.ts', 'src/app/connectors.ts']
/** Core hands the reporter out, names hosts and issues keys: Cordon's own, and no vendor's. */
const always = ['host', 'keys']

async function loadedBy(modules: readonly string[], asked: readonly string[]) {
  const program = join(import.meta.dirname, 'loaded-program.ts')
  const paths = modules.map((path) => join(root, path)).join(',')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=source', '--disable-warning=ExperimentalWarning', program, paths, asked.join(',')],
    { env: { ...process.env, NODE_OPTIONS: '' }, timeout: 60_000 },
  )
  return parseOwnJson<{ before: string[]; found: string[]; after: string[] }>(stdout)
}

test('a start loads no vendor, and a source its own alone', async () => {
  const { before, found, after } = await loadedBy(processes, ['okta', 'scim'])
  assert.deepEqual(before, always)
  assert.deepEqual(found, ['okta', 'scim'])
  assert.deepEqual(after.toSorted(), [...always, 'okta', 'scim'].toSorted())
})

test('a connector that somebody imports outright is seen', async () => {
  const { before } = await loadedBy([...processes, 'src/connectors/slack/index.ts'], [])
  assert.deepEqual(before, [...always, 'slack'])
})
