import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isObject } from '#kit'
import { carriedBy } from '#detect/sigma'

import { createRegistry } from '../../src/app/registry.ts'
import { carriersOf } from '../../src/app/sigma-streams.ts'
import { recordsByConnector } from './ocsf-records.ts'

/** Records here that vendors never write: what connectors do with the unknown is tested with them. */
const invented = new Set(['no', 'moon.landed', 'tenant.user.looked_up', 'CREDITS_USED'])

function* leaves(value: unknown, path: string[] = []): Iterable<string[]> {
  if (Array.isArray(value)) for (const member of value) yield* leaves(member, path)
  else if (isObject(value)) for (const key of Object.keys(value)) yield* leaves(value[key], [...path, key])
  else yield path
}

const registry = createRegistry(undefined).all()

test('each stream of events says how Sigma rules know it, and every field that its records have', () => {
  let fields = 0
  for (const { id, connector } of registry) {
    const carriers = Map.groupBy(carriersOf(connector), ({ name }) => name)
    for (const { stream, raws } of recordsByConnector[id] ?? []) {
      const logs = carriers.get(`${id}/${stream}`)
      if (logs === undefined) continue
      const has = carriedBy(logs.flatMap((log) => log.fields))
      for (const segments of raws.flatMap((raw) => [...leaves(raw)])) {
        const name = segments.join('.')
        if ([...invented].some((unknown) => name === unknown || name.startsWith(`${unknown}.`))) continue
        fields++
        assert.ok(has({ name, segments }), `${id}/${stream} does not declare \`${name}\``)
      }
    }
  }
  assert.ok(fields > 1_000, `${fields} fields: the test must see records`)
})

test('a log source is whole and in lower case, and no other connector has the same', () => {
  const seen = new Map<string, string>()
  for (const { id, connector } of registry) {
    for (const { logsource } of carriersOf(connector)) {
      const { product = '', category = '', service = '' } = logsource
      for (const part of [product, category, service]) assert.match(part, /^[a-z][a-z0-9_.]*$/, id)
      const key = `${product}/${service}`
      assert.equal(seen.get(key) ?? id, id, key)
      seen.set(key, id)
    }
  }
  assert.ok(seen.size > 15)
})
