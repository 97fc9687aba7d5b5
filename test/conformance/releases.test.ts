import assert from 'node:assert/strict'
import { globSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { isObject, parseJson, systemClock } from '#kit'
import { defaultTenant } from '#model'
import { openEstate } from '#estate'
import { auditTree, createLedger } from '#ledger'
import { openLogReader } from '#log'
import { openReader, restore } from '#store'
import { openCoreVault } from '#vault'

import { writerModules } from '../../src/app/writer-modules.ts'

const releases = globSync('test/fixtures/release-*')

test('there is a data directory of the first release', () => assert.ok(releases.length > 0))

for (const from of releases) {
  test(`this build opens the data directory of ${from.replace('test/fixtures/', '')}`, async () => {
    const dataDir = join(mkdtempSync(join(tmpdir(), 'cordon-release-')), 'data')
    const keysDir = join(dataDir, '..', 'keys')
    const { manifest } = await restore({ from, dataDir, keysDir, nowMs: 1, modules: writerModules(), afterRestore: [] })
    const reader = openReader(join(dataDir, 'store.sqlite'))
    const vault = openCoreVault(keysDir)

    const events = await openLogReader({ reader, keys: vault.logKeys }).read(defaultTenant, 0, 1000)
    assert.equal(events.length, manifest.facts['logHead'])
    assert.ok(events.length > 0 && events.every(({ raw }) => isObject(parseJson(raw))))

    const writer = { submit: () => Promise.reject(new Error('reading writes nothing')) }
    const ledger = createLedger({ reader, writer, keys: vault.ledgerKeys, clock: systemClock })
    assert.equal(ledger.size(defaultTenant), manifest.facts['ledgerSize'])
    assert.equal(auditTree(reader, defaultTenant), undefined)

    const view = openEstate({ reader, tenant: defaultTenant, snapshotPath: null }).view()
    const [host] = await view.find('host')
    assert.ok(host !== undefined)
    assert.ok((await view.edgesFrom([host], { types: ['STORES'] })).length > 0)
    reader.close()
  })
}
