// npm run bench:project: raw events → statements (pure), then statements → the estate on disk as worker W keeps them.
// Baseline in the same run: the same number of rows put into one plain table, in the same batches, nothing looked up.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { applyProjection, estateItems, estateWriter, openEstate } from '#estate'
import { newId, seededBytes, seededInt, seededRandom, type Json } from '#kit'
import { defaultTenant, type LoggedEvent, type Normalized, type ProjectionItem } from '#model'
import { projectEvent, type Normalizer } from '#project'
import { hostConnector } from '#connectors/host'
import { keysConnector } from '#connectors/keys'
import { oidcConnector } from '#connectors/oidc'
import { postgres } from '#connectors/postgres'
import { command, handler, openLocalStore, type WriterModule } from '#store'

const events = Number(process.env['BENCH_EVENTS'] ?? 50_000)
const perBatch = Number(process.env['BENCH_BATCH'] ?? 1_000)
const startMs = Date.UTC(2026, 2, 24, 12)
const random = seededRandom(1)
const bytes = seededBytes(random)
const int = (bound: number): number => seededInt(random, bound)
const skewed = (bound: number): number => Math.floor(random() ** 3 * bound)

const noRoles = { created: [], altered: [], dropped: [], granted: [], revoked: [], setsPassword: false }
const line = (kind: string, session: number, touches: Json[]): Json => ({
  kind,
  timestamp: '2026-03-24 12:00:00.000 UTC',
  user: `svc-${session % 200}`,
  dbname: 'people',
  pid: 1000 + session,
  remote_host: `10.0.${session % 40}.7`,
  remote_port: 40_000 + session,
  session_id: `69c28a40.${session.toString(16)}`,
  line_num: 1,
  ps: 'SELECT',
  error_severity: 'LOG',
  state_code: null,
  message: 'AUDIT',
  statement: touches.length === 0 ? null : 'SELECT * FROM interviews WHERE id = $1',
  application_name: 'annotator',
  audit:
    touches.length === 0
      ? null
      : { type: 'SESSION', id: '1', class: 'READ', command: 'SELECT', objectType: 'TABLE', object: 'i', rows: 1 },
  resolved: {
    startMs: startMs - (session % 1000) * 1000,
    roleOid: 16_384 + (session % 200),
    databaseOid: 16_000,
    touches,
    unknownRead: null,
    ...noRoles,
  },
})
const token = (n: number): Json => ({
  ref: `tok_${n}`,
  kind: 'access',
  format: 'opaque',
  grant: `g${n % 4000}`,
  parent: null,
  client: `app-${n % 30}`,
  subject: `u${n % 900}`,
  audience: 'https://api.example',
  sha256: `fp:k1.${'A'.repeat(36)}${n}`,
  issuedAtMs: startMs + n,
  expiresAtMs: startMs + 3_600_000 + n,
  jti: null,
  session: null,
  scope: null,
  revokedAtMs: null,
  isDeniable: true,
})
const report = (atMs: number, host: number): Json => ({
  version: 1,
  host: { id: `runner-${host}`, from: 'given' },
  takenAtMs: atMs,
  complete: true,
  packages: Array.from({ length: 40 }, (_, n) => ({
    ecosystem: 'pypi',
    name: `lib-${n}`,
    version: `1.${host % 3}.0`,
    path: `/venv/${n}`,
    installedAtMs: startMs - 86_400_000,
    state: 'installed',
  })),
  credentials: Array.from({ length: 10 }, (_, n) => ({
    kind: 'npm',
    path: `/home/u${n}/.npmrc`,
    mode: '0600',
    readableBy: 'owner',
    modifiedAtMs: startMs - 86_400_000,
    sha256: `fp:k1.${'B'.repeat(36)}${host * 10 + n}`,
  })),
})

let sessions = 0
let tokens = 0
/** Of a hundred events: reads of a database, its sessions, an issuer's tokens and their use, keys, one host report in 500. */
function rawOf(n: number, atMs: number): { source: string; stream: string; raw: Json } {
  const dice = n % 100
  if (n % 500 === 499) return { source: 'hosts', stream: 'report', raw: report(atMs, int(400)) }
  if (dice < 60) {
    const touch = { name: 'public.interviews', oid: 20_000 + skewed(300), verb: 'read', rows: 1 + int(50) }
    return { source: 'db', stream: 'log', raw: line('audit', skewed(Math.max(1, sessions)), [touch]) }
  }
  if (dice < 65) return { source: 'db', stream: 'log', raw: line('connected', sessions++, []) }
  if (dice < 70) return { source: 'db', stream: 'log', raw: line('disconnected', sessions - 5 + dice - 65, []) }
  const feed = { id: `f${n}`, atMs, subject: 'u1' }
  if (dice < 80) return { source: 'idp', stream: 'log', raw: { ...feed, type: 'token.issued', token: token(tokens++) } }
  if (dice < 95)
    return { source: 'idp', stream: 'log', raw: { ...feed, type: 'token.used', token: token(skewed(tokens)), by: 'a' } }
  return {
    source: 'keys',
    stream: 'records',
    raw: {
      type: 'key.used',
      atMs,
      key: `k${n % 500}`,
      owner: `identity:cordon:svc-${n % 50}`,
      scopes: ['gateway'],
      origin: '10.1.1.1',
    },
  }
}

