import type { HostReport, ReportedCredential, ReportedPackage } from './reporter/cordon-host-report.mjs'

/** Marks a row that a later report of the same host no longer had. */
export type FromEarlier = { from: 'earlier-report' }
export type FilledReport = Omit<HostReport, 'packages' | 'credentials'> & {
  packages: (ReportedPackage & Partial<FromEarlier>)[]
  credentials: (ReportedCredential & Partial<FromEarlier>)[]
}

/**
 * The later report with what it omits taken from the earlier one and marked: whoever owns a host can make it forget a
 * key, and the key then still counts as readable. Reports of different hosts are not mixed.
 */
export function fillOmitted(later: FilledReport, earlier: FilledReport): FilledReport {
  if (later.host.id !== earlier.host.id || earlier.takenAtMs > later.takenAtMs) return later
  return {
    ...later,
    packages: fill(later.packages, earlier.packages, (row) => [row.ecosystem, row.name, row.version, row.path]),
    credentials: fill(later.credentials, earlier.credentials, (row) => [
      row.path,
      row.sha256 ?? row.keyId ?? row.accessKeyId ?? '',
    ]),
  }
}

function fill<Row>(
  later: readonly Row[],
  earlier: readonly Row[],
  key: (row: Row) => string[],
): (Row | (Row & FromEarlier))[] {
  const present = new Set(later.map((row) => key(row).join('\n')))
  const omitted = earlier.filter((row) => !present.has(key(row).join('\n')))
  return [...later, ...omitted.map((row) => ({ ...row, from: 'earlier-report' as const }))]
}
