import type { ContainAction } from '#respond/contract'
import { defineConnector, type Coverage, type PullContext } from '#sources/contract'

import { hostLock } from './actions/host-lock.ts'
import { sessionEnd, userSessionsEnd } from './actions/sessions-end.ts'
import { activities } from './activities.ts'
import { auth, implies, role } from './auth.ts'
import { limits, readSelf } from './client.ts'
import { authorityOfConfig, fleetConfig, type FleetConfig } from './config.ts'
import { hostList, userList } from './inventory.ts'
import { normalize } from './normalize.ts'

export { fleetConfig, fleetOrigins, type FleetConfig } from './config.ts'
export { ownUsers } from './names.ts'

/** A Fleet server: which package lies on which host, as osquery sees it. Settings and reasons are in README.md. */
export const fleetConnector = defineConnector<FleetConfig>({
  id: 'fleet',
  version: 1,
  title: 'Fleet',
  config: fleetConfig,
  example: fleetConfig.parse({
    apiUrl: 'https://fleet.example.com',
    readsUsers: true,
    locks: true,
    containUserId: 12,
  }),
  secrets: { see: ['token'], contain: ['token'] },
  auth,
  limits,
  streams: [hostList, activities, userList],
  coverage,
  role,
  implies,
  survives: [
    { what: 'the network of a locked host, and what runs there', until: 'an endpoint tool contains it' },
    { what: 'a host that is off, or cut off', until: 'it calls Fleet again; then it is locked' },
    {
      what: 'a user whose sessions ended',
      until: 'the password is changed or the user is deleted: Fleet disables nobody',
    },
    { what: 'scripts, software and queries that a user had hosts run', until: 'somebody takes them back' },
  ],
  check,
  scopes: async (context) => {
    const { global_role: held } = await readSelf(context)
    return held === null || held === undefined ? [] : [held]
  },
  normalize,
})

/** Wiping a host is irreversible and takes the evidence with it: not offered. */
export const fleetActions: readonly ContainAction<FleetConfig>[] = [sessionEnd, hostLock, userSessionsEnd]

function coverage({ readsUsers }: FleetConfig): Coverage {
  return {
    sees: readsUsers
      ? ['identities', 'grants', 'resources', 'sessions', 'logins', 'admin']
      : ['resources', 'logins', 'admin'],
    logged: ['login', 'admin'],
    blind: [
      'a host tells its software once an hour: a package that came and went in between is not seen',
      'since when a package is installed is not told: it counts from when Fleet first knew the host',
      'npm and PyPI packages are seen where osquery looks for them: system folders, and those your Fleet is set to',
      'which credentials lie on a host is not told here: the host reporter does',
      'packages of the system (deb, rpm) and applications are not read',
      ...(readsUsers ? [] : ['users, their roles and their sessions are not read: `readsUsers` is off']),
      'what somebody asked hosts by a live query is known, what came back is not',
    ],
  }
}

async function check(context: PullContext<FleetConfig>) {
  const { config } = context
  const { id, global_role: held, api_only: isService } = await readSelf(context)
  return {
    authority: authorityOfConfig(config),
    missing:
      held === null || held === undefined
        ? ['the token has a role in teams alone: hosts of other teams, and users, are not seen']
        : [],
    excess: isService === true ? [] : ['the token is of a person: make an API-only user, so that it ends with nobody'],
    says: [`server ${authorityOfConfig(config)}`, `speaks for user ${id}, ${held ?? 'no global role'}`],
  }
}
