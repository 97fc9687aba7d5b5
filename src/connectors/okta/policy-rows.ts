import { z } from 'zod'

/**
 * Policies of sign-on and their rules, as Cordon keeps them. A part in a shape that is not known here becomes `untold` whole:
 * left out, it would look like a condition that is not there.
 */
const untold = z.literal('untold')
const text = z.string().nullish().catch(null)
const ids = z.array(z.string()).nullish()
const named = { include: ids, exclude: ids }

const platform = z.object({
  type: z.string().nullish(),
  os: z.object({ type: z.string().nullish() }).nullish(),
})
export type Platform = z.infer<typeof platform>
export const conditions = z.object({
  people: z.object({ users: z.object(named).nullish(), groups: z.object(named).nullish() }).nullish(),
  /** Ids of zones; `ALL_ZONES` are written out by the connector. */
  network: z.object({ connection: z.string().nullish(), ...named }).nullish(),
  device: z
    .object({
      managed: z.boolean().nullish(),
      registered: z.boolean().nullish(),
      assurance: z.object({ include: ids }).nullish(),
    })
    .nullish(),
  platform: z.object({ include: z.array(platform).nullish(), exclude: z.array(platform).nullish() }).nullish(),
  authContext: z.object({ authType: z.string().nullish() }).nullish(),
})
export type Conditions = z.infer<typeof conditions>

const methods = z.array(z.object({ key: z.string() })).nullish()
const constraint = z
  .object({
    required: z.boolean().nullish(),
    types: ids,
    methods: ids,
    authenticationMethods: methods,
    excludedAuthenticationMethods: methods,
  })
  .nullish()
const actions = z.object({
  signon: z.object({ access: z.string(), requireFactor: z.boolean().nullish() }).nullish(),
  appSignOn: z
    .object({
      access: z.string(),
      verificationMethod: z
        .object({
          type: z.string(),
          factorMode: z.string().nullish(),
          constraints: z.array(z.object({ knowledge: constraint, possession: constraint })).nullish(),
        })
        .nullish(),
    })
    .nullish(),
})
export type Actions = z.infer<typeof actions>

export const policyTypes = ['OKTA_SIGN_ON', 'ACCESS_POLICY'] as const
const shared = {
  id: z.string(),
  name: text,
  status: text,
  priority: z.number().nullish().catch(null),
  created: text,
  lastUpdated: text,
  conditions: z.union([conditions, untold]).nullish().catch('untold'),
  /** Set by the connector: names of conditions that ask for something, and are not among those above. */
  others: z.array(z.string()).default([]),
  /** Set by the connector: what it asked for. */
  policyType: z.enum(policyTypes),
}
export const policyRow = z.object({ ...shared, system: z.boolean().nullish().catch(null) })
/** With what the connector knows of the policy that it stands in. */
export const policyRuleRow = z.object({
  ...shared,
  policy: z.string(),
  policyName: text,
  policyPriority: z.number().nullish().catch(null),
  actions: z.union([actions, untold]).nullish().catch('untold'),
})
/** Which policy decides on sign-in to an app; null: it names none. `catalog`: how Okta's catalogue calls the app. */
export const policyAppRow = z.object({ id: z.string(), catalog: text, policy: z.string().nullable() })
