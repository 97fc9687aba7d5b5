import { quoteIdent } from './client.ts'

/** Schema of the functions below, and their names as the server calls them. */
export const rightsSchema = 'cordon_rights'
export const takeFunction = `${rightsSchema}.take(oid, oid)`
export const giveBackFunction = `${rightsSchema}.give_back(oid, oid)`

/**
 * What lets the login that contains take a grant on one relation from one role, and give back what it took, and nothing else:
 * run by a superuser, or by whoever owns the tables, in each database. Only owners take grants away, and an owner reads its
 * tables: so the login gets two functions in place of an owner's rights. Whoever steals it can take grants away, which
 * CREATEROLE can do to whole roles, and give back those that were taken: `taken` is written by the functions alone.
 */
export const grantFunctions = (containUser: string): string[] => [
  `create schema ${rightsSchema};`,
  `create table ${rightsSchema}.taken (relation oid, holder oid, line text, primary key (relation, holder, line));`,
  `create function ${rightsSchema}.lines(of_relation oid, of_holder oid) returns setof text
  language sql stable set search_path = pg_catalog, pg_temp as $$
  select format('%s|%s|', a.privilege_type, a.is_grantable) from pg_class c, aclexplode(c.relacl) a
   where c.oid = of_relation and a.grantee = of_holder
  union all
  select format('%s|%s|%s', a.privilege_type, a.is_grantable, t.attnum) from pg_attribute t, aclexplode(t.attacl) a
   where t.attrelid = of_relation and not t.attisdropped and a.grantee = of_holder $$;`,
  `create function ${takeFunction.replace('(oid, oid)', '(of_relation oid, of_holder oid)')} returns integer
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  named text; who text; owned oid; took integer;
begin
  select format('%I.%I', s.nspname, c.relname), c.relowner into named, owned
    from pg_class c join pg_namespace s on s.oid = c.relnamespace
   where c.oid = of_relation and c.relkind in ('r', 'p', 'v', 'm', 'f') and s.nspname !~ '^(pg_|information_schema$)';
  select rolname into who from pg_roles where oid = of_holder;
  if named is null or who is null then raise exception 'gone' using errcode = 'undefined_object'; end if;
  if of_holder = owned then raise exception 'an owner' using errcode = 'insufficient_privilege'; end if;
  insert into ${rightsSchema}.taken select of_relation, of_holder, line from ${rightsSchema}.lines(of_relation, of_holder) line
    on conflict do nothing;
  get diagnostics took = row_count;
  execute format('revoke all on %s from %I', named, who);
  if exists (select from ${rightsSchema}.lines(of_relation, of_holder)) then
    raise exception 'given by another than the owner' using errcode = 'insufficient_privilege';
  end if;
  return took;
end $$;`,
  `create function ${giveBackFunction.replace('(oid, oid)', '(of_relation oid, of_holder oid)')} returns integer
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  named text; who text; one record; gave integer := 0;
begin
  select format('%I.%I', s.nspname, c.relname) into named
    from pg_class c join pg_namespace s on s.oid = c.relnamespace where c.oid = of_relation;
  select rolname into who from pg_roles where oid = of_holder;
  if named is null or who is null then raise exception 'gone' using errcode = 'undefined_object'; end if;
  for one in
    select split_part(k.line, '|', 1) as privilege, split_part(k.line, '|', 2) = 't' as passes, a.attname,
           split_part(k.line, '|', 3) <> '' as is_column
      from ${rightsSchema}.taken k left join pg_attribute a
        on a.attrelid = k.relation and a.attnum::text = split_part(k.line, '|', 3) and not a.attisdropped
     where k.relation = of_relation and k.holder = of_holder
  loop
    continue when one.is_column and one.attname is null;
    execute format('grant %s%s on %s to %I%s', one.privilege,
      case when one.is_column then format(' (%I)', one.attname) else '' end, named, who,
      case when one.passes then ' with grant option' else '' end);
    gave := gave + 1;
  end loop;
  delete from ${rightsSchema}.taken k where k.relation = of_relation and k.holder = of_holder;
  return gave;
end $$;`,
  `revoke all on function ${takeFunction}, ${giveBackFunction} from public;`,
  `grant usage on schema ${rightsSchema} to ${quoteIdent(containUser)};`,
  `grant execute on function ${takeFunction}, ${giveBackFunction} to ${quoteIdent(containUser)};`,
]
