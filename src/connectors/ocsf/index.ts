import { z } from 'zod'

import { defineConnector } from '#sources/contract'

import { normalize } from './normalize.ts'

const ocsfConfig = z.strictObject({
  /** The realm its users, sessions and resources are named in. */
  authority: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,252}$/, { error: 'a host name in lower case' }),
  /** Verbs the system reports each use of; a reachable resource is "untouched" only for these. */
  logs: z.array(z.enum(['read', 'write', 'delete', 'share', 'admin', 'login'])).default([]),
})
export type OcsfConfig = z.infer<typeof ocsfConfig>

/** Any system or pipeline that already speaks OCSF: its events pass as they are, and who touched what is read out of them. */
export const ocsfConnector = defineConnector<OcsfConfig>({
  id: 'ocsf',
  version: 1,
  title: 'OCSF events of another pipeline',
  config: ocsfConfig,
  secrets: { see: [], contain: [] },
  streams: [],
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
