import { defineFormat } from '#sources/contract'

import { nativeOf, product, read, recordsIn, timeMs } from './normalize.ts'
import { sorts } from './sigma.ts'

/** Tailscale's configuration audit log and network flow logs, as its API and its log streaming write them. */
export const tailscaleConnector = defineFormat({
  id: 'tailscale',
  version: 1,
  title: 'Tailscale',
  product,
  delayMs: { typical: 60_000, worst: 3_600_000 },
  covers: ['admin', 'logins'],
  logs: ['login', 'admin'],
  blind: [
    'who reached what through the network is told by addresses and node ids alone, and only where flow logs are on',
    'reading of the configuration is not logged',
  ],
  sorts,
  unpack: recordsIn,
  timeMs,
  nativeOf,
  read,
})
