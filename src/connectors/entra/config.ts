import { z } from 'zod'

import { CordonError } from '#kit'
import type { EntityId } from '#model'
import { secureOrigin } from '#sources/contract'

import { namesOfClient } from './names.ts'

export class EntraError extends CordonError<'ERR_ENTRA_TARGET' | 'ERR_ENTRA_REFUSED' | 'ERR_ENTRA_NEEDS'> {}

const guid = z.guid().transform((text) => text.toLowerCase())

export const entraConfig = z.strictObject({
  /** Directory (tenant) id. A domain can be moved to another tenant: the id cannot. */
  tenantId: guid,
  /** Application (client) id of the app that looks. */
  clientId: guid,
  /** Application id of the app that acts; absent: this source can only look. */
  containClientId: guid.optional(),
  /** What an app proves itself with: a certificate (its key never travels) or a client secret. */
  proof: z.enum(['certificate', 'secret']).default('certificate'),
  /** Microsoft Entra ID plan: sign-ins, last use and factors take P1, eligible administrators P2. */
  plan: z.enum(['free', 'p1', 'p2']).default('p1'),
  /** National clouds have addresses of their own. */
  loginUrl: secureOrigin.default('https://login.microsoftonline.com'),
  graphUrl: secureOrigin.default('https://graph.microsoft.com'),
})
export type EntraConfig = z.infer<typeof entraConfig>

export const graphOrigin = ({ graphUrl }: EntraConfig): string => new URL(graphUrl).origin
/** Origins that this source's `Http` must allow. */
export const entraOrigins = (config: EntraConfig): string[] => [
  ...new Set([new URL(config.loginUrl).origin, graphOrigin(config)]),
]

/** Cordon's own apps, by client id. */
export const ownClients = ({ clientId, containClientId }: EntraConfig): string[] =>
  containClientId === undefined || containClientId === clientId ? [clientId] : [clientId, containClientId]

/** All that a tenant knows Cordon's own two apps as, by what the configuration alone tells. */
export const namesOfOwnApps = (config: EntraConfig, authority: string): EntityId[] =>
  ownClients(config).flatMap((client) => namesOfClient(authority, client))
