// The single file as hosts run it: alone, by a Node, with nothing of ours beside it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { readReporterFile, type HostReport, type ReportRecord } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'cordon-alone-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const { bytes, name, sha256 } = await readReporterFile()
const file = join(folder, name)
writeFileSync(file, bytes)
const root = join(folder, 'root')
mkdirSync(join(root, 'srv', 'node_modules', 'a'), { recursive: true })
writeFileSync(join(root, 'srv', 'node_modules', 'a', 'package.json'), '{"name":"a","version":"1.0.0"}')

type Ended = { code: number | null; out: string; errors: string }
const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  new Promise((done) => {
    const child = spawn(process.execPath, [file, '--root', root, ...args], { cwd: folder, env })
    let [out, errors] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    child.on('close', (code) => done({ code, out, errors }))
  })

test('it runs alone and prints one JSON report', async () => {
  const { code, out } = await run(['--json', '--host-id', 'lab-1'])
  const report = JSON.parse(out) as HostReport
  assert.deepEqual([code, report.host.id, report.packages.length], [0, 'lab-1', 1])
  assert.match((await run([])).out, /^host [0-9a-f]{32}: 1 packages, 0 credential files\n$/)
  assert.match((await run(['--help'])).out, /Example:/)
})

test('its hash is the one that Cordon shows', () => {
  assert.equal(sha256, createHash('sha256').update(bytes).digest('hex'))
})

test('it needs nothing but Node', () => {
  const imports = [
    ...Buffer.from(bytes)
      .toString()
      .matchAll(/^import .* from '([^']+)'/gm),
  ].map(([, from]) => from)
  assert.ok(imports.length > 3 && imports.every((from) => from?.startsWith('node:')), String(imports))
})

test('a wrong call ends with 64 or 1 and says why', async () => {
  for (const [args, code, says] of [
    [['--bogus'], 64, /--bogus/],
    [['--host-id', '../x'], 1, /host id/],
    [['--send', 'https://127.0.0.1:1/'], 1, /ingest token/],
  ] as const) {
    const ended = await run(args)
    assert.deepEqual([ended.code, ended.out], [code, ''])
    assert.match(ended.errors, says)
  }
  const plain = await run(['--send', 'http://192.0.2.1/v1/events/hosts'], { CORDON_INGEST_TOKEN: 'EXAMPLE' })
  assert.match(plain.errors, /https only/)
})

test('it sends NDJSON records with the ingest token, and follows no redirect', async () => {
  const got: { authorization: string | undefined; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      got.push({ authorization: request.headers.authorization, body })
      if (request.url === '/moved') response.writeHead(302, { location: '/v1/events/hosts' }).end()
      else response.writeHead(request.url === '/full' ? 507 : 200).end('{}')
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  try {
    const env = { CORDON_INGEST_TOKEN: 'cdn_EXAMPLE' }
    const sent = await run(['--send', `${base}/v1/events/hosts`], env)
    assert.equal(sent.code, 0, sent.errors)
    const [line = '', rest] = got[0]?.body.split('\n') ?? []
    const record = JSON.parse(line) as ReportRecord
    assert.deepEqual([record.snapshot.complete, record.rows.packages.length, rest], [true, 1, ''])
    assert.equal(got[0]?.authorization, 'Bearer cdn_EXAMPLE')
    assert.equal((await run(['--send', `${base}/moved`], env)).code, 1)
    assert.equal(got.length, 2, 'the token does not travel on')
    assert.match((await run(['--send', `${base}/full`], env)).errors, /answered 507/)
  } finally {
    server.close()
  }
})
