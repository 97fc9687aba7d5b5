import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { report, toRecords } from '../../../src/connectors/host/reporter/cordon-host-report.mjs'
import type { Estate } from '../../../lab/estate/estate.ts'
import { writeHosts } from '../../../lab/estate/host-files.ts'
import type { SourceSetup } from '../../../lab/estate/truth.ts'
import type { Cordon } from './cordon.ts'

/** Of the source that hosts report to. */
export const hostSetup: SourceSetup = { connector: 'host', config: {}, see: {}, contain: {} }

/**
 * What lies on each host of the estate, written out as files and read by the real reporter. By its hardware a host is the
 * machine that Fleet knows: of a folder that is looked at as a machine the reporter tells none, so it is put in here.
 */
export async function reportHosts(estate: Estate, cordon: Cordon): Promise<void> {
  const { company, started } = estate
  const root = mkdtempSync(join(tmpdir(), 'cordon-hosts-'))
  try {
    writeHosts(estate, root)
    const rows = company.hosts.flatMap(({ id, kind }, n) => {
      const hardware = {
        serial: `BW${String(n).padStart(8, '0')}`,
        manufacturer: kind === 'laptop' ? 'Apple Inc.' : 'Dell Inc.',
      }
      const told = report({ root: join(root, id), hostId: id })
      return toRecords({ ...told, ...(started.has('fleet') ? { hardware } : {}) }).map((raw, part) => ({
        native: `${id}/${part}`,
        eventAtMs: told.takenAtMs,
        raw: JSON.parse(JSON.stringify(raw)),
      }))
    })
    await cordon.add(hostSetup, 'host')
    await cordon.take(hostSetup, 'report', rows)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
