import assert from 'node:assert/strict'
import { test } from 'node:test'

import { hostEntity, ownHostId } from '#connectors/host'

import { createRegistry } from '../registry.ts'
import type { SourceRecord } from '../socket.ts'
import { ownEntities } from './own.ts'

const source = (connector: string, authority: string | null, config: object): SourceRecord => {
  return { id: connector, connector, revision: 1, config: JSON.stringify(config), authority, see: null, contain: null }
}
const oidc = { issuer: 'https://id.brightwater.example', clientId: 'cordon-prod' }

test("Cordon's own client, its secret and the machine it runs on are never targets", () => {
  const own = ownEntities(
    [source('oidc', 'id.brightwater.example', oidc), source('host', 'host', {})],
    createRegistry(undefined),
  )
  assert.ok(own.has('app:id.brightwater.example:cordon-prod'))
  assert.ok(own.has('credential:id.brightwater.example:client/cordon-prod/secret'))
  assert.ok(own.has(hostEntity(ownHostId())))
  assert.ok(!own.has('app:id.brightwater.example:payroll'))
})

test('a source that was never reached, or of no connector, names nothing', () => {
  const own = ownEntities([source('oidc', null, oidc), source('gone', 'x', {})], createRegistry(undefined))
  assert.equal(own.size, 0)
})
