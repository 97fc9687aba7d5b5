import assert from 'node:assert/strict'
import { test } from 'node:test'

import { decoys as clouds, toldOf } from './decoys.ts'
import { hostDecoys } from './host-decoys.ts'
import { loadPacks } from './load.ts'
import { isOpening } from './panther/compare.ts'

const decoys = [...clouds, ...hostDecoys]

test('ordinary work that looks like an attack opens no incident', () => {
  const loaded = loadPacks()
  assert.ok(decoys.length > 5, 'the gate must see decoys')
  for (const decoy of decoys)
    assert.deepEqual(
      [
        ...new Set(
          toldOf(loaded, decoy)
            .filter(isOpening)
            .map(({ title }) => title),
        ),
      ],
      [],
      decoy.name,
    )
})

test('the gate can fail: a thief who does the same is told of', () => {
  const loaded = loadPacks()
  const thief = decoys.find(({ name }) => name.startsWith('a deployment'))
  assert.ok(thief !== undefined)
  const events = thief.events.map((event) => ({ ...event, userAgent: 'python-urllib3/2.2' }))
  assert.ok(toldOf(loaded, { ...thief, events }).some(isOpening))
})