const normalizers = new Map<string, Normalizer>(
  [
    { source: 'db', authority: '7300000000000000001', connector: postgres },
    { source: 'idp', authority: 'issuer.example', connector: oidcConnector },
    { source: 'keys', authority: 'cordon', connector: keysConnector },
    { source: 'hosts', authority: 'host', connector: hostConnector },
  ].map(({ source, authority, connector }) => [
    source,
    { connector: connector.id, authority, normalize: (input) => connector.normalize(input) },
  ]),
)
function logged(from: number, laterMs: number): LoggedEvent[] {
  return Array.from({ length: events }, (_, n) => {
    const atMs = startMs + n * 5 + laterMs
    const { source, stream, raw } = rawOf(n, atMs)
    const common = { tenant: defaultTenant, offset: from + n, source, stream, eventAtMs: atMs, arrivedAtMs: atMs + 500 }
    return { ...common, id: newId('evt', bytes), raw: JSON.stringify(raw) }
  })
}

const rate = (count: number, ms: number): string => `${Math.round(count / (ms / 1000)).toLocaleString('en')}/s`
const timed = async <T>(work: () => T | Promise<T>): Promise<{ result: T; ms: number; cpuMs: number }> => {
  const cpu = process.cpuUsage()
  const started = performance.now()
  const result = await work()
  const { user, system } = process.cpuUsage(cpu)
  return { result, ms: performance.now() - started, cpuMs: (user + system) / 1000 }
}
const rowsOf = ({ edges, facts, touches }: Normalized): number =>
  edges.length + touches.length + facts.reduce((sum, { attributes }) => sum + Object.keys(attributes).length, 0)

const plainRows = command<{ through: number; rows: number }, null>('bench.plain-rows')
const plain: WriterModule = {
  name: 'bench',
  migrations: [
    'CREATE TABLE plain (tenant TEXT NOT NULL, number INTEGER NOT NULL, a INTEGER, b INTEGER, c INTEGER, kind TEXT NOT NULL, at_ms INTEGER NOT NULL, evidence INTEGER NOT NULL, source TEXT NOT NULL, PRIMARY KEY (tenant, number)) STRICT, WITHOUT ROWID',
  ],
  handlers: [
    handler(plainRows, (tx, { through, rows }) => {
      const insert = 'INSERT INTO plain VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'
      for (let n = 0; n < rows; n++)
        tx.run(insert, defaultTenant, through * 1_000_000 + n, n, n, n, 'read', startMs + n, through, 'db')
      return null
    }),
  ],
}

const dir = mkdtempSync(join(tmpdir(), 'cordon-bench-'))
const batchesOf = <T>(list: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / perBatch) }, (_, n) => list.slice(n * perBatch, (n + 1) * perBatch))

const project = (list: readonly LoggedEvent[]): ProjectionItem[] =>
  list.map((event) => projectEvent(event, normalizers.get(event.source)))
const first = logged(1, 0)
project(first.slice(0, 5_000))
const { result: items, ...normalized } = await timed(() => project(first))
const unmapped = items.filter((item) => item.unmapped !== undefined)
if (unmapped.length > 0) throw new Error(`${unmapped.length} events unmapped: ${unmapped[0]?.unmapped}`)
const rows = items.reduce((sum, item) => sum + rowsOf(item), 0)
console.log(`${events} events, ${rows} statements (${(rows / events).toFixed(1)} an event), ${perBatch} a command`)
console.log(`normalize             ${rate(events, normalized.ms)}, CPU ${rate(events, normalized.cpuMs)}`)

const base = openLocalStore([plain], join(dir, 'plain.sqlite'))
const baseline = await timed(async () => {
  for (const [n, batch] of batchesOf(items).entries())
    await base.writer.submit(plainRows({ through: n, rows: batch.reduce((sum, item) => sum + rowsOf(item), 0) }))
})
base.close()
console.log(`plain rows (baseline) ${rate(events, baseline.ms)}, CPU ${rate(events, baseline.cpuMs)}`)

const store = openLocalStore([estateWriter], join(dir, 'estate.sqlite'))
const estate = openEstate({ reader: store.reader, tenant: defaultTenant, snapshotPath: null })
async function apply(list: readonly ProjectionItem[]): Promise<void> {
  for (const batch of batchesOf(list)) {
    const through = batch.at(-1)?.offset ?? 0
    const commands = [...Map.groupBy(batch, ({ source }) => source)].map(([source, mine]) =>
      applyProjection({
        tenant: defaultTenant,
        source,
        skewMs: 2000,
        projectionVersion: 1,
        through,
        items: estateItems(mine),
      }),
    )
    for (const applied of await store.writer.submit(...commands)) estate.apply(applied)
  }
}
const print = (name: string, { ms, cpuMs }: { ms: number; cpuMs: number }): void =>
  console.log(
    `${name.padEnd(21)} ${rate(events, ms)}, CPU ${rate(events, cpuMs)}, ×${(baseline.ms / ms).toFixed(2)} of baseline`,
  )
print('apply, new', await timed(() => apply(items)))
sessions = 0
tokens = 0
const again = project(logged(1 + events, 10_000_000))
print('apply, restated', await timed(() => apply(again)))
store.close()
rmSync(dir, { recursive: true, force: true })
