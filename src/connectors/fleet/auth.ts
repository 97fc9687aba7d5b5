import type { AuthByName, CredentialUse, Role } from '#sources/contract'

import type { FleetConfig } from './config.ts'

/** Fleet's global roles, each with all that the ones before it may. `gitops` and team roles stand beside. */
const ladder = ['observer', 'observer_plus', 'maintainer', 'admin'] as const

export const implies = (held: string, needed: string): boolean => {
  const [has = -1, needs = -1] = [held, needed].map((role) => ladder.findIndex((one) => one === role))
  return needs >= 0 && has >= needs
}

export const auth = (): AuthByName => ({ default: { kind: 'static', secret: 'token' } })

/** A token has the role of its user, and there is no finer grain: the least role that does it all. */
export function role({ readsUsers, locks }: FleetConfig, use: CredentialUse): Role {
  const scopes =
    use === 'see'
      ? [
          { name: 'observer', why: 'hosts, their software, activities' },
          ...(readsUsers ? [{ name: 'admin', why: 'users and their sessions: Fleet shows them to nobody else' }] : []),
        ]
      : [
          ...(locks ? [{ name: 'maintainer', why: 'lock a host, and unlock it' }] : []),
          { name: 'admin', why: "end a user's sessions, API tokens among them" },
        ]
  const least = scopes.at(-1)?.name ?? 'observer'
  const name = use === 'see' ? 'Cordon (look)' : 'Cordon (act)'
  return {
    scopes,
    text: [
      `fleetctl user create --name '${name}' --email cordon-${use}@YOUR-DOMAIN --api-only --global-role ${least}`,
      'An API-only user each, to look and to act; the token is shown once: it is `token`',
    ],
    json: { name, api_only: true, global_role: least },
  }
}
