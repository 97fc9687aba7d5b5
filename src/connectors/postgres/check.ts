import { z } from 'zod'

import type { Coverage, PullContext } from '#sources/contract'

import { readServer } from './catalog.ts'
import { ask, withConnection, type Query } from './client.ts'
import { fileLogs, rdsLogs, type PostgresConfig } from './config.ts'
import { authorityFrom } from './contain.ts'
import { rightsSchema } from './grant-functions.ts'
import { logFiles } from './log-files.ts'
import { listRdsFiles } from './rds-files.ts'
import { beyondReach, successorMisfits } from './successor-check.ts'

type Findings = { missing: string[]; excess: string[]; says: string[] }

/** Rights of one login, own and inherited. */
const rightsSql = `
  select rolsuper as super, rolcreaterole as "createRole", rolcreatedb as "createDb", rolreplication as replication,
         rolbypassrls as "bypassRls",
         pg_has_role(oid, 'pg_read_all_stats', 'USAGE') as stats,
         pg_has_role(oid, 'pg_read_all_settings', 'USAGE') as settings,
         pg_has_role(oid, 'pg_signal_backend', 'USAGE') as signal,
         has_table_privilege(oid, 'pg_hba_file_rules', 'SELECT') and has_function_privilege(oid, 'pg_hba_file_rules()', 'EXECUTE') as hba,
         pg_has_role(oid, 'pg_read_all_data', 'MEMBER') as "readAll",
         pg_has_role(oid, 'pg_write_all_data', 'MEMBER') as "writeAll",
         pg_has_role(oid, 'pg_execute_server_program', 'MEMBER') as program
    from pg_roles where rolname = $1`

const rightsRow = z.object({
  super: z.boolean(),
  createRole: z.boolean(),
  createDb: z.boolean(),
  replication: z.boolean(),
  bypassRls: z.boolean(),
  stats: z.boolean(),
  settings: z.boolean(),
  signal: z.boolean(),
  hba: z.boolean(),
  readAll: z.boolean(),
  writeAll: z.boolean(),
  program: z.boolean(),
})

/** What each setting must be for its kind of line to exist, and what is not seen otherwise. */
const settings: { name: string; ok: (value: string) => boolean; want: string; blind: string }[] = [
  { name: 'log_connections', ok: isOn, want: 'on', blind: 'logins are not logged' },
  { name: 'log_disconnections', ok: isOn, want: 'on', blind: 'the end of a session is seen by polling only' },
  {
    name: 'pgaudit.log',
    ok: (value) =>
      /\ball\b/.test(value) || ['read', 'write', 'role', 'ddl', 'misc'].every((part) => value.includes(part)),
    want: 'all (or read, write, role, ddl, misc)',
    blind: 'reads and writes of tables, or role changes, are not logged: they are unknown, not absent',
  },
  {
    name: 'pgaudit.log_relation',
    ok: isOn,
    want: 'on',
    blind: 'a statement over several tables names only one of them',
  },
]

const blindRows = 'how many rows a statement read is not logged (pgaudit.log_rows is off): the table is the bound'
const blindInterrupted =
  'a read through a wire protocol cursor that is rolled back leaves no line (pgaudit.log_rows without log_statement = all); one that is hung up on or killed is known, but not of which table'

function isOn(value: string): boolean {
  return value === 'on'
}

/** Who the cluster is, and what the logins lack or have beyond need. Throws when the server cannot be reached. */
export async function check({
  config,
  see,
  http,
  signal,
}: PullContext<PostgresConfig>): Promise<{ authority: string } & Findings> {
  const found: Findings = { missing: [], excess: [], says: [] }
  const login = { user: config.user, password: see['password'] ?? '', database: config.database }
  return withConnection(config, login, async (query) => {
    const { authority, isAddress } = await authorityFrom(query, config)
    if (isAddress) {
      found.missing.push('execute on pg_control_system()')
      found.says.push('the cluster is known by its address only: moving it makes it a new one')
    }
    await checkLooking(query, config, found)
    await checkContaining(query, config, found)
    if (config.successors.length > 0) {
      found.missing.push(...(await successorMisfits(query, config, (await readServer(query)).version)))
    }
    await checkLogs(query, config, { http, signal }, found)
    if (config.ssl === 'disable') found.says.push('the connection is not encrypted: only for a socket or loopback')
    return { authority, ...found }
  })
}

