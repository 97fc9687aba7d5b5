import type { HostReport, ReportedCredential } from './reporter/cordon-host-report.mjs'

export const yearMs = 365 * 86_400_000
export const recentPackagesMax = 5

/** One kind of credential on this host. Ages in ms; null where no time is known. */
export type WhatifKind = {
  kind: string
  files: number
  secrets: number
  oldestAgeMs: number | null
  newestAgeMs: number | null
  /** Files that others than their owner may read. */
  readableByOthers: number
}

/** What a bad install here could read. No secret and no hash of one is in it. */
export type Whatif = {
  host: string
  takenAtMs: number
  complete: boolean
  files: number
  filesOlderThanYear: number
  /** Files that this user may not read, though another on this host may. */
  filesOfOthers: number
  environmentVariables: number
  kinds: WhatifKind[]
  packages: { npm: number; pypi: number; cached: number }
  recentPackages: { ecosystem: string; name: string; version: string; installedAtMs: number }[]
  /** `.pth` files that run code at every start of Python. */
  startHooks: string[]
  truncated: HostReport['truncated']
}

/** Pure. */
export function summarizeWhatif(report: HostReport, nowMs: number): Whatif {
  const readable = report.credentials.filter((row) => row.unreadable !== true && row.kind !== 'environment')
  const installed = report.packages.filter(({ state }) => state === 'installed')
  const names = new Map(installed.map((row) => [`${row.ecosystem} ${row.name} ${row.version}`, row]))
  const recent = [...names.values()].sort((a, b) => b.installedAtMs - a.installedAtMs || (a.name < b.name ? -1 : 1))
  const kinds = [...Map.groupBy(readable, ({ kind }) => kind)].map(([kind, rows]) => summarizeKind(kind, rows, nowMs))
  return {
    host: report.host.id,
    takenAtMs: report.takenAtMs,
    complete: report.complete,
    files: paths(readable),
    filesOlderThanYear: paths(readable.filter((row) => (ageOf(row, nowMs) ?? 0) > yearMs)),
    filesOfOthers: paths(report.credentials.filter((row) => row.unreadable === true)),
    environmentVariables: paths(report.credentials.filter(({ kind }) => kind === 'environment')),
    kinds: kinds.sort((a, b) => b.files - a.files || (a.kind < b.kind ? -1 : 1)),
    packages: {
      npm: installed.filter(({ ecosystem }) => ecosystem === 'npm').length,
      pypi: installed.filter(({ ecosystem }) => ecosystem === 'pypi').length,
      cached: report.packages.length - installed.length,
    },
    recentPackages: recent
      .slice(0, recentPackagesMax)
      .map(({ ecosystem, name, version, installedAtMs }) => ({ ecosystem, name, version, installedAtMs })),
    startHooks: report.hints.filter(({ runsCode }) => runsCode === true).map(({ path }) => path),
    truncated: report.truncated,
  }
}

/** Plain text of at most some thirty lines. Pure. */
export function renderWhatif(report: HostReport, nowMs: number): string {
  const whatif = summarizeWhatif(report, nowMs)
  const lines = [
    `A bad install here could read ${count(whatif.files, 'credential file')}; ${whatif.filesOlderThanYear} older than a year.`,
  ]
  if (whatif.environmentVariables > 0)
    lines.push(`And ${count(whatif.environmentVariables, 'secret')} in its environment.`)
  if (whatif.filesOfOthers > 0) lines.push(`Another user here could read ${whatif.filesOfOthers} more.`)
  if (whatif.kinds.length > 0) lines.push('', ...table(whatif.kinds))
  const { npm, pypi, cached } = whatif.packages
  lines.push('', `Installed: ${npm} npm and ${pypi} PyPI packages${cached > 0 ? `, ${cached} more in caches` : ''}.`)
  if (whatif.recentPackages.length > 0) {
    lines.push('Most recent:')
    for (const { ecosystem, name, version, installedAtMs } of whatif.recentPackages) {
      lines.push(`  ${ecosystem} ${printable(name)}@${printable(version)}, ${age(nowMs - installedAtMs)} ago`)
    }
  }
  if (whatif.startHooks.length > 0) {
    lines.push(`Run code at every start of Python: ${count(whatif.startHooks.length, '.pth file')}.`)
  }
  for (const { what, path, count: times } of whatif.truncated) {
    lines.push(`Not all was seen: ${what}, ${times} times, first at ${printable(path)}`)
  }
  return `${lines.join('\n')}\n`
}

function summarizeKind(kind: string, rows: readonly ReportedCredential[], nowMs: number): WhatifKind {
  const ages = rows.flatMap((row) => ageOf(row, nowMs) ?? [])
  const isSecret = (row: ReportedCredential): boolean => (row.sha256 ?? row.keyId ?? row.accessKeyId) !== undefined
  return {
    kind,
    files: paths(rows),
    secrets: rows.filter(isSecret).length,
    oldestAgeMs: ages.length === 0 ? null : Math.max(...ages),
    newestAgeMs: ages.length === 0 ? null : Math.min(...ages),
    readableByOthers: paths(rows.filter(({ readableBy }) => readableBy !== 'owner')),
  }
}

function table(kinds: readonly WhatifKind[]): string[] {
  const rows = kinds.map(({ kind, files, oldestAgeMs, newestAgeMs, readableByOthers }) => [
    kind,
    String(files),
    age(oldestAgeMs),
    age(newestAgeMs),
    String(readableByOthers),
  ])
  const all = [['kind', 'files', 'oldest', 'newest', 'readable by others'], ...rows]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** Packers stamp 1970, 1980 or 1985 on every file: such a time says nothing about the credential's age. */
const oldestBelievedMs = Date.UTC(2000, 0)
const ageOf = ({ modifiedAtMs }: ReportedCredential, nowMs: number): number | undefined =>
  modifiedAtMs === null || modifiedAtMs < oldestBelievedMs ? undefined : Math.max(0, nowMs - modifiedAtMs)
const paths = (rows: readonly ReportedCredential[]): number => new Set(rows.map(({ path }) => path)).size
const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
/** Names come from the file system: nothing in them may steer a terminal. */
const printable = (text: string): string => text.replace(/\p{C}/gu, '?').slice(0, 200)

function age(ms: number | null): string {
  if (ms === null) return '-'
  const units = [
    ['y', yearMs],
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ] as const
  for (const [unit, length] of units) if (ms >= length) return `${Math.floor(ms / length)} ${unit}`
  return '0 min'
}
