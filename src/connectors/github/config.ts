import { z } from 'zod'

import { CordonError } from '#kit'
import { secureUrl } from '#sources/contract'

export class GithubError extends CordonError<
  | 'ERR_GITHUB_SCOPE'
  | 'ERR_GITHUB_TARGET'
  | 'ERR_GITHUB_NEEDS'
  | 'ERR_GITHUB_BOUND'
  | 'ERR_GITHUB_BUSY'
  | 'ERR_GITHUB_KEPT'
> {}

const app = z.strictObject({
  /** "App ID" or "Client ID" on the app's settings page. */
  id: z.string().regex(/^(?:\d{1,12}|Iv[\w.]{5,40})$/, { error: 'the App ID (digits) or the client id (Iv…)' }),
  /** Number at the end of the address of the installation's page. */
  installation: z.int().positive(),
})
export type GithubApp = z.infer<typeof app>

/** Parts of the inventory that a plan or a permission may lack; each one skipped is a blind spot, said in every verdict. */
export const optionalLists = [
  'authorizations',
  'tokens',
  'alerts',
  'runners',
  'secrets',
  'hooks',
  'workflows',
  'packages',
] as const
export type OptionalList = (typeof optionalLists)[number]

/** Each is looked at when a plan is made. */
const placesMax = 100
/** A name as GitHub takes it for a secret; it has no small letters. */
const secretName = z.string().regex(/^(?!GITHUB_)[A-Z_][A-Z0-9_]{0,99}$/, { error: 'a name of a secret, in capitals' })

const secretKinds = ['actions', 'dependabot', 'codespaces'] as const

/** Secrets through which Cordon may hand a successor to workflows: of a repository, one of its environments, or the organisation. */
const secretPlace = z
  .strictObject({
    /** GitHub's number of it (`id` of `GET /repos/OWNER/NAME`): the name may pass to another. */
    repository: z.int().positive().optional(),
    /** Actions secrets of this environment of the repository. */
    environment: z.string().min(1).max(255).optional(),
    /** Which secrets of the repository; absent: those of Actions. */
    kind: z.enum(secretKinds).optional(),
    /** Actions secrets of the organisation, in place of a repository's. */
    organization: z.literal(true).optional(),
    /** Secrets that are there already, each with the name of the successor's value. */
    values: z
      .record(secretName, z.string().min(1).max(64))
      .refine((values) => Object.keys(values).length > 0, 'one secret at least'),
    /** A job is given its secrets when it starts: how many seconds the longest one runs. */
    rereadSeconds: z.int().min(0).max(3600),
  })
  .refine(({ repository, organization }) => (repository === undefined) === (organization === true), {
    error: 'a `repository`, or the `organization`',
  })
  .refine(({ environment, organization, kind }) => kind === undefined || !(environment !== undefined || organization), {
    error: 'environments and the organisation have Actions secrets here, and no other `kind`',
    path: ['kind'],
  })
  .refine(({ environment, repository }) => environment === undefined || repository !== undefined, {
    error: 'an environment is of a `repository`',
    path: ['environment'],
  })
export type SecretSet = z.infer<typeof secretPlace>

/**
 * The place of a set, as the native id of its entity: `repo/N/actions` (or `dependabot`, `codespaces`),
 * `repo/N/environment/NAME`, `org/actions/FIRST`, where FIRST is the first of its names by alphabet.
 */
export function placeNative({ repository, environment, kind = 'actions', values }: SecretSet): string {
  if (repository === undefined) return `org/actions/${Object.keys(values).toSorted()[0] ?? ''}`
  if (environment !== undefined) return `repo/${repository}/environment/${encodeURIComponent(environment)}`
  return `repo/${repository}/${kind}`
}

export const githubConfig = z
  .strictObject({
    org: z
      .string()
      .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/, { error: 'the name in the address of the organisation' }),
    /** App that looks. */
    app,
    /** App that acts; absent: this source contains nothing. Another app than the one that looks. */
    containApp: app.optional(),
    /** Needed to uninstall other people's apps: only an enterprise can. The app that acts must be installed there, too. */
    enterprise: z
      .strictObject({ slug: z.string().regex(/^[\w-]{1,60}$/), installation: z.int().positive() })
      .optional(),
    apiUrl: secureUrl.default('https://api.github.com'),
    skip: z.array(z.enum(optionalLists)).default([]),
    /** Where successors of other sources may be written. */
    places: z
      .array(secretPlace)
      .max(placesMax)
      .default([])
      .refine(
        (places) => new Set(places.map(placeNative)).size === places.length,
        'each repository, with each kind and environment, stands once',
      )
      .refine((places) => {
        const names = places.filter(({ organization }) => organization).flatMap(({ values }) => Object.keys(values))
        return new Set(names).size === names.length
      }, 'each secret of the organisation stands once'),
  })
  .refine(({ skip, places }) => !skip.includes('secrets') || places.every(({ organization }) => !organization), {
    error: 'whom a secret of the organisation is visible to says the list of secrets: take `secrets` out of `skip`',
    path: ['places'],
  })
export type GithubConfig = z.infer<typeof githubConfig>

export const githubOrigins = ({ apiUrl }: GithubConfig): string[] => [new URL(apiUrl).origin]

/** Where people look: `api.github.com` is `github.com`, `api.ACME.ghe.com` is `ACME.ghe.com`. */
export function webUrl({ apiUrl }: GithubConfig): string {
  const { protocol, host } = new URL(apiUrl)
  return `${protocol}//${host.replace(/^api\./, '')}`
}
