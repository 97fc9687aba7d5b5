import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { report, toRecords } from '../../../src/connectors/host/reporter/cordon-host-report.mjs'
import type { Estate } from '../../../lab/estate/estate.ts'
import type { Credential, SourceSetup } from '../../../lab/estate/truth.ts'
import type { Cordon } from './cordon.ts'

/** Of the source that hosts report to. */
export const hostSetup: SourceSetup = { connector: 'host', config: {}, see: {}, contain: {} }

/**
 * What lies on each host of the estate, written out as files and read by the real reporter. By its hardware a host is the
 * machine that Fleet knows: of a folder that is looked at as a machine the reporter tells none, so it is put in here.
 */
export async function reportHosts({ company, credentials, started }: Estate, cordon: Cordon): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'cordon-hosts-'))
  try {
    for (const { id } of company.hosts) mkdirSync(join(root, id))
    for (const credential of credentials)
      for (const place of credential.lies) {
        if (place.at !== 'host') continue
        const path = join(root, place.host, place.path)
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, linesOf(credential, place.path), { flag: 'a' })
      }
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

function linesOf({ kind, id, native, value }: Credential, path: string): string {
  if (kind !== 'access-key') return `${id.replaceAll(/[^a-z0-9]/gi, '_').toUpperCase()}=${value}\n`
  return path.endsWith('.env')
    ? `AWS_ACCESS_KEY_ID=${native}\nAWS_SECRET_ACCESS_KEY=${value}\n`
    : `[${id.replaceAll('/', '-')}]\naws_access_key_id = ${native}\naws_secret_access_key = ${value}\n`
}
