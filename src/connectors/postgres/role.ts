import type { CredentialUse, Role } from '#sources/contract'

import { fileLogs, rdsLogs, type PostgresConfig } from './config.ts'

export const roleScopes = ['CREATEROLE']
export const sessionScopes = ['pg_signal_backend', 'pg_monitor']

const why: Record<CredentialUse, Record<string, string>> = {
  see: { LOGIN: 'read the catalog', pg_monitor: "others' sessions, and the settings of the log" },
  contain: {
    CREATEROLE: 'refuse a role new sessions, take memberships away',
    pg_signal_backend: 'end sessions',
    pg_monitor: 'find one session by its start',
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

/** Neither needs a superuser, so both work on managed services. */
export function role(config: PostgresConfig, use: CredentialUse): Role | undefined {
  const name = use === 'see' ? config.user : config.containUser
  if (name === undefined) return undefined
  const [login, option] = use === 'see' ? ['login', ''] : ['login createrole', '\n  create_role = true']
  const member = use === 'see' ? ['pg_monitor'] : ['pg_monitor', 'pg_signal_backend']
  const quoted = `"${name.replaceAll('"', '""')}"`
  const sql = [`create role ${quoted} ${login};`, `grant ${member.join(', ')} to ${quoted};`, `\\password ${quoted}`]
  return {
    scopes: Object.entries(why[use]).map(([scope, reason]) => ({ name: scope, why: reason })),
    text: [...sql, ...(use === 'see' ? waysToLog(config) : [])],
    json: { statements: sql.slice(0, 2) },
    terraform: `# provider cyrilgdn/postgresql
resource "postgresql_role" "cordon_${use}" {
  name        = ${JSON.stringify(name)}
  login       = true
  roles       = ${JSON.stringify(member)}${option === '' ? '' : '\n  create_role = true'}
}
`,
  }
}
