// The warehouse of a made-up company as Cordon would have kept it: connected for over a year, a whole inventory each week,
// and every statement of its audit log, up to the day on which a trim is asked for.
import { silentDiagnose } from '#kit'
import { defaultTenant, type LoggedEvent, type ProjectionItem } from '#model'
import { applyProjection, estateItems, estateWriter, openEstate } from '#estate'
import { projectEvent } from '#project'
import { addSource, eventId, sourcesWriter } from '#sources'
import { openLocalStore } from '#store'

import { dayMs } from '../lab/estate/company/model.ts'
import { inventoryAt, lineOf, peopleOf, warehouseAuthority } from '../lab/estate/warehouse/records.ts'
import { doneOn, mayAt, type Warehouse } from '../lab/estate/warehouse/warehouse.ts'
import { registered } from '../test/conformance/estate/source.ts'

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
