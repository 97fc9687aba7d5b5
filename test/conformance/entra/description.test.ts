import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { canonicalJson } from '#kit'
import { entraConnector } from '#connectors/entra'

import { operations } from '../../../lab/twins/entra/operations.ts'
import { description } from '../../../lab/twins/entra/twin.ts'
import { describeGraph } from '../../../scripts/describe-graph.ts'

test('the twin serves the operations it lists', () => {
  assert.ok(Object.keys(operations).length >= 60)
  assert.deepEqual(description.operationIds.toSorted(), Object.keys(operations).toSorted())
})

test("shapes are those of Microsoft's own types, unaltered", () => {
  assert.equal(`${canonicalJson(describeGraph())}\n`, readFileSync('lab/twins/entra/fixtures/api.json', 'utf8'))
})

test("a value outside Microsoft's types is a fault", () => {
  const found = description.find('GET', '/v1.0/users/u1')
  assert.ok(found)
  const faults = (body: Record<string, string | number | boolean>) =>
    description.answerFaults(found.operation, 200, { id: 'u1', ...body })
  assert.deepEqual(faults({ accountEnabled: true }), [])
  assert.equal(faults({ accountEnabled: 'yes' }).length, 1)
  assert.equal(faults({ shoeSize: 42 }).length, 1)
})

test('every permission the connector asks for is one that an operation takes', () => {
  const config = entraConnector.config.parse(entraConnector.example)
  const taken = new Set(Object.values(operations).flatMap(({ needs }) => needs))
  for (const use of ['see', 'contain'] as const) {
    const names = entraConnector.role?.(config, use)?.scopes.map(({ name }) => name) ?? []
    assert.ok(names.length >= 7)
    assert.deepEqual(
      names.filter((name) => !taken.has(name)),
      [],
    )
  }
})
