import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { hardwareEntities, type EntityId } from '#model'

import {
  identify,
  readHardware,
  report,
  type HostReport,
  type ReporterOptions,
} from './reporter/cordon-host-report.mjs'

/** The time `cordon whatif` may take before it shows what it has. */
export const whatifTimeMs = 4_000

/** Runs the reporter in this process: reads the file system, changes nothing, needs no server. */
export const runReporter = (options: ReporterOptions = {}): HostReport => report(options)

/** How this very machine would be called in a report of its own: isolating it would cut off Cordon itself. */
export function ownHostId(): string {
  let machineId: string | undefined
  try {
    machineId = readFileSync('/etc/machine-id', 'utf8')
  } catch {
    // No machine id: the host name speaks for it, as in a report.
  }
  return identify({}, machineId, true).id
}

/** What an endpoint tool would know this very machine by, as far as this process may read it. */
export const ownHardware = (): EntityId[] => hardwareEntities(readHardware() ?? {})

export const reporterFileName = 'cordon-host-report.mjs'

/** The single file that hosts fetch from their own Cordon, with the hash they pin. */
export async function readReporterFile(): Promise<{ name: string; bytes: Uint8Array; sha256: string }> {
  const bytes = await readFile(join(import.meta.dirname, 'reporter', reporterFileName))
  return { name: reporterFileName, bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
}