async function checkLooking(
  query: Query,
  { user }: PostgresConfig,
  { missing, excess, says }: Findings,
): Promise<void> {
  const [rights] = await ask(query, rightsRow, rightsSql, [user])
  if (rights?.stats !== true) {
    missing.push('pg_monitor (pg_read_all_stats)')
    says.push("other logins' sessions cannot be told apart and what they run is not seen")
  }
  if (rights?.settings !== true) {
    missing.push('pg_monitor (pg_read_all_settings)')
    says.push('some settings of the log cannot be checked')
  }
  if (rights?.hba !== true) {
    missing.push('SELECT on pg_hba_file_rules, and EXECUTE on its function')
    says.push('from where and by what roles sign in is not told')
  }
  for (const [key, name] of [
    ['super', 'superuser'],
    ['createRole', 'CREATEROLE'],
    ['createDb', 'CREATEDB'],
    ['replication', 'REPLICATION'],
    ['bypassRls', 'BYPASSRLS'],
    ['readAll', 'pg_read_all_data'],
    ['writeAll', 'pg_write_all_data'],
    ['program', 'pg_execute_server_program'],
  ] as const) {
    // A superuser is a member of everything: said once.
    if (rights?.[key] === true && (key === 'super' || !rights.super)) {
      excess.push(`\`${user}\` has ${name}; looking does not need it`)
    }
  }
}

async function checkContaining(query: Query, config: PostgresConfig, found: Findings): Promise<void> {
  const { containUser } = config
  const { missing, excess, says } = found
  if (containUser === undefined) {
    says.push('no login that contains is set: nothing can be disabled or ended here')
    return
  }
  const [rights] = await ask(query, rightsRow, rightsSql, [containUser])
  if (rights === undefined) {
    missing.push(`role \`${containUser}\``)
    return
  }
  if (rights.super) {
    excess.push(`\`${containUser}\` is a superuser; needed only to contain other superusers`)
    return
  }
  if (!rights.createRole) {
    missing.push(`CREATEROLE for \`${containUser}\``)
    says.push('roles cannot be disabled and memberships cannot be taken away')
  }
  if (!rights.signal) {
    missing.push(`pg_signal_backend for \`${containUser}\``)
    says.push('open sessions cannot be ended')
  }
  if (!rights.stats) {
    missing.push(`pg_monitor for \`${containUser}\``)
    says.push('a single session cannot be found by its start')
  }
  const [{ n: functions } = { n: 0 }] = await ask(
    query,
    z.object({ n: z.number() }),
    `select count(*)::int4 as n from pg_proc p join pg_namespace s on s.oid = p.pronamespace
      where s.nspname = '${rightsSchema}' and p.proname in ('take', 'give_back') and has_function_privilege($1, p.oid, 'EXECUTE')`,
    [containUser],
  )
  if (functions < 2) says.push('what a review takes of grants on tables is a step that fails: `source role` prints why')
  const { version } = await readServer(query)
  missing.push(...(await beyondReach(query, config, version)))
  says.push('superusers, and roles with REPLICATION or BYPASSRLS, can be changed by a superuser only: a person must')
  for (const [key, name] of [
    ['bypassRls', 'BYPASSRLS'],
    ['replication', 'REPLICATION'],
    ['readAll', 'pg_read_all_data'],
    ['writeAll', 'pg_write_all_data'],
  ] as const) {
    if (rights[key]) excess.push(`\`${containUser}\` has ${name}; containing does not need it`)
  }
}

