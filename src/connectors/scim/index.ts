import { z } from 'zod'

import { defineConnector, type PushStream } from '#sources/contract'

import { normalize } from './normalize.ts'

const scimConfig = z.strictObject({
  /** The realm people are named in: a host name of your own, or the authority of the source that lists them (Okta: `00o…`). */
  authority: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/, { error: 'a host name, or the id of a realm' }),
  /** What a person's id is made of: `id` is Cordon's own; `externalId` where the sender writes its immutable id there. */
  native: z.enum(['id', 'externalId']).default('id'),
})
export type ScimConfig = z.output<typeof scimConfig>

const provisioning: PushStream<ScimConfig> = {
  name: 'provisioning',
  kind: 'push',
  // Okta sends at once; Entra every 20 to 40 minutes.
  delayMs: { typical: 60_000, worst: 40 * 60_000 },
  everyMs: 60_000,
  tells: ['people'],
  covers: ['identities'],
}

/** Users and groups that an identity provider provisions to Cordon by SCIM 2.0: who works here, who left, who is in what. */
export const scimConnector = defineConnector<ScimConfig>({
  id: 'scim',
  version: 2,
  title: 'SCIM 2.0 (users and groups that an identity provider sends)',
  config: scimConfig,
  example: { authority: 'people.example.com', native: 'id' },
  secrets: { see: [], contain: [] },
  streams: [provisioning],
  coverage: () => ({
    sees: ['identities'],
    logged: [],
    blind: [
      'only who is assigned to Cordon at the identity provider: others are not known to exist',
      'no sign-ins, sessions, factors or rights beyond membership in groups',
      'who holds the token of this source can invent people and make them leave, in its realm',
    ],
  }),
  check: async ({ config }) => ({
    authority: config.authority,
    missing: [],
    excess: [],
    says: [
      'make its token with `cordon source token NAME`, and give it to the identity provider with the address /scim/v2',
    ],
  }),
  normalize: (input) => normalize(input),
})
