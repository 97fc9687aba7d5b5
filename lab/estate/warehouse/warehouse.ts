import { dayMs, type Company, type Person } from '../company/model.ts'
import { drawOf, type Draw } from '../draw.ts'
import { drawHabit, type Habit } from './habit.ts'

/** One PostgreSQL database of the company: who may do what there since when, and how each of it is used. */
export type Warehouse = {
  seed: number
  fromMs: number
  logins: readonly Login[]
  groups: readonly Role[]
  tables: readonly Table[]
  memberships: readonly Membership[]
  grants: readonly Grant[]
  uses: readonly Use[]
  /** Of a superuser kept for emergencies. */
  breakGlass: number
}
export type Role = { oid: number; name: string }
export type Login = Role & {
  startMs: number
  endMs: number | null
  away: readonly [fromMs: number, toMs: number] | null
}
export type Table = Role & { schema: number; schemaName: string; people: number }
/** Some are given for a week at a time, over and over. */
export type Membership = { group: number; member: number; spans: readonly [fromMs: number, toMs: number | null][] }
export type Grant = { role: number; table: number; deed: 'read' | 'write'; fromMs: number }
export type Use = { login: Login; table: Table; deed: 'read' | 'write'; habit: Habit }

export const ownerOid = 16_400
export const breakGlassOid = 10
const tableNames = ['people', 'ratings', 'sessions', 'payouts'] as const

export function makeWarehouse(company: Company, fromMs: number): Warehouse {
  const { seed } = company
  let next = ownerOid + 1
  const oid = (): number => next++
  const tables = company.projects.flatMap(({ slug }) => {
    const schema = oid()
    return tableNames.map((name): Table => {
      const people = name === 'people' ? 20 + drawOf(seed, `warehouse/${slug}`).int(200) : 0
      return { oid: oid(), name, schema, schemaName: slug.replaceAll('-', '_'), people }
    })
  })
  const bySchema = [...Map.groupBy(tables, ({ schema }) => schema).values()]
  const groups: Role[] = []
  const grants: Grant[] = []
  for (const some of bySchema) {
    for (const deed of ['read', 'write'] as const) {
      const group = { oid: oid(), name: `${some[0]?.schemaName ?? ''}_${deed}` }
      groups.push(group)
      for (const table of some) {
        grants.push({ role: group.oid, table: table.oid, deed: 'read', fromMs })
        if (deed === 'write') grants.push({ role: group.oid, table: table.oid, deed, fromMs })
      }
    }
  }
  const workers = company.people.filter(({ kind, group }) => kind === 'staff' && group < 5)
  const logins = [
    ...workers.map((person) => loginOf(seed, person, oid(), fromMs)),
    ...company.services.slice(0, 40).map(({ slug, keyMs }): Login => {
      return { oid: oid(), name: slug, startMs: Math.min(keyMs, fromMs), endMs: null, away: null }
    }),
  ]
  const memberships = logins.flatMap((login) =>
    membershipsOf(drawOf(seed, `warehouse/of/${login.name}`), login, groups),
  )
  for (const login of logins) {
    const draw = drawOf(seed, `warehouse/direct/${login.name}`)
    for (const table of draw.some(tables, draw.int(12))) {
      const sinceMs = Math.max(login.startMs, fromMs + draw.int(600) * dayMs)
      grants.push({ role: login.oid, table: table.oid, deed: 'read', fromMs: sinceMs })
    }
  }
  const house = { seed, fromMs, logins, groups, tables, memberships, grants, breakGlass: breakGlassOid }
  return { ...house, uses: usesOf(house) }
}

function loginOf(seed: number, { email, startMs, endMs }: Person, oid: number, fromMs: number): Login {
  const draw = drawOf(seed, `warehouse/login/${email}`)
  const awayMs = fromMs + draw.int(550) * dayMs
  const away = draw.chance(0.05) ? ([awayMs, awayMs + (60 + draw.int(120)) * dayMs] as const) : null
  return { oid, name: email.split('@')[0] ?? email, startMs, endMs, away }
}

function membershipsOf(draw: Draw, { oid, startMs }: Login, groups: readonly Role[]): Membership[] {
  return draw.some(groups, 2 + draw.int(4)).map((group): Membership => {
    const sinceMs = draw.chance(0.7) ? startMs : startMs + draw.int(400) * dayMs
    if (!draw.chance(0.05)) return { group: group.oid, member: oid, spans: [[sinceMs, null]] }
    const weeks = 5 + draw.int(5)
    const spans = Array.from({ length: 12 }, (_, n): [number, number | null] => {
      const fromMs = sinceMs + (n * weeks + draw.int(2)) * 7 * dayMs
      return [fromMs, n === 11 ? null : fromMs + 7 * dayMs]
    })
    return { group: group.oid, member: oid, spans }
  })
}