async function checkLogs(
  query: Query,
  config: PostgresConfig,
  context: Pick<PullContext<PostgresConfig>, 'http' | 'signal'>,
  { missing, says }: Findings,
): Promise<void> {
  if (config.logs === 'none') {
    says.push('no log is read: what was read or changed is unknown')
    return
  }
  const { place, format, hasFiles } = await logPlace(config, context)
  if (!hasFiles) {
    missing.push(`read access to ${place}`)
    says.push('no log file is readable there: what was read or changed is unknown')
  }
  const rows = await ask(
    query,
    z.object({ name: z.string(), setting: z.string() }),
    `select name, setting from pg_settings where name = any ($1)`,
    [[...settings.map(({ name }) => name), 'log_destination', 'log_statement', 'pgaudit.log_rows']],
  )
  const values = new Map(rows.map(({ name, setting }) => [name, setting]))
  const destination = values.get('log_destination')
  if (destination !== undefined && !destination.split(',').some((part) => part.trim() === format)) {
    missing.push(`log_destination = ${format}`)
    says.push('the log is not written in the form this source reads')
  }
  for (const { name, ok, want, blind } of settings) {
    const value = values.get(name)
    if (value !== undefined && ok(value)) continue
    missing.push(`${name} = ${want}`)
    says.push(blind)
  }
  // pgaudit writes a statement when it starts, or with log_rows when it has ended well: each way alone leaves something out.
  if (values.get('pgaudit.log_rows') !== 'on') says.push(blindRows)
  else if (values.get('log_statement') !== 'all') says.push(blindInterrupted)
  const [overrides] = await ask(
    query,
    z.object({ n: z.number() }),
    `select count(*)::int4 as n from pg_db_role_setting s, unnest(s.setconfig) c where c like 'pgaudit.%' or c like 'log\\_%'`,
  )
  if (overrides !== undefined && overrides.n > 0) {
    says.push(`${overrides.n} roles or databases have log settings of their own, which may log less`)
  }
}

/** Where the log lies, and whether any of it can be read there. */
async function logPlace(
  config: PostgresConfig,
  { http, signal }: Pick<PullContext<PostgresConfig>, 'http' | 'signal'>,
) {
  const [files, rds] = [fileLogs(config), rdsLogs(config)]
  if (files !== undefined) {
    const found = (await logFiles(files.path).catch(() => [])).filter((file) => file.wanted)
    return { place: `\`${files.path}\``, format: files.format, hasFiles: found.length > 0 }
  }
  const instances = rds?.instances ?? []
  let hasFiles = rds !== undefined
  for (const instance of instances) {
    const names = rds === undefined ? [] : await listRdsFiles({ http, signal, logs: rds }, instance).catch(() => [])
    hasFiles &&= names.length > 0
  }
  return { place: `the CSV logs of ${instances.join(', ')} at RDS`, format: 'csvlog', hasFiles }
}

export function coverage(config: PostgresConfig): Coverage {
  const always = [
    'rights that a SECURITY DEFINER function lends are not walked',
    'pg_hba.conf and CONNECT may refuse a login that the map shows as able: reach is an upper bound; `cordon access gaps` alone holds pg_hba.conf against each login, as the file stands and not as it was last loaded',
    'background workers, logical replication and scheduled jobs (pg_cron) run as roles without a login session',
    'replication slots have no owner, and prepared transactions outlive their session',
  ]
  if (config.logs === 'none') {
    return {
      sees: ['identities', 'grants', 'resources', 'sessions'],
      logged: [],
      blind: ['no server log is read: reads, writes and role changes are unknown', ...always],
    }
  }
  return {
    sees: ['identities', 'grants', 'resources', 'sessions', 'reads', 'writes', 'admin', 'logins'],
    logged: ['read', 'write', 'delete', 'share', 'admin', 'login'],
    blind: [
      'with pgaudit.log_rows and without log_statement = all, rows taken through a wire protocol cursor that is then rolled back leave no line; polling sees the statement only if it is open at that moment',
      'how many rows COPY moved is not logged: the table is the bound',
      'a superuser can switch the log off or change its file',
      ...(rdsLogs(config) === undefined
        ? []
        : ['RDS keeps its log for three days by default, and tells it a minute or two late']),
      ...always,
    ],
  }
}
