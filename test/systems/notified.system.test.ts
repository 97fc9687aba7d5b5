import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { isObject, parseJson, type Json } from '#kit'

import { numbersIn, skip, startDropStore, type DropStore } from './drop-store.ts'
import { startProduct, type Product } from './product.ts'

// A bucket and queues of somebody else's making: the bucket tells one queue itself and another over a topic, in its own
// words and encoding. Cordon reads both with the least role it prints, while its processes are killed.
const bucket = 'drops'
const prefix = 'in/'
const deaths = 3

let store: DropStore
let cordon: Product
const scratch = mkdtempSync(join(tmpdir(), 'cordon-notified-'))
before(async () => {
  if (skip !== false) return
  ;[store, cordon] = await Promise.all([startDropStore(), startProduct()])
})
after(async () => {
  await cordon?.stop()
  cordon?.remove()
  store?.close()
  rmSync(scratch, { recursive: true, force: true })
})

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
async function until(what: string, isTrue: () => Promise<boolean>, withinMs: number): Promise<void> {
  for (const end = performance.now() + withinMs; !(await isTrue().catch(() => false)); await pause(500)) {
    if (performance.now() > end) throw new Error(`waited for ${what}; Cordon said: ${cordon.diagnostics()}`)
  }
}

const settings = (queue: string): string[] =>
  [
    'authority=crm.example.com',
    'intake.kind=bucket',
    `intake.bucket=${bucket}`,
    `intake.endpoint=${store.url}`,
    `intake.prefixes=${prefix}`,
    `intake.queue=${queue}`,
  ].flatMap((one) => ['--set', one])

/** `cordon source role` for both queues, as one policy; moto asks for the right to a batch by a name that AWS does not have. */
async function leastRole(queues: readonly string[]): Promise<Json> {
  const statements: Json[] = [{ Effect: 'Allow', Action: 'sqs:DeleteMessageBatch', Resource: '*' }]
  for (const queue of queues) {
    const asked = ['source', 'role', '--connector', 'declared', ...settings(queue), '--use', 'see', '--format', 'json']
    const { code, out, err } = await cordon.admin.cli(...asked)
    assert.equal(code, 0, err)
    const policy = parseJson(out)
    assert.ok(isObject(policy) && Array.isArray(policy['Statement']))
    statements.push(...policy['Statement'])
  }
  return { Version: '2012-10-17', Statement: statements }
}

test(
  'what a bucket tells queues of is taken, each record once, with its processes killed meanwhile',
  { skip },
  async () => {
    const closed = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] }
    const { id, secret } = await store.ask({ do: 'found', bucket, policy: closed })
    const { urls } = await store.ask({ do: 'queue', bucket, names: ['direct', 'wrapped'] })
    const queues = Array.isArray(urls) ? urls.map(String) : []
    assert.equal(queues.length, 2)
    await store.ask({ do: 'let', policy: await leastRole(queues) })
    const secrets = Object.entries({ bucketKeyId: id, bucketKeySecret: secret }).flatMap(([name, value]) => {
      writeFileSync(join(scratch, name), String(value), { mode: 0o600 })
      return ['--see', `${name}=file:${join(scratch, name)}`]
    })
    const sources = ['direct', 'wrapped']
    for (const [at, source] of sources.entries()) {
      const given = [...settings(queues[at] ?? ''), ...secrets]
      const added = await cordon.admin.cli('source', 'add', source, '--connector', 'declared', ...given)
      assert.equal(added.code, 0, added.err + added.out)
      const checked = await cordon.admin.cli('source', 'check', source)
      assert.equal(checked.code, 0, checked.out + checked.err)
      assert.match(checked.out, /has no dead-letter queue/)
    }
    let n = 0
    const drop = async (objects: number): Promise<void> => {
      for (let at = 0; at < objects; at++) {
        const lines = Array.from({ length: at % 20 === 3 ? 700 : 3 }, () => `{"n":${++n}}`)
        const key = `${prefix}${(n * 7919) % 1_000_003} +&<ü>~'(${at})%41`
        const body = at % 2 === 0 ? gzipSync(lines.join('\n')) : Buffer.from(`[${lines.join(',')}]`)
        await store.ask({ do: 'put', bucket, key, body: body.toString('base64') })
      }
    }
    await drop(20)
    await store.ask({ do: 'put', bucket, key: 'other/1', body: Buffer.from('{"n":-1}').toString('base64') })
    const logs = sources.map((source) => numbersIn(cordon, source))
    await until(
      'the first records',
      async () => (await Promise.all(logs.map((log) => log()))).every((all) => all.length >= n),
      90_000,
    )
    for (let death = 0; death < deaths; death++) {
      await drop(8)
      await pause(300 * death)
      const victims = cordon.processes()
      for (const [at, pid] of victims.entries()) if ((death + at) % 3 !== 0) process.kill(pid, 'SIGKILL')
    }
    await drop(8)
    const expected = Array.from({ length: n }, (_, at) => at + 1)
    // What was given out to a process that died shows itself again after two minutes.
    for (const log of logs) {
      await until('all records', async () => (await log()).length >= n, 240_000)
      assert.deepEqual(
        (await log()).toSorted((a, b) => a - b),
        expected,
      )
    }
    for (const url of queues) {
      await until(
        `nothing left in ${url}`,
        async () => (await store.ask({ do: 'left', url }))['messages'] === 0,
        240_000,
      )
    }
    for (const source of sources) {
      const { gaps } = await cordon.admin.api.call('source.show', { params: { source } })
      assert.deepEqual(gaps, [], 'no message was missed')
    }
  },
)

test('a message nobody can read is named, with what becomes of it', { skip }, async () => {
  const { urls } = await store.ask({ do: 'queue', bucket, names: ['direct', 'wrapped'] })
  await store.ask({ do: 'send', url: Array.isArray(urls) ? String(urls[0]) : '', body: 'EXAMPLE, no notification' })
  const refused = async () => {
    const shown = await cordon.admin.api.call('source.show', { params: { source: 'direct' } })
    return shown.source.streams.flatMap((one) => one.refused)
  }
  await until('the refusal', async () => (await refused()).length > 0, 60_000)
  assert.match((await refused())[0]?.reason ?? '', /^a message of the queue: it is no JSON object; left to deletion/)
})
