import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, entityId } from '#model'
import { trim } from '#trim'

import { makeCompany, storyMs } from '../../../lab/estate/company/company.ts'
import { dayMs } from '../../../lab/estate/company/model.ts'
import { warehouseAuthority } from '../../../lab/estate/warehouse/records.ts'
import { doneOn, makeWarehouse, mayAt, type Done } from '../../../lab/estate/warehouse/warehouse.ts'
import { missedWithout, openWarehouse } from './warehouse.ts'

test('nothing that was done in the window needs a right that is proposed to go: by the warehouse’s own word', async () => {
  const house = makeWarehouse(makeCompany(2, 'mini'), storyMs - 120 * dayMs)
  const { view, close } = await openWarehouse(house, storyMs)
  const windowMs = 90 * dayMs
  const logged = ['read', 'write', 'delete', 'share', 'admin', 'login'] as const
  const { proposals, held, used } = await trim(view, {
    tenant: defaultTenant,
    atMs: storyMs,
    windowMs,
    horizonMs: 30 * dayMs,
    tells: new Map([[warehouseAuthority, { logged, partly: {}, sinceMs: house.fromMs, gaps: [], late: null }]]),
    spared: new Set([entityId('identity', warehouseAuthority, `role/${house.breakGlass}`)]),
    withPartly: false,
  })
  const may = mayAt(house)
  const done: Done[] = []
  for (let day = house.fromMs; day <= storyMs; day += dayMs) done.push(...doneOn(house, may, day))
  const within = done.filter(({ atMs }) => atMs > storyMs - windowMs && atMs <= storyMs)
  assert.ok(proposals.length > 3 && used > 50 && within.length > 300, `${proposals.length} ${used} ${within.length}`)
  assert.deepEqual([...missedWithout(house, proposals, within).uses], [])
  const memberships = house.memberships.map(({ group, member }) => ({
    kind: 'membership',
    of: entityId('identity', warehouseAuthority, `role/${member}`),
    deed: null,
    on: entityId('identity', warehouseAuthority, `role/${group}`),
  }))
  assert.ok(missedWithout(house, memberships, within).uses.size > 10, 'what is needed would be missed')
  assert.ok(held.some(({ why, of }) => why === 'break-glass' && of.endsWith(`/${house.breakGlass}`)))
  close()
})
