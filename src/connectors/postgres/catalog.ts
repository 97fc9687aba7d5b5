import { z } from 'zod'

import { assert, type Json } from '#kit'

import { ask, type Query } from './client.ts'

/** Rows of a query as JSON the server itself wrote: numbers stay numbers, dates are asked for in milliseconds. */
async function jsonRows(query: Query, sql: string, values: Parameters<Query>[1] = []): Promise<Json[]> {
  const rows = await query(`select to_jsonb(q) as row from (${sql}) q`, values)
  return rows.map(({ row }) => row ?? null)
}

/**
 * Before 16 a member inherits by its own INHERIT attribute and may always SET ROLE; from 16 on each membership says
 * both (https://www.postgresql.org/docs/16/catalog-pg-auth-members.html). Reading the row as JSON serves both.
 */
const membershipsSql = `
  select m.roleid::int8 as role, m.member::int8 as member, m.admin_option as admin,
         coalesce((to_jsonb(m)->>'inherit_option')::boolean, r.rolinherit) as inherits,
         coalesce((to_jsonb(m)->>'set_option')::boolean, true) as sets
    from pg_auth_members m join pg_roles r on r.oid = m.member
   order by 1, 2 limit $1`

const rolesSql = `
  select oid::int8 as oid, rolname as name, rolsuper as super, rolinherit as inherit, rolcreaterole as "createRole",
         rolcreatedb as "createDb", rolcanlogin as "canLogin", rolreplication as replication,
         rolbypassrls as "bypassRls", rolconnlimit as "connLimit",
         case when rolvaliduntil = '-infinity' then 0
              when isfinite(rolvaliduntil) then trunc(extract(epoch from rolvaliduntil) * 1000)::int8 end as "validUntilMs"
    from pg_roles where oid > $1 order by oid limit $2`

const databasesSql = `
  select d.oid::int8 as oid, d.datname as name, d.datdba::int8 as owner, d.datallowconn as "allowsConnections",
         has_database_privilege(d.oid, 'CONNECT') as "canConnect"
    from pg_database d where not d.datistemplate order by d.oid limit $1`

const schemasSql = `
  select n.oid::int8 as oid, n.nspname as name, n.nspowner::int8 as owner,
         (select coalesce(jsonb_agg(distinct jsonb_build_array(a.grantee::int8, a.privilege_type)), '[]')
            from aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a) as acl,
         (select coalesce(jsonb_agg(distinct a.grantee::int8), '[]')
            from aclexplode(n.nspacl) a where a.privilege_type = 'USAGE' and a.is_grantable) as grantors
    from pg_namespace n
   where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
     and n.nspname not like 'pg\\_temp\\_%' and n.nspname not like 'pg\\_toast\\_temp\\_%'
   order by n.oid limit $1`

/** Tables, partitioned tables, views, materialised views, foreign tables. `columns`: grants on some columns only. */
const relationsSql = `
  select c.oid::int8 as oid, c.relnamespace::int8 as schema, c.relname as name, c.relkind as kind,
         c.relowner::int8 as owner, c.relrowsecurity as "rowSecurity", c.relforcerowsecurity as "forceRowSecurity",
         c.reltuples::int8 as rows,
         (select count(*) from pg_policy p where p.polrelid = c.oid)::int8 as policies,
         coalesce('security_invoker=true' = any (c.reloptions) or 'security_invoker=on' = any (c.reloptions), false) as "asInvoker",
         case c.relkind when 'v' then pg_relation_is_updatable(c.oid, true) end as updatable,
         (select coalesce(jsonb_agg(distinct jsonb_build_array(a.grantee::int8, a.privilege_type)), '[]')
            from aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a) as acl,
         (select coalesce(jsonb_agg(jsonb_build_array(x.grantee, x.privilege_type, x.n)), '[]')
            from (select a.grantee::int8 as grantee, a.privilege_type, count(distinct t.attnum)::int8 as n
                    from pg_attribute t, aclexplode(t.attacl) a
                   where t.attrelid = c.oid and t.attnum > 0 and not t.attisdropped group by 1, 2) x) as columns,
         (select coalesce(jsonb_agg(i.inhparent::int8), '[]') from pg_inherits i where i.inhrelid = c.oid) as parents,
         (select coalesce(jsonb_agg(distinct d.refobjid::int8), '[]')
            from pg_rewrite w join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
             and d.refclassid = 'pg_class'::regclass and d.refobjid <> c.oid and d.refobjid >= 16384
           where w.ev_class = c.oid and c.relkind in ('v', 'm')) as "readsFrom"
    from pg_class c
   where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relnamespace = any ($3::oid[]) and c.oid > $1
   order by c.oid limit $2`

const defaultsSql = `
  select d.defaclrole::int8 as role, d.defaclnamespace::int8 as schema,
         jsonb_agg(distinct jsonb_build_array(a.grantee::int8, a.privilege_type)) as acl
    from pg_default_acl d, aclexplode(d.defaclacl) a
   where d.defaclobjtype = 'r' and a.grantee <> d.defaclrole group by 1, 2 order by 1, 2 limit $1`

export const readRoles = (query: Query, after: number, max: number): Promise<Json[]> =>
  jsonRows(query, rolesSql, [after, max])
export const readMemberships = (query: Query, max: number): Promise<Json[]> => jsonRows(query, membershipsSql, [max])
export const readDatabases = (query: Query, max: number): Promise<Json[]> => jsonRows(query, databasesSql, [max])
export const readSchemas = (query: Query, max: number): Promise<Json[]> => jsonRows(query, schemasSql, [max])
export const readDefaults = (query: Query, max: number): Promise<Json[]> => jsonRows(query, defaultsSql, [max])
export const readRelations = (query: Query, after: number, max: number, schemas: readonly number[]): Promise<Json[]> =>
  jsonRows(query, relationsSql, [after, max, schemas])

export async function readServer(query: Query): Promise<{ version: number; database: number; owner: number }> {
  const [row] = await ask(
    query,
    z.object({ version: z.number(), database: z.number(), owner: z.number() }),
    `select current_setting('server_version_num')::int4 as version, d.oid::int8::float8 as database, d.datdba::int8::float8 as owner
       from pg_database d where d.datname = current_database()`,
  )
  assert(row !== undefined, 'a connection is in a database')
  return row
}

/**
 * Who the cluster is, for ever: the system identifier, given at initdb and kept by replicas and backups. Where the
 * function is refused: undefined, and the caller says so.
 */
export async function readSystemIdentifier(query: Query): Promise<string | undefined> {
  const [right] = await query(`select has_function_privilege('pg_control_system()', 'EXECUTE') as may`)
  if (right?.['may'] !== true) return undefined
  const [row] = await ask(
    query,
    z.object({ id: z.string() }),
    `select system_identifier::text as id from pg_control_system()`,
  )
  return row?.id
}
