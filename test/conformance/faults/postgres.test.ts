import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { postgres, type PostgresConfig } from '#connectors/postgres'

import type { Gate } from './hunt.ts'
import type { FaultPlug, TwinAnswer, TwinRequest, TwinRow } from './plug.ts'
import { twinOrigin } from './run.ts'
import { allBut, foldersOf, textOf } from './scratch.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const instance = 'people-1'
/** Few, so that a file is read in many portions. */
const portionLines = 4
const fileRows = 20

/** Ids of sessions begin with their start, in seconds. */
const sessionOf = ({ n, atMs }: TwinRow): string => `${Math.floor(atMs / 1000).toString(16)}.${n + 1}`

/** A sign-in that was refused before the server knew for whom: nothing of it has to be asked of a server. */
function csvOf(row: TwinRow): string {
  const at = new Date(row.atMs).toISOString().replace('T', ' ').replace('Z', ' UTC')
  const message = `"no encryption for ""${row.n % 3 === 0 ? 'two\nlines' : 'one'}"""`
  return `${at},,,${row.n},"192.0.2.1:5",${sessionOf(row)},1,"",${at},,0,FATAL,28000,${message},,,,,,,,,"","not initialized",,0\n`
}
const record = (row: TwinRow) => ({ csv: csvOf(row) })
const linesOf = (twin: VendorTwin): string[] => twin.byArrival(0, 1_000).records.map(({ csv }) => textOf(csv))

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const xml = (action: string, inside: string): TwinAnswer => ({
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body: null,
  text: `<${action}Response><${action}Result>${inside}</${action}Result></${action}Response>`,
})
const fileName = (n: number): string => `error/postgresql.log.2027-01-15-${String(n).padStart(2, '0')}.csv`

/** RDS's two operations over the suite's rows: so many a file, whose markers fall between any two lines. */
function answer({ body }: TwinRequest, twin: VendorTwin): TwinAnswer {
  const asked = new URLSearchParams(body)
  const records = linesOf(twin)
  const files = Math.max(1, Math.ceil(records.length / fileRows))
  if (asked.get('Action') === 'DescribeDBLogFiles') {
    const names = Array.from({ length: files }, (_, n) => fileName(n))
    const members = names.map(
      (name) => `<DescribeDBLogFilesDetails><LogFileName>${name}</LogFileName></DescribeDBLogFilesDetails>`,
    )
    return xml('DescribeDBLogFiles', `<DescribeDBLogFiles>${members.join('')}</DescribeDBLogFiles>`)
  }
  const file = Array.from({ length: files }, (_, n) => n).find((n) => fileName(n) === asked.get('LogFileName')) ?? 0
  const text = records.slice(file * fileRows, (file + 1) * fileRows).join('')
  const lines = text === '' ? [] : text.split(/(?<=\n)/)
  const from = Number((asked.get('Marker') ?? '0').split(':').at(-1))
  const to = Math.min(lines.length, from + portionLines)
  const data = escaped(lines.slice(from, to).join(''))
  return xml(
    'DownloadDBLogFilePortion',
    `<LogFileData>${data}</LogFileData><Marker>7:${to}</Marker><AdditionalDataPending>${to < lines.length}</AdditionalDataPending>`,
  )
}

const login = { host: '127.0.0.1', user: 'cordon_see' }
const wire = [
  'limit-seconds',
  'limit-date',
  'limit-bare',
  'status-500',
  'status-502',
  'status-503',
  'timeout',
  'reset',
  'reset-mid-page',
  'truncated',
] as const

const rdsPlug: FaultPlug<PostgresConfig> = {
  name: 'postgres rds-log',
  connector: postgres,
  config: postgres.config.parse({
    ...login,
    logs: { rds: { region: 'eu-west-1', instances: [instance], endpoint: twinOrigin } },
  }),
  secrets: { awsAccessKeyId: 'EXAMPLE', awsSecretAccessKey: 'EXAMPLE' },
  stream: 'rds-log',
  record,
  keeps: ['csv'],
  nativeOf: (row) => `${instance}/${sessionOf(row)}.1`,
  answer,
  without: allBut(
    [...wire, 'clock-ahead', 'clock-behind', 'late', 'future-dated'],
    'a log is a file: what stands in it stays where it is, and as it is',
  ),
}

/** The server's log as files: new ones begin, and the last record may be half written when it is looked at. */
type Written = { path: string; file: number; lines: number; half: string }
const folders = foldersOf((path): Written => ({ path, file: 0, lines: 0, half: '' }))
let current = ''

function settle(twin: VendorTwin, random: () => number): void {
  const log = folders.of(twin)
  current = log.path
  const write = (text: string): void =>
    appendFileSync(join(log.path, `postgresql-${String(log.file).padStart(3, '0')}.csv`), text)
  write(log.half)
  log.half = ''
  const fresh = linesOf(twin).slice(log.lines)
  log.lines += fresh.length
  for (const [at, line] of fresh.entries()) {
    const isHalf = at === fresh.length - 1 && random() < 0.3
    const cut = isHalf ? 1 + Math.floor(random() * (line.length - 1)) : line.length
    write(line.slice(0, cut))
    log.half = line.slice(cut)
    if (log.half === '' && random() < 0.1) log.file++
  }
}

/** A dead process has no open files, but the suite's lives share one: what was read is handed on once the file is closed. */
const closing: typeof postgres = {
  ...postgres,
  streams: postgres.streams.map((stream) =>
    'pull' in stream
      ? {
          ...stream,
          async *pull(context, cursor) {
            const pages = []
            for await (const page of stream.pull(context, cursor)) pages.push(page)
            yield* pages
          },
        }
      : stream,
  ),
}

const filePlug: FaultPlug<PostgresConfig> = {
  name: 'postgres log',
  connector: closing,
  /** Each life of the process opens the folder of the schedule in hand. */
  get config() {
    return postgres.config.parse({ ...login, logs: { format: 'csvlog', path: join(current, '*.csv') } })
  },
  secrets: { password: 'EXAMPLE' },
  stream: 'log',
  record,
  keeps: ['csv'],
  nativeOf: (row) => `${sessionOf(row)}.1`,
  answer: () => ({ status: 404, body: null }),
  settle,
  without: allBut(
    ['clock-ahead', 'clock-behind', 'late', 'future-dated'],
    'files of this machine, which no vendor hands out',
  ),
}

const real = 'read from a real server over its own protocol: test/systems/postgres-faults, people-view'
const elsewhere: Gate['elsewhere'] = [
  [/postgres\/(?!rds-feed)[\w-]+\.ts/, `${real}; or from files, between whose reads nothing is written`],
  [/eventsOf\(|lookup\.close/, real],
]
const unplayed: Gate['unplayed'] = { inventory: real, people: real, sessions: real, 'sign-in': real }
for (const { name, run } of connectorSuite(postgres, [rdsPlug, filePlug], { elsewhere, unplayed })) test(name, run)
