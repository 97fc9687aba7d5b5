import assert from 'node:assert/strict'
import { test } from 'node:test'

import { silentDiagnose } from '#kit'
import type { KeysConfig } from '#connectors/keys'

import { createRegistry } from '../../../src/app/registry.ts'
import { checkSource } from '../../../src/app/hands/check.ts'
import type { SourceRecord } from '../../../src/app/socket.ts'
import { openShop, type Shop } from './shop.ts'

const registry = createRegistry(undefined)

/** What `source check` says of the source that names where keys' successors go. */
async function checked(shop: Shop, config: KeysConfig, over: Partial<SourceRecord> = {}): Promise<string[]> {
  const { company, side, vaultSide, core } = shop
  const record = (id: string, connector: string, settings: unknown, authority: string): SourceRecord => ({
    id,
    connector,
    config: JSON.stringify(settings),
    authority,
    revision: 1,
    see: null,
    contain: connector === 'keys' ? null : 'sealed',
  })
  const issuer = record('annotator-keys', 'keys', config, 'cordon')
  const { missing } = await checkSource(issuer, {
    clock: core.clock,
    diagnose: silentDiagnose,
    sources: [issuer, { ...record('prod', 'vault', company.config, company.authority), ...over }],
    secretsOf: ({ id }, use) => (id === 'prod' ? { token: company.tokens[use] } : {}),
    open({ id, connector, config: settings }, use) {
      const entry = registry.find(connector)
      assert.ok(entry)
      const http = (id === 'prod' ? vaultSide : side).httpFor(use)
      return { entry, connector: entry.connector, config: entry.connector.config.parse(JSON.parse(settings)), http }
    },
  })
  return missing
}

test('the check of the source that names successors of keys says which place would not take one', async (t) => {
  const shop = await openShop()
  t.after(shop.close)
  const { company, config, leaked, target } = shop
  assert.deepEqual(await checked(shop, config), [], 'all fits, and no credential of its own is missed')
  const begins = `the successor of \`${leaked.id}\` goes to \`${target}\`, `
  assert.deepEqual(await checked(shop, config, { contain: null }), [
    `${begins}and \`prod\` has no credential to contain, with which it would be written`,
  ])
  const places = company.config.places.map((place) => ({ ...place, values: { CORDON_KEY: 'secret' } }))
  assert.deepEqual(await checked(shop, config, { config: JSON.stringify({ ...company.config, places }) }), [
    `${begins}which takes \`secret\`: what is issued gives id, token`,
  ])
})
