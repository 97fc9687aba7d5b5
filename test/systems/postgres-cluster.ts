import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client } from 'pg'

import { freePort } from '../../lab/src/cordon/port.ts'

const run = promisify(execFile)
export const postgres15 = '/usr/lib/postgresql/15/bin'
const oracles = process.env['CORDON_ORACLES'] ?? fileURLToPath(new URL('../../.cordon/oracles', import.meta.url))
/** The same server from 16 on, where CREATEROLE reaches less; without pgaudit. */
export const postgres18 = join(oracles, 'postgres-18', 'bin')
/** `skip` of a test: what to run where this server is not installed. */
export const unlessInstalled = (bin: string): string | false =>
  existsSync(join(bin, 'initdb')) ? false : 'no such server: run test/systems/install-postgres.sh'
export const superPassword = 'EXAMPLE-super'

const audited = {
  shared_preload_libraries: 'pgaudit',
  'pgaudit.log': 'all',
  'pgaudit.log_rows': 'on',
  'pgaudit.log_relation': 'on',
  'pgaudit.log_parameter': 'on',
}

export type Cluster = {
  host: string
  port: number
  /** Folder of the server's log; `*.json` and `*.csv`. */
  logs: string
  /** A client as this login; closed with the cluster if not before. */
  client(user: string, password: string, database?: string): Promise<Client>
  superuser(database?: string): Promise<Client>
  stop(): Promise<void>
}

/**
 * A PostgreSQL cluster of its own (15 with pgaudit, unless `bin` is of another), in a temporary folder, on loopback and a socket. As root the server
 * runs as `postgres` (it refuses root). `test/systems/install-postgres.sh` installs what this needs.
 */
export async function startCluster(settings: Record<string, string> = {}, bin = postgres15): Promise<Cluster> {
  const isRoot = process.getuid?.() === 0
  const as = (file: string, args: string[]) =>
    isRoot ? run('runuser', ['-u', 'postgres', '--', file, ...args]) : run(file, args)
  const folder = await mkdtemp(join(tmpdir(), 'cordon-postgres-'))
  // Only the server's account may look in: it owns the folder.
  if (isRoot) await run('chown', ['postgres', folder])
  await chmod(folder, 0o700)
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, superPassword)
  if (isRoot) await run('chown', ['postgres', passwordFile])
  await as(`${bin}/initdb`, [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--no-sync',
    '-E',
    'UTF8',
    '--locale=C',
  ])
  const port = await freePort()
  const options: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    max_connections: '60',
    fsync: 'off',
    logging_collector: 'on',
    log_destination: 'jsonlog,csvlog',
    log_directory: 'log',
    log_filename: 'postgresql-%Y%m%d-%H%M%S.log',
    log_connections: 'on',
    log_disconnections: 'on',
    log_min_error_statement: 'error',
    ...(bin === postgres15 ? audited : {}),
    ...settings,
  }
  const conf = Object.entries(options).map(([name, value]) => `${name} = '${value}'\n`)
  await writeFile(join(data, 'postgresql.auto.conf'), conf.join(''))
  await as(`${bin}/pg_ctl`, ['-D', data, '-w', '-t', '30', '-l', join(folder, 'start.log'), 'start'])
  const pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0])
  const open = new Set<Client>()

  const client = async (user: string, password: string, database = 'postgres'): Promise<Client> => {
    const made = new Client({ host: '127.0.0.1', port, user, password, database })
    made.on('error', () => undefined)
    await made.connect()
    open.add(made)
    made.once('end', () => open.delete(made))
    return made
  }
  return {
    host: '127.0.0.1',
    port,
    logs: join(data, 'log'),
    client,
    superuser: (database) => client('postgres', superPassword, database),
    async stop() {
      await Promise.all([...open].map((one) => one.end().catch(() => undefined)))
      // SIGQUIT: immediate shutdown of the server started above, by its own process id.
      if (isAlive(pid)) process.kill(pid, 'SIGQUIT')
      for (let tries = 0; isAlive(pid) && tries < 200; tries++) await new Promise((done) => setTimeout(done, 25))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits until the server's log has not grown for a moment: its collector writes a line some time after the statement is done. */
export async function quietLog({ logs }: Pick<Cluster, 'logs'>): Promise<void> {
  const quietMs = 300
  let [size, sinceMs] = [-1, performance.now()]
  while (performance.now() - sinceMs < quietMs) {
    const files = await readdir(logs)
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(logs, file))).size))
    const now = sizes.reduce((sum, one) => sum + one, 0)
    if (now !== size) [size, sinceMs] = [now, performance.now()]
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Everything the server wrote, in one of its two forms. */
export async function readLog(cluster: Cluster, extension: 'json' | 'csv'): Promise<string> {
  const names = (await readdir(cluster.logs)).filter((name) => name.endsWith(`.${extension}`)).sort()
  return (await Promise.all(names.map((name) => readFile(join(cluster.logs, name), 'utf8')))).join('')
}
