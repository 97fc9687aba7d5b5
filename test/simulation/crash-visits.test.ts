import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { crashPoints } from '#kit'

import { crashVisits } from './crash-visits.ts'

const named = [...crashPoints].sort()

test('every named crash point stands in the code, and no other does', () => {
  const files = globSync('{src,lab}/**/*.ts').filter((file) => !file.endsWith('.test.ts'))
  assert.ok(files.length > 100, 'the test must see the code')
  const passed = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\bcrashPoint\('([^']+)'\)/g)].map(([, name]) => name ?? ''),
  )
  assert.deepEqual([...new Set(passed)].sort(), named)
})

test('every named crash point is died at in `npm test`, and those of a process in the run of the whole product', () => {
  const { 'product-kill.process.test.ts': product, ...parts } = crashVisits
  const inParts = Object.values(parts).flatMap((visits) => Object.values(visits).flat())
  assert.deepEqual([...new Set(inParts)].sort(), named)
  // What a command passes on its way, no process does.
  const ofCommands = new Set<string>(parts['init.process.test.ts'].init)
  assert.ok(ofCommands.size > 0)
  assert.deepEqual(
    [...product.core, ...product.hands].sort(),
    named.filter((point) => !ofCommands.has(point)),
  )
  for (const [file, visits] of Object.entries(crashVisits)) {
    const text = readFileSync(join(import.meta.dirname, file), 'utf8')
    for (const who of Object.keys(visits)) {
      // Each of those tests asserts that its process died by the point: one that is never passed fails there.
      assert.ok(text.includes(`crashVisits['${file}']`), `${file} takes its points (${who}) from the list`)
    }
  }
})
