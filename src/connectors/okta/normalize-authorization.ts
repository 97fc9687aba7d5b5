import type { z } from 'zod'

import type { EntityId, Stated } from '#model'
import type { TakenAt } from '#sources/contract'

import { nameAnyClient, nameApi, nameClient, nameEveryone, nameIdentity } from './names.ts'
import { rightAtServer } from './rights.ts'
import type { authRuleRow, authServerRow } from './rows.ts'
import { fact, open, timeMs } from './statements.ts'

const apiOf = (authority: string, server: string): EntityId => nameApi(authority, `authorization-server/${server}`)

/** The resource servers behind it go by its name: what they hold is their own affair. */
export function stateAuthServer(server: z.infer<typeof authServerRow>, { authority, atMs }: TakenAt): Stated {
  return {
    facts: [
      fact(apiOf(authority, server.id), atMs, {
        name: server.name,
        audience: server.audiences?.join(' '),
        issuer: server.issuer,
        enabled: server.status === 'ACTIVE',
        createdAtMs: timeMs(server.created),
      }),
    ],
  }
}

/**
 * Rules only ever allow, and the first that fits decides: what a client may get is what any of them gives it. An inline
 * hook may still refuse, and a person needs the app as well: there the rule is an upper bound.
 */
export function stateAuthRule(rule: z.infer<typeof authRuleRow>, { authority }: TakenAt): Stated {
  if (!rule.enabled) return {}
  const rights = [...new Set(rule.scopes.flatMap((scope) => rightAtServer(scope) ?? []))]
  const to = apiOf(authority, rule.server)
  const edges = (from: EntityId, conditional: boolean) =>
    rights.map((type) => open(from, type, to, 0, { note: rule.name ?? rule.id, conditional }))
  const isHooked = rule.hook !== ''
  const clients = rule.grantTypes.includes('client_credentials') ? rule.clients : []
  const isOfPeople = rule.grantTypes.some((type) => type !== 'client_credentials')
  const people = isOfPeople ? [...rule.users, ...rule.groups] : []
  return {
    edges: [
      ...clients.flatMap((client) =>
        edges(client === 'ALL_CLIENTS' ? nameAnyClient(authority) : nameClient(authority, client), isHooked),
      ),
      ...people.flatMap((id) => edges(id === 'EVERYONE' ? nameEveryone(authority) : nameIdentity(authority, id), true)),
    ],
  }
}
