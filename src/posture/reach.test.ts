import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId } from '#model'
import { createMemoryEstate } from '#estate'

import { makeStatements } from '../../test/simulation/statements.ts'
import { reachOf } from './index.ts'

const { edge, fact } = makeStatements(1_700_000_000_000, { validFrom: 1 })
const key = entityId('credential', 'db', 'key')
const login = entityId('identity', 'db', 'login')
const table = (name: string) => entityId('resource', 'db', name)
const [told, untold, empty, elsewhere] = [table('told'), table('untold'), table('empty'), table('elsewhere')]
const person = (n: number) => ({ person: entityId('person', 'db', String(n)), customer: null })

test('what a thing reaches: each person once, rows where a source tells them, and what nobody counts beside', async () => {
  const view = createMemoryEstate({
    edges: [
      edge(key, 'AUTHENTICATES_AS', login),
      ...[told, untold, empty].map((one) => edge(login, 'CAN_READ', one)),
      edge(entityId('identity', 'db', 'other'), 'CAN_READ', elsewhere),
    ],
    facts: [
      fact(told, { rowsEstimate: 40 }),
      fact(untold, { name: 'no rows stated' }),
      fact(empty, { rowsEstimate: 7 }),
      fact(elsewhere, { rowsEstimate: 1_000 }),
    ],
    people: [
      { resource: told, persons: [person(1), person(2)] },
      { resource: untold, persons: [person(2), person(3)] },
      { resource: elsewhere, persons: [person(4)] },
    ],
  })
  // `empty` holds nobody: it is reached, and no data set.
  assert.deepEqual(await reachOf(view, key), { people: 3, dataSets: 2, resources: 3, records: 40, uncounted: 1 })
  assert.deepEqual(await reachOf(view, untold), { people: 2, dataSets: 1, resources: 1, records: 0, uncounted: 1 })
})
