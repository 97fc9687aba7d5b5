import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { createHttp, seededRandom, silentDiagnose, type Json } from '#kit'
import { createBudgets, openSignedHttp, pullPatience } from '#sources'
import { postgres, postgresOrigins } from '#connectors/postgres'

import { startAwsTwin } from '../../../lab/twins/aws/twin.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { rdsLogs } from '../../../src/connectors/postgres/config.ts'
import { tailLogs } from '../../../src/connectors/postgres/log-files.ts'
import { tailRds, type RdsPosition } from '../../../src/connectors/postgres/rds-files.ts'

const account = '111122223333'
const instance = 'people-1'
const fileOf = (hour: number): string => `error/postgresql.log.2026-03-24-${hour}00.csv`
const record = (n: number, message = 'x'): string =>
  `2026-03-24 12:00:00 UTC,"app","people",${n},"10.0.0.1:5","65f.${n}",${n},"SELECT",2026-03-24 12:00:00 UTC,1/1,0,LOG,00000,"${message}",,,,,,,,,"app","client backend",,0\n`

const reads: Json = {
  Statement: [{ Effect: 'Allow', Action: ['rds:DescribeDBLogFiles', 'rds:DownloadDBLogFilePortion'], Resource: '*' }],
}

/** A database instance at RDS, whose user for logs may read them and nothing else. */
async function foundRds(rights = reads) {
  const clock = new TwinClock(Date.UTC(2026, 2, 24, 13))
  const twin = await startAwsTwin(account, clock)
  const { state } = twin
  const user = state.addUser('cordon-logs', clock.nowMs(), { logs: rights })
  const key = state.addKey(user, clock.nowMs())
  const files = new Map<string, string>()
  state.logFiles.set(instance, files)
  const given = { rds: { region: 'eu-west-1', instances: [instance], endpoint: twin.url } }
  const config = postgres.config.parse({ host: 'db.example', user: 'cordon_see', logs: given })
  const origins = postgresOrigins(config)
  const http = openSignedHttp({
    http: createHttp(origins),
    clock,
    unit: seededRandom(7),
    budgets: createBudgets(clock),
    limits: {
      ...postgres.limits,
      budgets: [{ name: 'rds', perMinute: 1_000_000, burst: 10_000, sharedBy: 'authority' }],
    },
    realms: { source: 'postgres', authority: 'postgres' },
    lane: 'live',
    patience: pullPatience,
    auth: postgres.auth?.(config, 'see'),
    origins,
    secrets: () => ({ awsAccessKeyId: key.id, awsSecretAccessKey: key.secret }),
  })
  const logs = rdsLogs(config) ?? assert.fail('it is read at RDS')
  const asking = { http, signal: AbortSignal.timeout(60_000), logs }
  return { state, files, asking, close: () => twin.close() }
}
type Rds = Awaited<ReturnType<typeof foundRds>>

/** Reads on from a position, a page at a time and each as after a restart. */
async function readOn({ asking }: Rds, from?: RdsPosition, onGap = () => {}) {
  const texts: (string | null)[] = []
  let at = from
  for (let isMore = true; isMore;) {
    isMore = false
    for await (const { records, position } of tailRds(asking, instance, at, onGap)) {
      texts.push(...records.map(({ text }) => text))
      const isMoved = JSON.stringify(position) !== JSON.stringify(at)
      at = structuredClone(position)
      if (isMoved && records.length > 0) {
        isMore = true
        break
      }
    }
  }
  return { texts, at }
}

test('RDS tells the same records as the files do, through every restart, and records of many lines stay whole', async (t) => {
  const rds = await foundRds()
  t.after(rds.close)
  const folder = await mkdtemp(join(tmpdir(), 'rds-'))
  t.after(() => rm(folder, { recursive: true }))
  const wide = 'a statement\nof ""three""\nlines, <angled> & more'
  const texts = [10, 11].map((hour) =>
    Array.from({ length: 40 }, (_, n) => record(hour * 100 + n, n % 5 === 0 ? wide : 'x')).join(''),
  )
  for (const [at, text] of texts.entries()) {
    rds.files.set(fileOf(10 + at), text)
    await writeFile(join(folder, `${10 + at}.csv`), text)
  }
  const own: (string | null)[] = []
  const logs = { format: 'csvlog', path: `${folder}/*.csv` } as const
  for await (const page of tailLogs(logs, null, AbortSignal.timeout(10_000), silentDiagnose))
    own.push(...page.records.map(({ text }) => text))
  assert.equal(own.length, 80)
  for (const lines of [1, 2, 7, 1_000]) {
    rds.state.portionLinesMax = lines
    assert.deepEqual((await readOn(rds)).texts, own, `${lines} lines at a time`)
  }
})

test('a record that is half written is told when it is whole, once', async (t) => {
  const rds = await foundRds()
  t.after(rds.close)
  const [first, second] = [record(1), record(2, 'two\nlines')]
  rds.files.set(fileOf(10), first + second.slice(0, second.indexOf('\n') + 1))
  const before = await readOn(rds)
  assert.deepEqual(before.texts, [first])
  rds.files.set(fileOf(10), first + second + record(3))
  const after = await readOn(rds, before.at)
  assert.deepEqual(after.texts, [second, record(3)])
  rds.files.set(fileOf(11), record(4))
  assert.deepEqual((await readOn(rds, after.at)).texts, [record(4)])
})

test('a file that RDS no longer keeps is a gap, and reading goes on after it', async (t) => {
  const rds = await foundRds()
  t.after(rds.close)
  rds.files.set(fileOf(10), record(1))
  const { at } = await readOn(rds)
  rds.files.delete(fileOf(10))
  rds.files.set(fileOf(12), record(2))
  let gaps = 0
  const { texts } = await readOn(rds, at, () => gaps++)
  assert.ok(gaps > 0)
  assert.deepEqual(texts, [record(2)])
})

test('who may not read the log is told which right is missing', async (t) => {
  const rds = await foundRds({ Statement: [] })
  t.after(rds.close)
  await assert.rejects(readOn(rds), { code: 'ERR_VENDOR_SCOPE' })
})
