import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'

import { isObject, parseJson, type Json } from '#kit'
import { validateOcsf } from '#model/ocsf'

import { startIssuesTwin } from '../../lab/twins/github-issues/twin.ts'
import { startSplunkTwin, type SplunkTwin } from '../../lab/twins/splunk/twin.ts'
import { skip, startDropStore, type DropStore } from './drop-store.ts'
import { startProduct, type Product } from './product.ts'

// Receipts leave for a store that we did not write (moto, read by AWS's own client) and for the twin of a collector, while
// Cordon's processes are killed. What arrived is held against the ledger's own export.
const bucket = 'out'
const deaths = 4
let store: DropStore
let cordon: Product
let splunk: SplunkTwin
const scratch = mkdtempSync(join(tmpdir(), 'cordon-outputs-'))
before(async () => {
  if (skip !== false) return
  ;[store, cordon, splunk] = await Promise.all([startDropStore(), startProduct(), startSplunkTwin()])
})
after(async () => {
  await cordon?.stop()
  cordon?.remove()
  store?.close()
  await splunk?.close()
  rmSync(scratch, { recursive: true, force: true })
})

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
async function until(what: string, isTrue: () => Promise<boolean>, withinMs = 150_000): Promise<void> {
  for (const end = performance.now() + withinMs; !(await isTrue().catch(() => false)); await pause(250)) {
    if (performance.now() > end) throw new Error(`waited for ${what}; Cordon said: ${cordon.diagnostics()}`)
  }
}
const secretFile = (name: string, value: unknown): string => {
  const path = join(scratch, name)
  writeFileSync(path, String(value), { mode: 0o600 })
  return `${name}=file:${path}`
}
const metadataOf = (event: Json): Record<string, unknown> => {
  const metadata = isObject(event) ? event['metadata'] : undefined
  return isObject(metadata) ? metadata : {}
}
const sequencesOf = (events: readonly Json[]): number[] => events.map((event) => Number(metadataOf(event)['sequence']))

async function inBucket(): Promise<{ key: string; events: Json[] }[]> {
  const { objects } = await store.ask({ do: 'read', bucket })
  assert.ok(Array.isArray(objects))
  return objects.map((object: unknown) => {
    assert.ok(isObject(object))
    const text = gunzipSync(Buffer.from(String(object['body']), 'base64')).toString('utf8')
    return {
      key: String(object['key']),
      events: text
        .split('\n')
        .filter(Boolean)
        .map((line) => parseJson(line)),
    }
  })
}

test('every receipt arrives in both places, though hands and core are killed meanwhile', { skip }, async () => {
  const settings = ['--set', `bucket=${bucket}`, '--set', `endpoint=${store.url}`, '--set', 'from=start']
  const role = await cordon.admin.cli(
    'source',
    'role',
    '--connector',
    's3',
    ...settings,
    '--use',
    'see',
    '--format',
    'json',
  )
  assert.equal(role.code, 0, role.err)
  const { id, secret } = await store.ask({ do: 'found', bucket, policy: parseJson(role.out) })
  const keys = ['--see', secretFile('keyId', id), '--see', secretFile('keySecret', secret)]
  const lake = await cordon.admin.cli('source', 'add', 'lake', '--connector', 's3', ...settings, ...keys)
  assert.equal(lake.code, 0, lake.err)
  const hec = ['--set', `url=${splunk.url}`, '--set', 'from=start', '--see', secretFile('token', splunk.token.value)]
  const siem = await cordon.admin.cli('source', 'add', 'siem', '--connector', 'splunk', ...hec)
  assert.equal(siem.code, 0, siem.err)

  for (let death = 0; death < deaths; death++) {
    for (let n = 0; n < 20; n++) {
      await cordon.admin.api.call('user.create', { body: { name: `u-${death}-${n}`, roles: ['viewer'] } })
    }
    const [one] = cordon.processes().slice(death % 2)
    if (one !== undefined) process.kill(one, 'SIGKILL')
    await until('Cordon to be up', async () => (await cordon.admin.api.call('system.health', {})).hands)
  }
  const size = async (): Promise<number> => (await cordon.admin.api.call('ledger.checkpoint', {})).size
  const total = await size()
  assert.ok(total >= deaths * 20)
  const isWhole = (events: readonly Json[]): boolean => new Set(sequencesOf(events)).size >= total
  await until('Splunk to have every receipt', async () => isWhole(splunk.indexed.map(({ event }) => event)))
  await until('the bucket to have every receipt', async () =>
    isWhole((await inBucket()).flatMap(({ events }) => events)),
  )

  for (const events of [splunk.indexed.map(({ event }) => event), (await inBucket()).flatMap((one) => one.events)]) {
    const known = new Set(sequencesOf(events))
    for (let at = 0; at < total; at++) assert.ok(known.has(at), `leaf ${at} never arrived`)
    for (const event of events) assert.deepEqual(validateOcsf(event), [])
    // Who made them is sealed in the ledger, and does not leave.
    assert.ok(!JSON.stringify(events).includes('"admin"'))
  }
  const shown = await cordon.admin.cli('source', 'show', 'siem')
  assert.match(shown.out, /out\.receipts/)
})

test('a tracker is asked for its tasks by the real hands', { skip }, async (t) => {
  const twin = await startIssuesTwin({ clock: { nowMs: () => Date.now() } })
  t.after(() => twin.close())
  const named = ['apiUrl', twin.url, 'owner', 'brightwater', 'repository', 'containment']
  const settings = [0, 2, 4].flatMap((at) => ['--set', `${named[at]}=${named[at + 1]}`])
  const see = ['--see', secretFile('token', twin.token)]
  const added = await cordon.admin.cli('source', 'add', 'issues', '--connector', 'github-issues', ...settings, ...see)
  assert.equal(added.code, 0, added.err)
  await until('a turn of the tracker', async () => {
    const { sources } = await cordon.admin.api.call('source.list', {})
    const stream = sources.find(({ id }) => id === 'issues')?.streams.find(({ name }) => name === 'out.tasks')
    return stream?.lastSuccessAtMs != null && stream.error === null
  })
})
