import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededInt, seededRandom } from '#kit'
import { entityId, entityKinds, isEntityId, parseEntityId } from '#model'

/** What an id is, said as an expression. */
const shape = new RegExp(`^(${entityKinds.join('|')}):([^:]+):([^:]+)$`)
const unescaped = (part = ''): string =>
  part.replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

test('a text is read as an entity id where the shape of ids says so, and nowhere else', () => {
  const random = seededRandom(5)
  const parts = ['identity', 'host', 'people', ':', ':', 'a', '%3a', '%', '%zz', '\n', '', 'é', ' ']
  let ids = 0
  for (let n = 0; n < 20_000; n++) {
    const pick = (): string => parts[seededInt(random, parts.length)] ?? ''
    const text = `${n % 2 === 0 ? 'identity:' : ''}${Array.from({ length: 1 + seededInt(random, 5) }, pick).join('')}`
    const match = shape.exec(text)
    const read =
      match === null ? undefined : { kind: match[1], authority: unescaped(match[2]), native: unescaped(match[3]) }
    assert.deepEqual(parseEntityId(text), read, JSON.stringify(text))
    assert.equal(isEntityId(text), match !== null)
    if (match !== null) ids++
  }
  assert.ok(ids > 500, `${ids} of them are ids`)
})

test('what an id was made of comes out of it again', () => {
  for (const native of ['a:b', '100%', 'line\nbreak', '%3a', 'plain'])
    assert.deepEqual(parseEntityId(entityId('host', 'x:y', native)), { kind: 'host', authority: 'x:y', native })
})
