import { z } from 'zod'

import { authorityOf, type EntityId } from '#model'
import type { ActionContext } from '#respond/contract'

import { ask } from './client.ts'
import type { PostgresConfig } from './config.ts'
import { atCluster, refused, type Site } from './contain.ts'
import { membershipIn, type Pair } from './ids.ts'

export function pairOf(right: EntityId): Pair {
  const pair = membershipIn(right)
  if (pair === undefined) throw refused(right, 'is no membership of a role')
  return pair
}

/** As the login that contains, at the cluster the membership is in; neither of the two is Cordon's own. */
export const atMembership = <T>(
  context: ActionContext<PostgresConfig>,
  right: EntityId,
  work: (site: Site, pair: Pair) => Promise<T>,
): Promise<T> => {
  const pair = pairOf(right)
  if (authorityOf(right) !== context.authority) throw refused(right, 'belongs to another cluster')
  return atCluster(context, right, (site, logins) => {
    if (logins.has(pair.member) || logins.has(pair.role)) throw refused(right, "is Cordon's own")
    return work(site, pair)
  })
}

/** By itself or through other roles, whoever granted it. */
export async function may(site: Site, { role, member }: Pair): Promise<boolean> {
  const [row] = await ask(
    site.query,
    z.object({ may: z.boolean() }),
    `select coalesce((select pg_has_role(m.oid, r.oid, 'MEMBER') from pg_roles m, pg_roles r
       where m.oid = $1 and r.oid = $2), false) as may`,
    [member, role],
  )
  return row?.may === true
}
