import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createRegistry } from '../../../src/app/registry.ts'
import { exposedPlaces } from '../../../src/app/core/place-exposure.ts'
import { account } from './company.ts'
import { allow, foundShop, openShopCordon } from './shop.ts'

test('a place that the key it replaces could read is said before a breach, by name', async (t) => {
  const shop = await foundShop()
  t.after(shop.close)
  const entry = createRegistry(undefined).find('aws')
  assert.ok(entry)
  const look = async (): Promise<string[]> => {
    const side = openShopCordon(shop)
    await side.pull('inventory')
    const source = { config: shop.config, authority: account }
    return exposedPlaces(source, entry, async () => side.estate.view(), shop.clock.nowMs())
  }
  assert.deepEqual(await look(), [])
  shop.ci.inline.set(new Map([['ci', allow(['secretsmanager:GetSecretValue'], shop.secret.arn)]]), 0)
  const key = `credential:aws:${shop.ciKey.id}`
  assert.deepEqual(await look(), [
    `the successor of \`ci\` goes to \`${shop.place}\`, which \`${key}\` itself could read: Cordon writes none there; take that right away, or name another place`,
  ])
})
