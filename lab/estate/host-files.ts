import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import type { Estate } from './estate.ts'
import type { Credential } from './truth.ts'

/** What lies on each host of the estate, written out as files, a folder for each: a host reporter looks at it as at a machine. */
export function writeHosts({ company, credentials }: Estate, folder: string): { id: string; root: string }[] {
  for (const { id } of company.hosts) mkdirSync(join(folder, id))
  for (const credential of credentials)
    for (const place of credential.lies) {
      if (place.at !== 'host') continue
      const path = join(folder, place.host, place.path)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, linesOf(credential, place.path), { flag: 'a' })
    }
  return company.hosts.map(({ id }) => ({ id, root: join(folder, id) }))
}

function linesOf({ kind, id, native, value }: Credential, path: string): string {
  if (kind !== 'access-key') return `${id.replaceAll(/[^a-z0-9]/gi, '_').toUpperCase()}=${value}\n`
  return path.endsWith('.env')
    ? `AWS_ACCESS_KEY_ID=${native}\nAWS_SECRET_ACCESS_KEY=${value}\n`
    : `[${id.replaceAll('/', '-')}]\naws_access_key_id = ${native}\naws_secret_access_key = ${value}\n`
}
