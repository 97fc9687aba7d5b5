import { z } from 'zod'

import { assert } from '#kit'
import { isEntityId, kindOf, type EntityId } from '#model'

const successorsMax = 100
const isPlace = (text: string): boolean => isEntityId(text) && kindOf(text) === 'resource'
export const keyIdShape = /^[a-z2-7]{16}$/

/** Whose successor is handed over, and where its consumers read it. */
const successor = z.strictObject({
  /** Id of a key, as `cordon key list` shows it; a name of its owner would not say which of several. */
  key: z.string().regex(keyIdShape, 'the id of a key, sixteen letters and digits'),
  /** Of another source, which names it among its own places. */
  place: z.string().refine(isPlace, 'the entity id of a place, `resource:…`'),
})

export const keysConfig = z
  .strictObject({ successors: z.array(successor).max(successorsMax).default([]) })
  .refine(
    ({ successors: list }) =>
      [list.map(({ key }) => key), list.map(({ place }) => place)].every(
        (names) => new Set(names).size === names.length,
      ),
    { error: 'each key and each place stands in `successors` once', path: ['successors'] },
  )
export type KeysConfig = z.infer<typeof keysConfig>

/** A place as its entity id; the schema let no other text through. */
export const placeOf = (place: string): EntityId => {
  assert(isEntityId(place), 'the schema takes entity ids only')
  return place
}
