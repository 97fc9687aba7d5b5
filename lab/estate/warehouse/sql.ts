import { dayMs, type Company } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import { standingAt, type Grant, type Login, type Membership, type Table, type Warehouse } from './warehouse.ts'

/** The database as SQL: what a server is told so that it holds what the records of `records.ts` tell of one day. */
export const databaseName = 'warehouse'
export const ownerRole = 'warehouse_owner'
export const emergencyRole = 'emergency'
export const peopleView = 'cordon.people'

/**
 * Somebody left: they may not log in any more, their password has run out, or was declared void. They keep what they were in
 * and were given, as happens: nobody can use it.
 */
const endings = ['no-login', 'expired', 'void'] as const
export type Account = Login & { password: string; ended: (typeof endings)[number] | null }
export type Standing = {
  accounts: readonly Account[]
  memberships: readonly Membership[]
  grants: readonly Grant[]
}

export const passwordOf = (seed: number, role: string): string =>
  `EXAMPLE-${drawOf(seed, `warehouse/password/${role}`).hex(32)}`

export function standingIn(house: Warehouse, atMs: number): Standing {
  const now = standingAt(house, atMs)
  const account = (login: Login, ended: Account['ended']): Account => ({
    ...login,
    password: passwordOf(house.seed, login.name),
    ended,
  })
  const left = house.logins.filter(({ endMs }) => endMs !== null && endMs <= atMs)
  const leaving = left.map((login) => ({ login, before: standingAt(house, (login.endMs ?? atMs) - 1) }))
  return {
    accounts: [
      ...now.logins.map((login) => account(login, null)),
      ...left.map((login, n) => account(login, endings[n % endings.length] ?? 'no-login')),
    ],
    memberships: [
      ...now.memberships,
      ...leaving.flatMap(({ login, before }) => before.memberships.filter(({ member }) => member === login.oid)),
    ],
    grants: [
      ...now.grants,
      ...leaving.flatMap(({ login, before }) => before.grants.filter(({ role }) => role === login.oid)),
    ],
  }
}

/** Groups, logins with their passwords, the owner of everything and a superuser for emergencies. */
export const rolesSql = ({ seed, groups }: Warehouse, { accounts }: Standing): string[] => [
  `create role ${ident(ownerRole)}`,
  `create role ${ident(emergencyRole)} superuser login password ${text(passwordOf(seed, emergencyRole))}`,
  ...groups.map(({ name }) => `create role ${ident(name)}`),
  ...accounts.map(({ name, password, ended, endMs }) => {
    const end = ended === 'void' ? '-infinity' : new Date(endMs ?? 0).toISOString()
    const until = ended === 'expired' || ended === 'void' ? ` valid until ${text(end)}` : ''
    return `create role ${ident(name)} ${ended === 'no-login' ? 'nologin' : 'login'} password ${text(password)}${until}`
  }),
]

/** How many rows a table holds: a row for each of its people, in whatever it tells of them; of the others a few. */
export const rowsOf = ({ people }: Pick<Table, 'people'>): number => (people === 0 ? otherRows : people)
const otherRows = 20

/** Every table has an `id`; the one of people has a key for each person, and whose customer's project it is. */
export function tablesSql({ customers, projects }: Company, { tables, fromMs }: Warehouse): string[] {
  const schemas = [...new Set(tables.map(({ schemaName }) => schemaName))]
  const customerOf = new Map(
    projects.map(({ slug, customer }) => [slug.replaceAll('-', '_'), customers[customer]?.slug ?? '']),
  )
  const made = tables.flatMap((table) => {
    const { schemaName, people } = table
    const name = nameOf(table)
    const rows = `generate_series(1, ${rowsOf(table)}) n`
    if (people > 0) {
      const values = `n, ${text(`${schemaName}-`)} || n, ${text(customerOf.get(schemaName) ?? '')}`
      return [
        `create table ${name} (id int primary key, person text not null, customer text not null)`,
        `insert into ${name} select ${values} from ${rows}`,
      ]
    }
    const since = `timestamptz ${text(new Date(fromMs).toISOString())} + n * interval '${dayMs / 1000} s'`
    return [
      `create table ${name} (id int primary key, at timestamptz not null, amount int not null)`,
      `insert into ${name} select n, ${since}, n from ${rows}`,
    ]
  })
  const mapped = tables.filter(({ people }) => people > 0)
  const parts = mapped.map(
    (table) =>
      `select ${text(`${table.schemaName}.${table.name}`)} as relation, person, customer from ${nameOf(table)}`,
  )
  return [
    'drop schema public',
    ...[...schemas, 'cordon'].map((name) => `create schema ${ident(name)} authorization ${ident(ownerRole)}`),
    `set role ${ident(ownerRole)}`,
    ...schemas.map((name) => `grant usage on schema ${ident(name)} to public`),
    ...made,
    `create view ${peopleView} as ${parts.join(' union all ')}`,
    'reset role',
  ]
}

/** Memberships and grants, as whoever owns the tables gives them. */
export function rightsSql({ groups, tables }: Warehouse, { accounts, memberships, grants }: Standing): string[] {
  const roles = new Map([...groups, ...accounts].map(({ oid, name }) => [oid, ident(name)]))
  const names = new Map(tables.map((table) => [table.oid, nameOf(table)]))
  const named = (all: ReadonlyMap<number, string>, oid: number): string => {
    const name = all.get(oid)
    if (name === undefined) throw new Error(`nothing of the warehouse has the number ${oid}`)
    return name
  }
  return [
    ...memberships.map(({ group, member }) => `grant ${named(roles, group)} to ${named(roles, member)}`),
    `set role ${ident(ownerRole)}`,
    ...grants.map(
      ({ role, table, deed }) =>
        `grant ${deed === 'read' ? 'select' : 'update'} on ${named(names, table)} to ${named(roles, role)}`,
    ),
    'reset role',
    'analyze',
  ]
}

/** Cordon's own two logins, as its page says (src/connectors/postgres/README.md), and the view of people that it reads. */
export const cordonSql = (see: string, contain: string): string[] => [
  `create role cordon_see login password ${text(see)} in role pg_monitor`,
  `create role cordon_contain login createrole password ${text(contain)} in role pg_monitor, pg_signal_backend`,
  `grant usage on schema cordon to cordon_see`,
  `grant select on ${peopleView} to cordon_see`,
]

const nameOf = ({ schemaName, name }: Table): string => `${ident(schemaName)}.${ident(name)}`
const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`
const text = (value: string): string => `'${value.replaceAll("'", "''")}'`
