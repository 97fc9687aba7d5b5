// The webhook half of core as a program of its own, so that tests can kill it: the real API server and door over a real
// store; hands stands in with the secret. Arguments: data directory. Prints its port.
import { writeSync } from 'node:fs'
import { join } from 'node:path'

import { stderrDiagnose, systemClock } from '#kit'
import { defaultTenant } from '#model'
import { createApi, listen, type ApiServices } from '#api'
import { openEventLog } from '#log'
import { Tally } from '#sources'
import { openReader, startWriter, storeFile } from '#store'

import { readConsole } from '../../src/app/core/console-files.ts'
import { createHookDoor } from '../../src/app/core/hook-door.ts'
import { logKeysOf } from './log-keys.ts'
import { sourceOf } from './source-of.ts'

export const hookSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

if (import.meta.main) {
  const [dataDir = ''] = process.argv.slice(2)
  const path = join(dataDir, storeFile)
  const writer = await startWriter(new URL('./log-writer-entry.ts', import.meta.url), { path })
  const log = openEventLog({ writer, reader: openReader(path), keys: logKeysOf('example') })
  const source = sourceOf({
    id: 'crm',
    connector: 'declared',
    config: { authority: 'crm.example', intake: { kind: 'webhook' } },
    authority: 'crm.example',
  })
  const tally = new Tally()
  const openHook = createHookDoor({
    tenant: defaultTenant,
    clock: systemClock,
    feed: (batch) => log.append(batch),
    scrub: (json) => json,
    find: (id) => (id === source.id ? source : undefined),
    registered: () => ({ intake: { stream: 'log', kinds: ['webhook'] } }),
    intake: {
      tally: () => tally,
      secrets: () => Promise.resolve({ webhookSecret: hookSecret }),
    },
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a webhook asks the API for this alone
  const services = { version: 'test', sources: { openHook } } as unknown as ApiServices
  const options = { services, bootstrapToken: () => undefined, diagnose: stderrDiagnose, names: new Set<string>() }
  const api = createApi({ ...options, console: readConsole })
  const { port } = await listen(api, '127.0.0.1', 0)
  writeSync(1, `port ${port}\n`)
}
