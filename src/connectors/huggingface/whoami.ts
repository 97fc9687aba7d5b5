import { z } from 'zod'

import { VendorError } from '#sources/contract'

import { call, read, type Access } from './client.ts'

const organization = z.object({
  id: z.string(),
  name: z.string(),
  fullname: z.string().nullish(),
  plan: z.string().nullish(),
  roleInOrg: z.string().nullish(),
  /** Why this token opens nothing of the organisation for now: `token-revoked`, `token-policy`, `mfa`, `sso`, `ip`. */
  securityRestrictions: z.array(z.string()).nullish(),
})
const scoped = z.object({
  entity: z.object({ _id: z.string(), name: z.string().nullish(), type: z.string() }),
  permissions: z.array(z.string()),
})
const whoami = z.object({
  id: z.string(),
  name: z.string(),
  auth: z.object({
    accessToken: z.object({ role: z.string(), fineGrained: z.object({ scoped: z.array(scoped) }).nullish() }).nullish(),
  }),
  orgs: z.array(organization).default([]),
})
export type Whoami = z.output<typeof whoami>
export type Organization = z.output<typeof organization>

const path = '/api/whoami-v2'

/** Whom the token speaks for, and for which organisations. */
export const readWhoami = async (access: Access): Promise<Whoami> =>
  read(whoami, await call(access, 'GET', path), 'whom the token speaks for')

/** The same of a lent value; undefined: the Hub takes it no more. */
export async function readLent(access: Access, token: string): Promise<Whoami | undefined> {
  const response = await call(access, 'GET', path, { token })
  return response.status === 401 ? undefined : read(whoami, response, 'whom the lent value speaks for')
}

/** Of all organisations of the token's owner the one that this source is about. */
export function organizationIn(
  { orgs }: Pick<Whoami, 'orgs'>,
  { config }: Pick<Access, 'config'>,
): Organization | undefined {
  const name = config.organization.toLowerCase()
  return orgs.find((one) => one.name.toLowerCase() === name)
}

export function requiredOrganization(me: Whoami, access: Pick<Access, 'config'>): Organization {
  const found = organizationIn(me, access)
  if (found !== undefined) return found
  throw new VendorError('ERR_VENDOR_SCOPE', `the token's owner is no member of \`${access.config.organization}\``, {
    hint: 'have the owner of the token join the organisation, or mend `organization`',
  })
}

/** Permissions in the organisation, in the Hub's words; `read` and `write` are tokens that are bounded to nothing. */
export function permissionsOf({ auth }: Whoami, { id }: Pick<Organization, 'id'>): string[] {
  const { role, fineGrained } = auth.accessToken ?? {}
  if (role === undefined) return []
  if (role !== 'fineGrained') return [role]
  const held = (fineGrained?.scoped ?? []).filter(({ entity }) => entity.type === 'org' && entity._id === id)
  return [...new Set(held.flatMap(({ permissions }) => permissions))].sort()
}
