import type { CredentialUse, Role } from '#sources/contract'

import { quoteIdent } from './client.ts'
import { fileLogs, rdsLogs, type PostgresConfig } from './config.ts'
import { grantFunctions, rightsSchema } from './grant-functions.ts'

export const roleScopes = ['CREATEROLE']
export const sessionScopes = ['pg_signal_backend', 'pg_monitor']

const why: Record<CredentialUse, Record<string, string>> = {
  see: {
    LOGIN: 'read the catalog',
    pg_monitor: "others' sessions, and the settings of the log",
    pg_hba_file_rules: 'from where and by what roles sign in: SELECT on it, and EXECUTE on the function of that name',
  },
  contain: {
    CREATEROLE: 'refuse a role new sessions, take memberships away, give the standby of `successors` its password',
    pg_signal_backend: 'end sessions',
    pg_monitor: 'find one session by its start',
    [rightsSchema]:
      'take grants on tables away that reviews decided, and give them back, by two functions; only for that',
  },
}

function waysToLog(config: PostgresConfig): string[] {
  const [files, rds] = [fileLogs(config), rdsLogs(config)]
  if (files !== undefined) return [`let the user that runs Cordon read ${files.path}`]
  return rds === undefined
    ? []
    : [
        `in AWS, make a user with a key that may do \`rds:DescribeDBLogFiles\` and \`rds:DownloadDBLogFilePortion\` on ${rds.instances.join(', ')} and nothing else`,
      ]
}

/**
 * Before 16 CREATEROLE reaches every role that is no superuser; from then on those alone that it was given ADMIN on, here
 * without becoming them: `inherit false, set false`. The roles of `successors` by name, and the others for the reader to name.
 */
function adminGrants({ successors }: PostgresConfig, containUser: string): string[] {
  const named = successors.flatMap(({ role: old, standby, memberOf }) => [old, ...(memberOf ?? [standby])])
  const to = `to ${quoteIdent(containUser)} with admin true, inherit false, set false;`
  return [...new Set(named)].map((name) => `grant ${quoteIdent(name)} ${to}`)
}

/** Catalogs have rights of their own in each database; a managed service may keep these two to itself. */
const hbaGrants = ({ database }: PostgresConfig, quoted: string): string[] => [
  `-- in the database ${quoteIdent(database)}, by a superuser:`,
  `grant select on pg_hba_file_rules to ${quoted};`,
  `grant execute on function pg_hba_file_rules() to ${quoted};`,
]

const forReviews =
  '-- where reviews of rights are to take grants on tables away, in each database, as a superuser or as whoever owns the tables:'

/** Neither needs a superuser, so both work on managed services. */
export function role(config: PostgresConfig, use: CredentialUse): Role | undefined {
  const name = use === 'see' ? config.user : config.containUser
  if (name === undefined) return undefined
  const [login, option] = use === 'see' ? ['login', ''] : ['login createrole', '\n  create_role = true']
  const member = use === 'see' ? ['pg_monitor'] : ['pg_monitor', 'pg_signal_backend']
  const quoted = quoteIdent(name)
  const sql = [`create role ${quoted} ${login};`, `grant ${member.join(', ')} to ${quoted};`, `\\password ${quoted}`]
  const rules = use === 'see' ? hbaGrants(config, quoted) : []
  const grants = use === 'see' ? [] : adminGrants(config, name)
  const on16 = [
    '-- from PostgreSQL 16 on also this, and the same for each other login that is to be contained:',
    ...grants,
    ...(grants.length > 0 ? [] : [`grant "ROLE" to ${quoted} with admin true, inherit false, set false;`]),
  ]
  return {
    scopes: Object.entries(why[use]).map(([scope, reason]) => ({ name: scope, why: reason })),
    text: [
      ...sql,
      ...(use === 'see' ? [...rules, ...waysToLog(config)] : [...on16, forReviews, ...grantFunctions(name)]),
    ],
    json: {
      statements: sql.slice(0, 2),
      ...(grants.length === 0 ? {} : { from16: grants }),
      ...(use === 'see' ? {} : { forReviews: grantFunctions(name) }),
    },
    terraform: `# provider cyrilgdn/postgresql
resource "postgresql_role" "cordon_${use}" {
  name        = ${JSON.stringify(name)}
  login       = true
  roles       = ${JSON.stringify(member)}${option === '' ? '' : '\n  create_role = true'}
}
${use === 'see' ? '' : '# PostgreSQL 16 and newer: the grants with ADMIN by SQL, which the provider cannot make without `inherit`\n'}`,
  }
}