/** Whoever works with a project works with several of its tables in one way; the rest goes table by table. */
function usesOf({ seed, fromMs, logins, tables, memberships, grants }: Omit<Warehouse, 'uses'>): Use[] {
  const groupsOf = Map.groupBy(memberships, ({ member }) => member)
  const grantsOf = Map.groupBy(grants, ({ role }) => role)
  const byOid = new Map(tables.map((table) => [table.oid, table]))
  return logins.flatMap((login) => {
    const seen = new Map<string, Use>()
    for (const role of [login.oid, ...(groupsOf.get(login.oid) ?? []).map(({ group }) => group)]) {
      const draw = drawOf(seed, `warehouse/use/${login.name}/${role}`)
      const common = draw.chance(0.6) ? drawHabit(draw, fromMs) : null
      for (const { table: oid, deed } of grantsOf.get(role) ?? []) {
        const table = byOid.get(oid)
        const own = drawHabit(draw, fromMs)
        const isCommon = draw.chance(deed === 'read' ? 0.7 : 0.4)
        if (table === undefined || seen.has(`${oid} ${deed}`)) continue
        seen.set(`${oid} ${deed}`, { login, table, deed, habit: common !== null && isCommon ? common : own })
      }
    }
    return [...seen.values()]
  })
}

export const isThere = ({ startMs, endMs, away }: Login, atMs: number): boolean =>
  startMs <= atMs && (endMs === null || endMs > atMs) && (away === null || atMs < away[0] || atMs >= away[1])

const isDuring = ({ spans }: Membership, atMs: number): boolean =>
  spans.some(([from, to]) => from <= atMs && (to === null || to > atMs))

/** Who is there at that time, in which groups, and what stands granted to whom. */
export function standingAt(
  { logins, memberships, grants }: Warehouse,
  atMs: number,
): Pick<Warehouse, 'logins' | 'memberships' | 'grants'> {
  const there = logins.filter(({ startMs, endMs }) => startMs <= atMs && (endMs === null || endMs > atMs))
  const oidsOf = (some: readonly Login[]): Set<number> => new Set(some.map(({ oid }) => oid))
  const [all, still] = [oidsOf(logins), oidsOf(there)]
  return {
    logins: there,
    memberships: memberships.filter((one) => still.has(one.member) && isDuring(one, atMs)),
    grants: grants.filter(({ role, fromMs }) => fromMs <= atMs && (still.has(role) || !all.has(role))),
  }
}

/** May somebody do that at that time, by the groups they are in then and what those and they were given? */
export function mayAt({ memberships, grants }: Pick<Warehouse, 'memberships' | 'grants'>) {
  const groupsOf = Map.groupBy(memberships, ({ member }) => member)
  const grantsOf = Map.groupBy(grants, ({ table, deed }) => `${table} ${deed}`)
  return (login: number, table: number, deed: 'read' | 'write', atMs: number): boolean => {
    const groups = (groupsOf.get(login) ?? []).filter((one) => isDuring(one, atMs))
    const roles = new Set([login, ...groups.map(({ group }) => group)])
    return (grantsOf.get(`${table} ${deed}`) ?? []).some(({ role, fromMs }) => roles.has(role) && fromMs <= atMs)
  }
}

export type Done = { login: Login; table: Table; deed: 'read' | 'write'; atMs: number }

/** What was done on one day: the same whenever it is asked. */
export function doneOn(house: Warehouse, may: ReturnType<typeof mayAt>, dayStartMs: number): Done[] {
  const draw = drawOf(house.seed, `warehouse/day/${dayStartMs / dayMs}`)
  const weekday = new Date(dayStartMs).getUTCDay()
  const busy = weekday === 0 || weekday === 6 ? 0.1 : 1
  const done: Done[] = []
  for (const { login, table, deed, habit } of house.uses) {
    const atMs = dayStartMs + 6 * 3_600_000 + draw.int(12 * 3_600_000)
    const isDone = draw.unit() < habit.share(dayStartMs) * busy
    if (isDone && isThere(login, atMs) && may(login.oid, table.oid, deed, atMs)) done.push({ login, table, deed, atMs })
  }
  return done.sort((a, b) => a.atMs - b.atMs)
}
