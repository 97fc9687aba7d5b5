// The warehouse of a made-up company as Cordon would have kept it: connected for over a year, a whole inventory each week,
// and every statement of its audit log, up to the day on which a trim is asked for.
import { silentDiagnose } from '#kit'
import { defaultTenant, nativeOf, type EntityId, type LoggedEvent, type ProjectionItem } from '#model'
import { applyProjection, estateItems, estateWriter, openEstate } from '#estate'
import { projectEvent } from '#project'
import { addSource, eventId, sourcesWriter } from '#sources'
import { openLocalStore } from '#store'

import { dayMs } from '../../../lab/estate/company/model.ts'
import { inventoryAt, lineOf, peopleOf, warehouseAuthority } from '../../../lab/estate/warehouse/records.ts'
import {
  doneOn,
  mayAt,
  type Done,
  type Grant,
  type Login,
  type Use,
  type Warehouse,
} from '../../../lab/estate/warehouse/warehouse.ts'
import { registered } from './source.ts'

const tenant = defaultTenant
const source = 'warehouse'
const inventoryDays = 7

export async function openWarehouse(house: Warehouse, untilMs: number) {
  const { connector, scope } = registered('postgres')
  const store = openLocalStore([estateWriter, sourcesWriter])
  const graph = openEstate({ reader: store.reader, tenant, snapshotPath: null, diagnose: silentDiagnose })
  const made = {
    tenant,
    id: source,
    connector: 'postgres',
    config: {},
    authority: warehouseAuthority,
    trust: 'vendor',
  } as const
  await store.writer.submit(
    addSource({
      ...made,
      scope: scope(warehouseAuthority),
      sealedSee: null,
      sealedContain: null,
      createdAtMs: house.fromMs,
    }),
  )
  let offset = 0
  let items: ProjectionItem[] = []
  const take = (stream: string, native: string, atMs: number, raw: unknown): void => {
    const event: LoggedEvent = {
      id: eventId(tenant, source, stream, native),
      tenant,
      offset: ++offset,
      source,
      stream,
      eventAtMs: atMs,
      arrivedAtMs: atMs,
      raw: JSON.stringify(raw),
    }
    items.push(
      projectEvent(event, { connector: 'postgres', authority: warehouseAuthority, normalize: connector.normalize }),
    )
  }
  const apply = async (): Promise<void> => {
    const args = {
      tenant,
      source,
      skewMs: 0,
      projectionVersion: 1,
      through: offset,
      items: estateItems(items),
    } as const
    const [applied] = await store.writer.submit(applyProjection(args))
    if (applied !== undefined) graph.apply(applied)
    items = []
  }
  const may = mayAt(house)
  for (const [n, raw] of peopleOf(house, house.fromMs).entries()) take('people', `p${n}`, house.fromMs, raw)
  for (let day = 0; house.fromMs + day * dayMs < untilMs; day++) {
    const dayStartMs = house.fromMs + day * dayMs
    if (day % inventoryDays === 0) {
      for (const [n, raw] of inventoryAt(house, dayStartMs).entries())
        take('inventory', `i${day}-${n}`, dayStartMs, raw)
      await apply()
    }
    for (const done of doneOn(house, may, dayStartMs)) {
      if (done.atMs <= untilMs)
        take('log', `${day}/${done.login.oid}/${done.table.oid}/${done.deed}`, done.atMs, lineOf(done))
    }
  }
  await apply()
  return { view: graph.view(), events: offset, close: () => store.close() }
}

type Taken = { kind: string; of: EntityId; deed: string | null; on: EntityId }
const oidOf = (entity: EntityId): number => Number(nativeOf(entity).split('/').at(-1))
const keyOf = ({ kind, of, deed, on }: Taken): string => `${kind} ${oidOf(of)} ${deed ?? '-'} ${oidOf(on)}`
const membershipKey = (member: number, group: number): string => `membership ${member} - ${group}`
const grantKey = (role: number, deed: string, table: number): string => `grant ${role} ${deed} ${table}`

/** Rights taken without which something that was done could not have been, and how many different things. */
export function missedWithout(
  house: Warehouse,
  taken: readonly Taken[],
  done: readonly Done[],
): { rights: Set<string>; uses: Set<string> } {
  const gone = new Set(taken.map(keyOf))
  const left = {
    memberships: house.memberships.filter(({ member, group }) => !gone.has(membershipKey(member, group))),
    grants: house.grants.filter(({ role, deed, table }) => !gone.has(grantKey(role, deed, table))),
  }
  const may = mayAt(left)
  const rights = new Set<string>()
  const uses = new Set<string>()
  for (const { login, table, deed, atMs } of done) {
    if (may(login.oid, table.oid, deed, atMs)) continue
    uses.add(`${login.oid} ${deed} ${table.oid}`)
    const groups = house.memberships.filter(({ member }) => member === login.oid).map(({ group }) => group)
    for (const role of [login.oid, ...groups]) {
      if (!house.grants.some((grant) => grant.role === role && grant.table === table.oid && grant.deed === deed))
        continue
      for (const key of [membershipKey(login.oid, role), grantKey(role, deed, table.oid)])
        if (gone.has(key)) rights.add(key)
    }
  }
  return { rights, uses }
}

/** Rights that stand, and that nobody will use within a year: by the habits that the house was made of. */
export function deadOf({ uses, memberships, grants }: Warehouse, atMs: number): Set<string> {
  const isAlive = ({ habit }: Use): boolean => ahead.some((days) => habit.share(atMs + days * dayMs) > 0)
  const alive = uses.filter((use) => isAlive(use) && isLeft(use.login, atMs))
  const aliveOf = Map.groupBy(alive, ({ login }) => login.oid)
  const grantsOf = Map.groupBy(grants, ({ role }) => role)
  const stands = memberships.filter(({ spans }) =>
    spans.some(([from, to]) => from <= atMs && (to === null || to > atMs)),
  )
  const membersOf = Map.groupBy(stands, ({ group }) => group)
  const isUsedBy = (login: number, { table, deed }: Grant): boolean =>
    (aliveOf.get(login) ?? []).some((use) => use.table.oid === table && use.deed === deed)
  const deadMemberships = stands.filter(
    ({ member, group }) => !(grantsOf.get(group) ?? []).some((grant) => isUsedBy(member, grant)),
  )
  const deadGrants = grants.filter((grant) => {
    const holders = [grant.role, ...(membersOf.get(grant.role) ?? []).map(({ member }) => member)]
    return grant.fromMs <= atMs && !holders.some((one) => isUsedBy(one, grant))
  })
  return new Set([
    ...deadMemberships.map(({ member, group }) => membershipKey(member, group)),
    ...deadGrants.map(({ role, deed, table }) => grantKey(role, deed, table)),
  ])
}
const ahead = Array.from({ length: 365 }, (_, days) => days)
const isLeft = ({ endMs }: Login, atMs: number): boolean => endMs === null || endMs > atMs

export const takenOf = (keys: ReadonlySet<string>, taken: readonly Taken[]): string[] =>
  taken.map(keyOf).filter((key) => keys.has(key))
