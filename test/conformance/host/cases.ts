import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createHttp, systemClock } from '#kit'
import { hostActions, hostEntity, hostHooksSchema, type HostConfig } from '#connectors/host'
import type { ActionContext } from '#respond/contract'

import { noHome } from '../../simulation/respond-hands.ts'
import type { ActionCase, Tried } from '../actions.ts'

// A firewall of files: one is there while its host is cut off. No vendor's: what the hooks do is the owner's own.
const folder = mkdtempSync(join(tmpdir(), 'cordon-firewall-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const hook = (line: string): string[] => ['/bin/sh', '-c', line, folder]
export const hooks = hostHooksSchema.parse({
  isolate: hook('touch "$0/$1"'),
  release: hook('rm -f "$0/$1"'),
  check: hook('[ -e "$0/$1" ]'),
})

const config: HostConfig = { hooks }
let hosts = 0
const found = async () => ({ host: `runner-${++hosts}`, close: () => Promise.resolve() })
type Company = Awaited<ReturnType<typeof found>>

export const tried: Tried<Company, HostConfig, ActionCase<Company>> = {
  actions: hostActions(config),
  cases: [
    {
      verb: 'host.isolate',
      isRestored: true,
      set: ({ host }) => ({
        target: hostEntity(host),
        works: () => Promise.resolve(!existsSync(join(folder, host))),
      }),
    },
  ],
  found,
  cordon: () => ({
    context: (over = {}): ActionContext<HostConfig> => ({
      config,
      authority: 'host',
      contain: {},
      http: createHttp([]),
      clock: systemClock,
      signal: AbortSignal.timeout(60_000),
      key: 'act_test',
      home: noHome,
      lent: () => undefined,
      isOwn: () => false,
      ...over,
    }),
  }),
}
