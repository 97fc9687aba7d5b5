import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'

import type { CordonClient } from '../src/cordon/client.ts'
import { connect, reportHosts } from '../src/cordon/connect.ts'
import { startCordon } from '../src/cordon/process.ts'
import { sizes } from './company/company.ts'
import type { SizeName } from './company/model.ts'
import { startEstate, type Estate } from './estate.ts'
import type { PostgresServer } from './fill/warehouse.ts'
import { writeHosts } from './host-files.ts'
import { readKubeconfig } from './kubeconfig.ts'
import type { Roles } from './part.ts'
import { accountNames, accountRealms, exportOf, peopleSource } from './register.ts'

const usage =
  'npm run lab:estate -- [--seed N] [--size mini|tiny|small|full] [--density SHARE] [--truth FILE] [--postgres PORT] [--kubernetes KUBECONFIG]\n' +
  '  --postgres: of an empty server on 127.0.0.1, which the warehouse is put into; PGUSER and PGPASSWORD of its superuser\n' +
  '  --kubernetes: whose current context is an empty cluster on this machine, filled in place of the twin'
const isSize = (text: string): text is SizeName => Object.hasOwn(sizes, text)

type Wish = {
  seed: number
  size: SizeName
  density: number
  truth: string | undefined
  postgres: PostgresServer | undefined
  /** A kubeconfig. */
  kubernetes: string | undefined
}
/** Undefined: asked wrongly. */
function wishOf(args: readonly string[]): Wish | undefined {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: { seed: text, size: text, density: text, truth: text, postgres: text, kubernetes: text },
    strict: false,
  })
  const [seed, density, size] = [Number(values.seed ?? 1), Number(values.density ?? 0.01), values.size ?? 'tiny']
  const port = Number(values.postgres ?? 1)
  const isGood = Number.isSafeInteger(seed) && seed >= 0 && density >= 0 && density <= 1
  const isPort = Number.isSafeInteger(port) && port > 0 && port < 65_536
  if (!isGood || !isPort || typeof size !== 'string' || !isSize(size) || typeof values.truth === 'boolean')
    return undefined
  if (typeof values.kubernetes === 'boolean') return undefined
  return {
    seed,
    density,
    size,
    truth: values.truth,
    postgres: values.postgres === undefined ? undefined : serverAt(port),
    kubernetes: values.kubernetes,
  }
}

const serverAt = (port: number): PostgresServer => {
  const { PGUSER = 'postgres', PGPASSWORD = '' } = process.env
  return { host: '127.0.0.1', port, user: PGUSER, password: PGPASSWORD }
}

/** What Cordon says that its own app at a vendor needs: asked of the running Cordon. */
const rolesFrom =
  (admin: CordonClient): Roles =>
  async (connector, config, use) => {
    const role = (await admin.call('source.role', { body: { connector, config } }))[use]
    return role?.scopes.map(({ name }) => name) ?? []
  }

async function connectSources(
  admin: CordonClient,
  { fills }: Estate,
  isReal: (connector: string) => boolean,
): Promise<void> {
  for (const { source, counts } of fills) {
    const { connector, config, see, contain } = source
    await admin.call('source.add', { body: { id: connector, connector, config, secrets: { see, contain } } })
    const told = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`)
    process.stdout.write(`  ${connector.padEnd(11)} ${isReal(connector) ? 'server' : 'twin  '}  ${told.join(', ')}\n`)
  }
}

const registerIn = (folder: string): string => join(folder, 'register')

/** What no vendor tells: who works here and until when, from the company's register, and what lies on its machines. */
async function connectHouse(admin: CordonClient, estate: Estate, folder: string): Promise<void> {
  const { sources } = await admin.call('source.list')
  const realms = accountRealms((vendor) => sources.find(({ connector }) => connector === vendor)?.authority ?? '')
  const { company, fills } = estate
  const register = peopleSource(realms, registerIn(folder))
  register.write(exportOf(company, accountNames(fills)))
  const { connector, config } = register.setup
  await admin.call('source.add', { body: { id: connector, connector, config } })
  process.stdout.write(`  people      file    ${company.people.length} people\n`)

  const hosts = join(folder, 'hosts')
  mkdirSync(hosts)
  await admin.call('source.add', { body: { id: 'hosts', connector: 'host' } })
  await reportHosts({ admin }, writeHosts(estate, hosts), folder)
  process.stdout.write(`  hosts       files   ${company.hosts.length} hosts, looked at by the reporter\n`)
}

async function run({ seed, size, density, truth, ...at }: Wish, stopping: AbortSignal, later: Later): Promise<void> {
  const servers = {
    ...(at.postgres === undefined ? {} : { postgres: at.postgres }),
    ...(at.kubernetes === undefined ? {} : { kubernetes: readKubeconfig(at.kubernetes) }),
  }
  const folder = mkdtempSync(join(tmpdir(), 'cordon-estate-'))
  later(() => rmSync(folder, { recursive: true, force: true }))
  const configFile = join(folder, 'cordon.yaml')
  mkdirSync(registerIn(folder))
  writeFileSync(configFile, `logFolders: [${JSON.stringify(registerIn(folder))}]\n`)
  process.stdout.write(`Cordon and the reference estate, seed ${seed}, ${size}: all on this machine, all made up\n`)
  const cordon = await startCordon({ dataDir: join(folder, 'data'), configFile, signal: stopping })
  later(() => cordon.stop())
  const { admin, adminToken } = await connect(cordon.url, cordon.bootstrapToken)
  const clock = { nowMs: () => Date.now() }
  const options = { seed, size, density, clock, nowMs: clock.nowMs(), roles: rolesFrom(admin) }
  const estate = await startEstate({ ...options, ...servers })
  later(() => estate.close())
  await connectSources(admin, estate, (connector) => Object.hasOwn(servers, connector))
  await connectHouse(admin, estate, folder)
  if (truth !== undefined) {
    const lines = Readable.from(linesOf(estate))
    // It holds each secret of the lab, which opens nothing outside of it.
    await pipeline(lines, createWriteStream(truth, { mode: 0o600 }))
  }
  const filled = Object.keys(servers)
  const left = filled.length === 0 ? '' : `, but for what was put into ${filled.join(' and ')}`
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, adminToken, { mode: 0o600 })
  process.stdout.write(
    `\nCordon reads it now. In another terminal:\n` +
      `  export CORDON_URL=${cordon.url} CORDON_TOKEN=$(cat ${tokenFile})\n` +
      `  ./cordon source list\nEnd with Ctrl-C: nothing is left${left}.\n`,
  )
  await new Promise<void>((resolve) => {
    if (stopping.aborted) return resolve()
    stopping.addEventListener('abort', () => resolve(), { once: true })
  })
}

function* linesOf(estate: Estate): Generator<string> {
  for (const line of estate.truth()) yield `${JSON.stringify(line)}\n`
}

type Later = (undo: () => Promise<void> | void) => void

const wish = wishOf(process.argv.slice(2))
if (wish === undefined) {
  process.stderr.write(`cordon estate: ${usage}\n`)
  process.exit(2)
}
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())
const cleanups: (() => Promise<void> | void)[] = []
try {
  await run(wish, stopping.signal, (undo) => void cleanups.push(undo))
} catch (error) {
  process.exitCode = 70
  process.stderr.write(`cordon estate: ${error instanceof Error ? error.message : 'failed'}\n`)
} finally {
  for (const cleanup of cleanups.toReversed()) await Promise.resolve(cleanup()).catch(() => undefined)
}
