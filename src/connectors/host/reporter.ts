import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { report, type HostReport, type ReporterOptions } from './reporter/cordon-host-report.mjs'

/** The time `cordon whatif` may take before it shows what it has. */
export const whatifTimeMs = 4_000

/** Runs the reporter in this process: reads the file system, changes nothing, needs no server. */
export const runReporter = (options: ReporterOptions = {}): HostReport => report(options)

export const reporterFileName = 'cordon-host-report.mjs'

/** The single file that hosts fetch from their own Cordon, with the hash they pin. */
export async function readReporterFile(): Promise<{ name: string; bytes: Uint8Array; sha256: string }> {
  const bytes = await readFile(join(import.meta.dirname, 'reporter', reporterFileName))
  return { name: reporterFileName, bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
}
