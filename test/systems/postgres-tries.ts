import { z } from 'zod'

import { ask, type Query } from '../../src/connectors/postgres/client.ts'

/**
 * The server as oracle of who can do what: for every login it is tried, in a subtransaction that is rolled back. A login
 * becomes whom it may by SET ROLE, then reads and changes each relation. `acts`: before that it grants itself and those
 * it can become what it may grant (roles it has ADMIN on, USAGE of schemas, what it owns, whose row security it lifts). Shares no code with the connector.
 */
export const triesSql = `
create schema tries;
-- Tries statements as somebody; keeps what they did only when asked to.
create function tries.can(login name, role name, statement text, keeps boolean default false) returns boolean
language plpgsql as $f$
begin
  begin
    perform set_config('session_authorization', login, true);
    if role <> login then perform set_config('role', role, true); end if;
    execute statement;
    if not keeps then raise exception sqlstate 'ZZ001'; end if;
    perform set_config('role', 'none', true);
    perform set_config('session_authorization', 'postgres', true);
    return true;
  exception
    when sqlstate 'ZZ001' then return true;
    -- refused; would end in a circle; nothing that can be granted, changed or dropped in this way
    when insufficient_privilege or invalid_grant_operation or object_not_in_prerequisite_state
      or wrong_object_type or feature_not_supported or dependent_objects_still_exist then return false;
    -- what the server says where its check lets by whom it then finds to be no grantor
    when internal_error then
      if sqlerrm in ('no possible grantors', 'role "pg_database_owner" cannot have explicit members',
        'role "pg_database_owner" cannot be a member of any role') then return false; end if;
      raise;
  end;
end $f$;

create function tries.anyone(login name, roles name[], statement text) returns boolean
language plpgsql as $f$
declare role name;
begin
  foreach role in array roles loop
    if tries.can(login, role, statement) then return true; end if;
  end loop;
  return false;
end $f$;

create function tries.only_if(condition text) returns text language sql as $f$
  select format('do $d$ begin if not (%s) then raise insufficient_privilege; end if; end $d$', condition)
$f$;
-- What takes the right on the whole relation, then what one column is enough for.
create function tries.reads() returns jsonb language sql as $f$
  select '{"whole": ["select * from %s limit 0"], "some": ["select from %s limit 0"]}'::jsonb
$f$;
create function tries.changes() returns jsonb language sql as $f$
  select '{"whole": ["insert into %s select 1, 1, 1 where false", "update %s set a = 1, b = 1, c = 1 where false", "delete from %s where false",
                     "truncate %s cascade"],
           "some": ["insert into %s (a) select 1 where false", "insert into %s (b) select 1 where false", "update %s set a = 1 where false",
                    "update %s set b = 1 where false", "delete from %s where false"]}'::jsonb
$f$;
create function tries.degree(login name, reach name[], relation text, ways jsonb) returns text language plpgsql as $f$
declare statement text;
begin
  for statement in select jsonb_array_elements_text(ways->'whole') loop
    if tries.anyone(login, reach, format('set local row_security = off; ' || statement, relation)) then return 'yes'; end if;
  end loop;
  for statement in select jsonb_array_elements_text(ways->'some') loop
    if tries.anyone(login, reach, format('set local row_security = on; ' || statement, relation)) then return 'maybe'; end if;
  end loop;
  return 'no';
end $f$;

-- relations: 'schema.name' | kind (r table or partition, v view, m materialised view) | owner
create function tries.all(logins name[], roles name[], schemas name[], relations text[], kinds text[], owners name[])
returns jsonb language plpgsql as $f$
declare
  login name; role name; other name; target name; schema name; i int; grew boolean; reach name[];
  withs text := case when current_setting('server_version_num')::int >= 160000 then ' with inherit true, set true' else '' end;
  answers jsonb := '[]';
  quoted text; is_super boolean; acts boolean;
begin
  foreach login in array logins loop
    foreach acts in array array[false, true] loop
    begin
      reach := array[login];
      loop
        grew := false;
        foreach other in array roles loop
          continue when other = any (reach);
          if acts and not tries.can(login, login, format('set local role %I', other)) then
            foreach role in array reach loop
              exit when tries.can(login, role, format('grant %I to %I%s', other, login, withs), true);
            end loop;
          end if;
          if tries.can(login, login, format('set local role %I', other)) then
            reach := reach || other;
            grew := true;
          end if;
        end loop;
        exit when not grew;
      end loop;
      -- It grants each role that it may grant to each role that it can become.
      foreach other in array roles loop
        foreach target in array reach loop
          continue when target = other or not acts;
          foreach role in array reach loop
            exit when tries.can(login, role, format('grant %I to %I%s', other, target, withs), true);
          end loop;
        end loop;
      end loop;
      select string_agg(quote_ident(r), ', ') into quoted from unnest(reach) r where r <> 'pg_database_owner';
      is_super := tries.anyone(login, reach, tries.only_if($q$current_setting('is_superuser') = 'on'$q$))
        or reach && array['pg_execute_server_program', 'pg_write_server_files']::name[];
      foreach schema in array schemas loop
        foreach role in array reach loop
          continue when not acts;
          perform tries.can(login, role, format('grant usage on schema %I to %s', schema, quoted), true);
        end loop;
      end loop;
      for i in 1 .. array_length(relations, 1) loop
        begin
          -- A view is judged as its tables stand: nobody grants themselves more than the view.
          foreach role in array reach loop
            continue when not acts;
            perform tries.can(login, role, format('grant all on %s to %s', relations[i], quoted), true);
            if kinds[i] = 'r' then
              perform tries.can(login, role, format('alter table %s disable row level security', relations[i]), true);
            end if;
          end loop;
          answers := answers || jsonb_build_object('login', login, 'relation', relations[i], 'acts', acts,
            'read', case when is_super then 'yes' else tries.degree(login, reach, relations[i], tries.reads()) end,
            'change', case when is_super then 'yes' when kinds[i] = 'm' then 'no'
              else tries.degree(login, reach, relations[i], tries.changes()) end,
            'drop', is_super
              or tries.anyone(login, reach, format('drop %s %s cascade',
                case kinds[i] when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, relations[i]))
              -- DROP OWNED asks for no name in a schema, and for the rights of the owner alone
              or tries.anyone(login, reach, tries.only_if(format('pg_has_role(current_user, %L, ''usage'')', owners[i]))));
          raise exception sqlstate 'ZZ003';
        exception when sqlstate 'ZZ003' then null;
        end;
      end loop;
      raise exception sqlstate 'ZZ002';
    exception when sqlstate 'ZZ002' then null;
    end;
    end loop;
  end loop;
  return answers;
end $f$`

const holds = z.enum(['yes', 'maybe', 'no'])
const answer = z.object({
  login: z.string(),
  relation: z.string(),
  acts: z.boolean(),
  read: holds,
  change: holds,
  drop: z.boolean(),
})
export type Tried = z.output<typeof answer>

export type Asked = {
  roles: readonly string[]
  /** Further roles that somebody may become, and that are not asked about themselves. */
  further: readonly string[]
  schemas: readonly string[]
  relations: readonly { name: string; kind: 'r' | 'v' | 'm'; owner: string }[]
}

export async function tryAll(query: Query, { roles, further, schemas, relations }: Asked): Promise<Tried[]> {
  const [row] = await ask(
    query,
    z.object({ answers: z.array(answer) }),
    'select tries.all($1, $2, $3, $4, $5, $6) as answers',
    [
      [...roles],
      [...roles, ...further],
      [...schemas],
      relations.map(({ name }) => name),
      relations.map(({ kind }) => kind),
      relations.map(({ owner }) => owner),
    ],
  )
  return row?.answers ?? []
}
