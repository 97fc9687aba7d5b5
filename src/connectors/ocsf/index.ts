import { z } from 'zod'

import { defineConnector, type PushStream } from '#sources/contract'

import { normalize } from './normalize.ts'

const ocsfConfig = z.strictObject({
  /** The realm its users, sessions and resources are named in. */
  authority: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,252}$/, { error: 'a host name in lower case' }),
  /** Verbs the system reports each use of; a reachable resource is "untouched" only for these. */
  logs: z.array(z.enum(['read', 'write', 'delete', 'share', 'admin', 'login'])).default([]),
})
export type OcsfConfig = z.infer<typeof ocsfConfig>

/** How late the other pipeline sends is its own to say; an hour is what a verdict reckons with. */
const pushed: PushStream<OcsfConfig> = {
  name: 'log',
  kind: 'push',
  delayMs: { typical: 60_000, worst: 3_600_000 },
  everyMs: 60_000,
  covers: ['reads', 'writes', 'logins'],
  // What a pipeline fills in of OCSF is its own to say.
  sigma: { product: 'ocsf', category: 'application', service: 'log', fields: ['*'] },
}

/** Any system or pipeline that already speaks OCSF: its events pass as they are, and who touched what is read out of them. */
export const ocsfConnector = defineConnector<OcsfConfig>({
  id: 'ocsf',
  version: 2,
  title: 'OCSF events of another pipeline',
  config: ocsfConfig,
  example: { authority: 'lake.example.com', logs: ['read', 'login'] },
  secrets: { see: [], contain: [] },
  streams: [pushed],
  coverage: ({ logs }) => ({
    sees: [
      ...(logs.includes('login') ? (['logins'] as const) : []),
      ...(logs.includes('read') ? (['reads'] as const) : []),
      ...(logs.includes('write') ? (['writes'] as const) : []),
    ],
    logged: logs,
    blind: ['only what others send: no inventory, so neither rights nor credentials nobody used are known'],
  }),
  check: async ({ config }) => ({ authority: config.authority, missing: [], excess: [], says: [] }),
  normalize,
})
