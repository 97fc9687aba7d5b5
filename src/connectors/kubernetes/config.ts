import { z } from 'zod'

import { CordonError } from '#kit'
import type { EntityId } from '#model'
import { secureOrigin } from '#sources/contract'

import { nameAccount } from './names.ts'

export class KubernetesError extends CordonError<
  'ERR_KUBERNETES_TARGET' | 'ERR_KUBERNETES_REFUSED' | 'ERR_KUBERNETES_NEEDS'
> {}

const account = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'a service account: NAMESPACE/NAME')

/** Each is looked at when the source is checked. */
const placesMax = 100

/** A secret whose consumers Cordon may hand a successor to. */
const secretPlace = z.strictObject({
  /** `NAMESPACE/NAME` of a secret that is there already. */
  secret: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'a secret: NAMESPACE/NAME'),
  /** Keys of the secret, each with the name of the successor's value. */
  values: z
    .record(z.string().regex(/^[-._a-zA-Z0-9]{1,253}$/, 'a key of a secret'), z.string().min(1).max(64))
    .refine((values) => Object.keys(values).length > 0, 'one key at least'),
  /** Within how many seconds pods read it anew: a minute or two where it is mounted, a restart where it is an environment. */
  rereadSeconds: z.number().int().min(0).max(3600),
  /** Write keys that another manager (a pipeline, an operator) applied; without it that is a conflict, and nothing is written. */
  takesOver: z.boolean().default(false),
})
export type SecretPlace = z.infer<typeof secretPlace>

export const kubernetesConfig = z
  .strictObject({
    /** `https://10.0.0.1:6443`: the API server. */
    apiUrl: secureOrigin,
    /** PEM of the authority that signs the API server's certificate; absent: a public one does. */
    ca: z
      .string()
      .regex(/-----BEGIN CERTIFICATE-----/, 'a certificate in PEM')
      .optional(),
    /** Service account that looks. */
    account: account.default('cordon/cordon-see'),
    /** Service account that acts; absent: this source can only look. */
    containAccount: account.optional(),
    /**
     * List secrets, their metadata alone. Kubernetes has no right to list without the right to read: the credential that
     * looks could then read every secret there is.
     */
    listSecrets: z.boolean().default(false),
    /** Does the cluster's network plug-in enforce network policies? The API does not tell. */
    enforcesNetworkPolicy: z.boolean().default(false),
    /** Secrets that successors of other sources may be written into. */
    places: z
      .array(secretPlace)
      .max(placesMax)
      .default([])
      .refine(
        (places) => new Set(places.map(({ secret }) => secret)).size === places.length,
        'each secret stands once',
      ),
    /** Verbs that the cluster's audit policy logs for secrets; a secret is "untouched" only for these. */
    logs: z.array(z.enum(['read', 'write', 'delete'])).default([]),
  })
  .refine(({ apiUrl, ca }) => ca === undefined || apiUrl.startsWith('https:'), {
    error: '`ca` needs https',
    path: ['ca'],
  })
export type KubernetesConfig = z.output<typeof kubernetesConfig>

/** Origins that this source's `Http` must allow. */
export const kubernetesOrigins = ({ apiUrl }: KubernetesConfig): string[] => [new URL(apiUrl).origin]

/** Cordon's own service accounts. */
export const ownAccounts = ({ account, containAccount }: KubernetesConfig): string[] =>
  containAccount === undefined || containAccount === account ? [account] : [account, containAccount]

/** What the cluster knows Cordon's own two accounts as. */
export const namesOfOwnAccounts = (config: KubernetesConfig, authority: string): EntityId[] =>
  ownAccounts(config).map((account) => nameAccount(authority, ...account.split('/')))
