import type { Client } from 'pg'

import { systemClock } from '#kit'
import type { EntityId } from '#model'
import { postgres, postgresActions, type PostgresConfig } from '#connectors/postgres'

import { grantId, membershipId, roleId } from '../../src/connectors/postgres/ids.ts'
import { actionsIn, type ActionCase, type Tried } from '../conformance/actions.ts'
import { postgres15, unlessInstalled, type Cluster } from './postgres-cluster.ts'
import { actionContext, configOf, pullContext, startLab } from './postgres-lab.ts'
import { openShop, type Shop } from './postgres-shop.ts'

/** A server takes seconds to start: tries share one, each with a role of its own. */
type Server = { cluster: Cluster; config: PostgresConfig; authority: string }
let started: Promise<Server> | undefined
async function start(): Promise<Server> {
  const cluster = await startLab()
  const config = configOf(cluster)
  return { cluster, config, authority: (await postgres.check(pullContext(config))).authority }
}

export const isInstalled = (): boolean => unlessInstalled(postgres15) === false
export const stopServer = async (): Promise<void> => (await started)?.cluster.stop()

type Company = Server & { role: string; oid: number; password: string; close(): Promise<void> }
let roles = 0
const server = (): Promise<Server> => (started ??= start())
async function found(): Promise<Company> {
  const there = await server()
  const role = `thief_${++roles}`
  const password = 'EXAMPLE-stolen'
  const root = await there.cluster.superuser()
  await root.query(`create role ${role} login password '${password}' in role readers`)
  const { rows } = await root.query<{ oid: string }>('select oid::int8 as oid from pg_roles where rolname = $1', [role])
  await root.end()
  return { ...there, role, oid: Number(rows[0]?.oid), password, close: () => Promise.resolve() }
}

/** Null: refused. */
const login = ({ cluster, role, password }: Company): Promise<Client | null> =>
  cluster.client(role, password).catch(() => null)
const logsIn = (company: Company) => async (): Promise<boolean> => {
  const client = await login(company)
  await client?.end()
  return client !== null
}
const reads = (client: Client): Promise<boolean> =>
  client.query('select count(*) from hr.pay').then(
    () => true,
    () => false,
  )
/** A session from before its role was disabled, as the plan does first: it alone is left. */
async function inside(company: Company): Promise<Client | null> {
  const client = await login(company)
  const root = await company.cluster.superuser()
  await root.query(`alter role ${company.role} nologin`)
  await root.end()
  return client
}
const at = ({ authority, oid }: Company): EntityId => roleId(authority, oid)

const cases: ActionCase<Company>[] = [
  {
    verb: 'postgres.role.disable',
    isRestored: true,
    set: (company) => ({ target: at(company), works: logsIn(company) }),
  },
  {
    verb: 'postgres.memberships.revoke',
    isRestored: true,
    async set(company) {
      const client = await inside(company)
      return { target: at(company), works: () => (client === null ? Promise.resolve(false) : reads(client)) }
    },
  },
  {
    verb: 'postgres.sessions.terminate',
    isRestored: false,
    async set(company) {
      const client = await inside(company)
      return { target: at(company), works: () => (client === null ? Promise.resolve(false) : reads(client)) }
    },
  },
  {
    verb: 'postgres.role.quarantine',
    isRestored: true,
    async set(company) {
      const client = await login(company)
      const isIn = logsIn(company)
      return {
        target: at(company),
        works: async () => (client !== null && (await reads(client))) || isIn(),
      }
    },
  },
]

const oidOf = async ({ cluster }: Company, what: string): Promise<number> => {
  const root = await cluster.superuser()
  const { rows } = await root.query<{ oid: string }>(`select (${what})::int8 as oid`)
  await root.end()
  return Number(rows[0]?.oid)
}
/** A right, and a login that has it by that alone. */
const rightCases: ActionCase<Company>[] = [
  {
    verb: 'postgres.membership.revoke',
    isRestored: true,
    async set(company) {
      const role = await oidOf(company, `select oid from pg_roles where rolname = 'readers'`)
      return {
        target: membershipId(company.authority, { role, member: company.oid }),
        works: async () => {
          const client = await login(company)
          const is = client !== null && (await reads(client))
          await client?.end()
          return is
        },
      }
    },
  },
  {
    verb: 'postgres.grant.revoke',
    isRestored: true,
    // The server remembers what was taken, by the grant and not by the step.
    isMarked: true,
    async set(company) {
      const root = await company.cluster.superuser()
      await root.query(`grant select on people to ${company.role}; grant update (name) on people to ${company.role}`)
      await root.end()
      const database = await oidOf(company, `select oid from pg_database where datname = current_database()`)
      const relation = await oidOf(company, `select 'people'::regclass::oid`)
      return {
        target: grantId(company.authority, { database, relation, role: company.oid }),
        works: async () => {
          const client = await login(company)
          const is = await client
            ?.query('select count(*) from people where false; update people set name = name where false')
            .then(
              () => true,
              () => false,
            )
          await client?.end()
          return is === true
        },
      }
    },
  },
]

/** What the place holds is what was stolen: the thief's word for it is the consumer's. */
const shopCases: ActionCase<Shop>[] = [
  {
    verb: 'postgres.role.hand-over',
    // Vault gives back nothing of what stood there.
    isRestored: false,
    set: ({ target, leaked, read }) => ({ target, works: async () => (await read()).user === leaked.user }),
  },
]

export const tried: Tried<Company, PostgresConfig, ActionCase<Company>> = {
  actions: actionsIn(postgresActions, [...cases, ...rightCases]),
  cases: [...cases, ...rightCases],
  found,
  cordon: ({ config, authority }) => ({ context: (over) => actionContext(config, authority, over) }),
}
export const shopTried: Tried<Shop, PostgresConfig, ActionCase<Shop>> = {
  actions: actionsIn(postgresActions, shopCases),
  cases: shopCases,
  found: async () => openShop((await server()).cluster, 'made', systemClock),
  cordon: (shop) => shop,
}
