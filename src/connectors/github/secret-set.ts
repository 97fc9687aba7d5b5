import type { EntityId } from '#model'

import type { Permissions } from './api.ts'
import { placeNative, type GithubConfig, type SecretSet } from './config.ts'
import { nameSecretSet } from './names.ts'

type Level = 'read' | 'write'

/** Where the calls about a set of secrets go, and what they need. The three kinds and the three holders have the same calls. */
export type SetAddress = {
  /** Behind `/repos/OWNER/NAME` or `/orgs/NAME`. */
  secrets: string
  variables: string
  /** Of the variable that says which action wrote. */
  marker: string
  /** Permissions of an app for the one and the other. */
  needs: readonly string[]
}

const marker = 'CORDON_SUCCESSOR'
const permissionOf = { actions: 'secrets', dependabot: 'dependabot_secrets', codespaces: 'codespaces_secrets' } as const

export function addressOf({ repository, environment, kind = 'actions', values }: SecretSet): SetAddress {
  if (repository === undefined) {
    return {
      secrets: '/actions/secrets',
      variables: '/actions/variables',
      marker: `${marker}_${Object.keys(values).toSorted()[0] ?? ''}`,
      needs: ['organization_secrets', 'organization_actions_variables'],
    }
  }
  if (environment !== undefined) {
    const base = `/environments/${encodeURIComponent(environment)}`
    return { secrets: `${base}/secrets`, variables: `${base}/variables`, marker, needs: ['environments'] }
  }
  return {
    secrets: `/${kind}/secrets`,
    variables: '/actions/variables',
    // Variables there are of Actions alone: one for each kind.
    marker: kind === 'actions' ? marker : `${marker}_${kind.toUpperCase()}`,
    needs: [permissionOf[kind], 'actions_variables'],
  }
}

export const permissionsTo = (set: SecretSet, level: Level): Permissions =>
  Object.fromEntries(addressOf(set).needs.map((name) => [name, level]))

export const placeOf = (authority: string, set: SecretSet): EntityId => nameSecretSet(authority, placeNative(set))

/** Places of the configuration that lie within what any workflow of a repository reads, beside its own Actions secrets. */
export const setsInside = ({ places }: GithubConfig, repository: number): string[] =>
  places.filter((set) => set.repository === repository).map(placeNative)

export const setsWith = ({ places }: GithubConfig, secret: string): string[] =>
  places.filter(({ organization, values }) => organization && Object.hasOwn(values, secret)).map(placeNative)
