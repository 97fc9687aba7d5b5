import { z } from 'zod'

import type { Clock } from '#kit'

import type { Target } from './ids.ts'
import { ask, PostgresError, type Query } from './client.ts'
import type { Site } from './contain.ts'

/** How long ending goes on before it is called a failure; a backend in an uninterruptible wait may take this long. */
export const endWithinMs = 10_000
const pauseMs = 20
const pidRow = z.object({ pid: z.number() })

/**
 * Backends that carry the role: those that logged in as it, and those of its members, who may have become it by SET ROLE
 * (the server shows no other backend's current role). Superusers' sessions among the members are left: they need no
 * membership.
 */
const carriersSql = `
  with recursive carrier(oid) as (
    select $1::oid union select m.member from pg_auth_members m join carrier c on m.roleid = c.oid)
  select a.pid from pg_stat_activity a join carrier c on c.oid = a.usesysid
    left join pg_roles r on r.oid = a.usesysid
   where a.pid <> pg_backend_pid() and (a.usesysid = $1 or not coalesce(r.rolsuper, false))
     and not a.usesysid = any ($2::oid[])`

const usersSql = `
  select a.pid from pg_stat_activity a left join pg_roles r on r.oid = a.usesysid
   where a.usesysid = any ($1::oid[]) and a.pid <> pg_backend_pid() and not coalesce(r.rolsuper, false)
     and not a.usesysid = any ($2::oid[])`

const oneSql = `
  select a.pid from pg_stat_activity a
   where a.pid = $1 and trunc(extract(epoch from a.backend_start))::int8 * 1000 = $2
     and a.pid <> pg_backend_pid() and not a.usesysid = any ($3::oid[])`

type Values = NonNullable<Parameters<Query>[1]>

/** Ends what the query finds, again and again until it finds nothing: a pooler may have come back in between. */
async function endAll(site: Site, clock: Clock, sql: string, values: Values): Promise<number> {
  const ended = new Set<number>()
  const until = clock.monotonicMs() + endWithinMs
  for (;;) {
    const open = (await ask(site.query, pidRow, sql, values)).map(({ pid }) => pid)
    if (open.length === 0) return ended.size
    if (clock.monotonicMs() > until) {
      throw new PostgresError('ERR_POSTGRES_QUERY', `${open.length} sessions did not end within ${endWithinMs} ms`, {
        retryable: true,
      })
    }
    for (const pid of open) ended.add(pid)
    await site.query(`select pg_terminate_backend(pid) from unnest($1::int4[]) as pid`, [open])
    await clock.sleep(pauseMs)
  }
}

export const endSessionsOf = (site: Site, clock: Clock, target: Target): Promise<number> =>
  target.kind === 'role'
    ? endAll(site, clock, carriersSql, [target.oid, [...site.own]])
    : endAll(site, clock, oneSql, [target.pid, target.startMs, [...site.own]])

/** Sessions of these logins, for memberships just taken away: SET ROLE outlives the membership that allowed it. */
export const endSessionsOfUsers = (site: Site, clock: Clock, roles: readonly number[]): Promise<number> =>
  roles.length === 0 ? Promise.resolve(0) : endAll(site, clock, usersSql, [[...roles], [...site.own]])

/** Sessions of break-glass members, which were left: they may have become the role by SET ROLE. */
export async function sparedSessions(site: Site, oid: number): Promise<number> {
  if (site.spared.length === 0) return 0
  const kept = [...site.own].filter((own) => !site.spared.includes(own))
  const all = await site.query(carriersSql, [oid, kept])
  return all.length - (await openSessions(site, { kind: 'role', oid }))
}

export async function openSessions(site: Site, target: Target): Promise<number> {
  const rows =
    target.kind === 'role'
      ? await site.query(carriersSql, [target.oid, [...site.own]])
      : await site.query(oneSql, [target.pid, target.startMs, [...site.own]])
  return rows.length
}
