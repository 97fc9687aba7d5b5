import { isEntityId, kindOf, type EntityId } from '#model'

import { entitiesOf, type Scene, type Thing } from './scene.ts'
import { textOf } from './words.ts'

/** By identity: who answers for it, as a person said last. */
export type Answers = ReadonlyMap<EntityId, EntityId>

/**
 * Who answers for each thing: who a person said does; else whom an edge names, else the attribute, else who made it, else
 * whom it logs in as, or who a person said answers for that one. Somebody who is a person answers for themselves; a thing
 * without any of these has nobody, which is said.
 */
export async function ownersOf(
  scene: Scene,
  things: readonly Thing[],
  answers: Answers,
): Promise<Map<EntityId, EntityId>> {
  const names = entitiesOf(things)
  const owned = await scene.from(names, 'OWNED_BY')
  const acting = await scene.from(names, 'AUTHENTICATES_AS')
  const made = await scene.to(names, 'CREATED')
  const owners = new Map<EntityId, EntityId>()
  for (const { entity, facts } of things) {
    const named = textOf(facts, 'owner')
    const stated =
      owned.get(entity)?.[0]?.dst ??
      (named !== undefined && isEntityId(named) ? named : undefined) ??
      made.get(entity)?.[0]?.src ??
      acting.get(entity)?.[0]?.dst ??
      (kindOf(entity) === 'identity' && facts['kind'] === 'human' ? entity : undefined)
    const owner = answers.get(entity) ?? (stated === undefined ? undefined : (answers.get(stated) ?? stated))
    if (owner !== undefined) owners.set(entity, owner)
  }
  return owners
}
