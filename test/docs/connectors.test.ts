import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { isStreamOn } from '#sources/contract'

import { connectorPage } from '../../scripts/connector-page.ts'
import { createRegistry } from '../../src/app/registry.ts'

const registry = createRegistry(undefined).all()
assert.ok(registry.length > 4, 'the gate must see connectors')

test('every connector stands under its own id, and every verb has one action', () => {
  assert.deepEqual(
    registry.map(({ id }) => id),
    createRegistry(undefined).ids,
  )
  const verbs = registry.flatMap(({ actions }) => actions.map(({ verb }) => verb))
  assert.equal(new Set(verbs).size, verbs.length)
})

test('docs/connectors has a page for each connector, as it is now, and none beside', () => {
  for (const one of registry) {
    const path = `docs/connectors/${one.id}.md`
    assert.ok(existsSync(path), `${path} is missing: run \`npm run docs:connectors\``)
    assert.equal(readFileSync(path, 'utf8'), connectorPage(one), `${path} is old: run \`npm run docs:connectors\``)
  }
  assert.deepEqual(readdirSync('docs/connectors').toSorted(), registry.map(({ id }) => `${id}.md`).toSorted())
})

test('docs/cut-off.md says of each connector, and of each way in with a key of its own, what to remove at the vendor', () => {
  const table = /^\| connector \|.*?\n\n/ms.exec(readFileSync('docs/cut-off.md', 'utf8'))?.[0] ?? ''
  const [, , ...rows] = table.trim().split('\n')
  const named = rows.flatMap(
    (row) =>
      row
        .split('|')[1]
        ?.split(',')
        .map((name) => name.trim()) ?? [],
  )
  // What a bucket is read with opens something outside; a hook's secret and a listener's certificate open Cordon alone.
  const expected = [...registry.map(({ id }) => id), 'any with `intake.kind: bucket`']
  assert.deepEqual(named.toSorted(), expected.toSorted())
})

test('every permission that a stream or an action asks for is in its role, with a reason', () => {
  let seen = 0
  for (const { connector, actions } of registry) {
    const config: unknown = connector.config.safeParse(connector.example ?? {}).data
    for (const use of ['see', 'contain'] as const) {
      const role = config === undefined ? undefined : connector.role?.(config, use)
      if (role === undefined) continue
      const streams = connector.streams.filter((stream) => isStreamOn(stream, config))
      const asked = (use === 'see' ? streams : actions).flatMap(({ scopes = [] }) => scopes)
      const named = role.scopes.map(({ name }) => name)
      const implies = connector.implies?.bind(connector) ?? ((held: string, needed: string) => held === needed)
      const lacking = asked.filter((scope) => !named.some((held) => implies(held, scope)))
      assert.deepEqual(lacking, [], `${connector.id} to ${use}`)
      for (const { name, why } of role.scopes) assert.ok(why.length > 3, `${connector.id}: why \`${name}\``)
      assert.ok(role.text.length > 0, `${connector.id}: how to make the role`)
      seen += asked.length
    }
  }
  assert.ok(seen > 5, 'the gate must see permissions')
})
