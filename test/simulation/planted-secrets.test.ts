import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { scrubJson } from '#classify'
import { toHex, toBase64url, utf8 } from '#kit'
import { logWriter, openEventLog } from '#log'
import { defaultTenant } from '#model'
import { addSource, issueIngestToken, pageBatch, readUpload, sourcesWriter, type UploadOptions } from '#sources'
import { openLocalStore, storeFile } from '#store'

import { fingerprinterOf, logKeysOf } from './log-keys.ts'

const tenant = defaultTenant
const nowMs = 1_774_350_000_000
let planted = 0
const value = (length: number): string => {
  const text = Buffer.from(`EXAMPLE${++planted}`.repeat(20)).toString('hex')
  return `aB3${text.slice(0, length - 3)}`
}
const secrets = {
  github: `ghp_${value(36)}`,
  gitlab: `glpat-${value(20)}`,
  openai: `sk-proj-${value(60)}`,
  jwt: `eyJhbGciOiJIUzI1NiJ9.${toBase64url(utf8('{"sub":"EXAMPLE","n":42}'))}.${value(43)}`,
  pem: `-----BEGIN PRIVATE KEY-----\n${value(64)}\n${value(64)}\n-----END PRIVATE KEY-----`,
  url: `pw-${value(12)}`,
  field: `Correct horse ${value(8)}`,
  env: value(24),
  bearer: value(40),
  cordon: `cdn_${value(16)}_${value(32)}`,
}
const lines = [
  { message: `pushed with ${secrets.github} from ci`, nested: { header: `PRIVATE-TOKEN: ${secrets.gitlab}` } },
  { env: `OPENAI_API_KEY=${secrets.openai}`, [secrets.jwt]: 1 },
  { files: [{ path: '/home/x/.ssh/id', content: secrets.pem }], dsn: `postgres://app:${secrets.url}@db/app` },
  { account: { password: secrets.field }, variables: [{ name: 'DB_PASSWORD', value: secrets.env }] },
  { request: JSON.stringify({ headers: { Authorization: `Bearer ${secrets.bearer}` }, key: secrets.cordon }) },
]
const body = lines.map((line) => JSON.stringify(line)).join('\n')

/** Every byte under the data directory, and every event as whoever holds the keys reads it. */
async function everythingKept(scrub: (json: string) => string): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'cordon-planted-'))
  const store = openLocalStore([logWriter(), sourcesWriter], join(dataDir, storeFile))
  const log = openEventLog({ ...store, keys: logKeysOf('example') })
  const options: UploadOptions = { tenant, source: 'src', stream: 'log', batch: 'b', partial: 'keep', nowMs, scrub }
  await store.writer.submit(
    addSource({
      tenant,
      id: 'src',
      connector: 'host',
      config: {},
      authority: null,
      sealedSee: null,
      sealedContain: null,
      trust: 'host',
      scope: { about: [] },
      createdAtMs: nowMs,
    }),
  )
  const token = await issueIngestToken(store.writer, { tenant, source: 'src', boundTo: null, nowMs })
  const sent = [utf8(body), gzipSync(body), utf8(`[${lines.map((line) => JSON.stringify(line, null, 1)).join()}]`)]
  for (const [n, upload] of sent.entries()) {
    const { events, badCount } = await readUpload(upload, { ...options, batch: `b${n}` })
    assert.deepEqual([events.length, badCount], [lines.length, 0])
    await log.append({ tenant, source: 'src', arrivedAtMs: nowMs, events })
  }
  const pulled = lines.map((raw, n) => ({ native: String(n), eventAtMs: null, raw }))
  await log.append(pageBatch({ tenant, source: 'src', stream: 'pull', events: pulled, cursor: 'c' }, nowMs, scrub))
  const events = await log.read(tenant, 0, 1_000)
  assert.equal(events.length, lines.length * 4)
  const files = readdirSync(dataDir).map((name) => readFileSync(join(dataDir, name)).toString('latin1'))
  assert.ok(!files.join('').includes(token.text.slice(-20)), 'the ingest token itself')
  // Texts behind escapes count too.
  const texts = events.map((event) => event.raw).join('\n')
  return [texts, texts.replaceAll('\\n', '\n'), ...files].join('\n')
}

const isKept = (everything: string, secret: string): boolean =>
  [secret, secret.slice(-16), toHex(utf8(secret)), Buffer.from(secret).toString('base64')].some((form) =>
    everything.includes(form),
  )

test('no planted secret is anywhere in the data directory, nor in any event', async () => {
  const fingerprint = fingerprinterOf('example')
  const everything = await everythingKept((json) => scrubJson(json, fingerprint).text)
  for (const [name, secret] of Object.entries(secrets)) assert.ok(!isKept(everything, secret), name)
  assert.ok(everything.includes(`fp:${fingerprint.ofValue(secrets.github)}`), 'its fingerprint is')
})

test('this search finds every one of them when nothing is scrubbed', async () => {
  const everything = await everythingKept((json) => json)
  const missed = Object.entries(secrets).filter(([, secret]) => !isKept(everything, secret))
  assert.deepEqual(missed, [])
})
