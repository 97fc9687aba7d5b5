import { z } from 'zod'

import { defineConnector, type PushStream } from '#sources/contract'

import { normalize } from './normalize.ts'

/** A host name is the natural authority of an own system: nobody else's connector uses it. */
const declaredConfig = z.strictObject({
  authority: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,252}$/, { error: 'a host name in lower case' }),
  /** Verbs the system reports each use of; a reachable resource is "untouched" only for these. */
  logs: z.array(z.enum(['read', 'write', 'delete', 'share', 'admin', 'login'])).default([]),
})
export type DeclaredConfig = z.infer<typeof declaredConfig>

/** How late its owner sends is the owner's to say; an hour is what a verdict reckons with. */
const declaredLog: PushStream<DeclaredConfig> = {
  name: 'log',
  kind: 'push',
  delayMs: { typical: 60_000, worst: 3_600_000 },
  everyMs: 60_000,
  covers: ['resources', 'reads', 'writes'],
  sigma: {
    product: 'declared',
    category: 'application',
    service: 'log',
    fields: ['touches.*', 'facts.*', 'edges.*', 'people.*'],
  },
}

/** A system of one's own without a connector: it pushes its data holdings and its access log in Cordon's words. */
export const declaredConnector = defineConnector<DeclaredConfig>({
  id: 'declared',
  version: 1,
  title: 'Own system, declared',
  config: declaredConfig,
  example: { authority: 'crm.example.com', logs: ['read', 'write'] },
  secrets: { see: [], contain: [] },
  streams: [declaredLog],
  coverage: ({ logs }) => ({
    sees: [
      'resources',
      ...(logs.includes('read') ? (['reads'] as const) : []),
      ...(logs.includes('write') ? (['writes'] as const) : []),
    ],
    logged: logs,
    blind: ['declared by its owner, not read from the system: what was not declared is not known'],
  }),
  check: async ({ config }) => ({ authority: config.authority, missing: [], excess: [], says: [] }),
  normalize,
})
