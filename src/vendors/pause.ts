import { authorityOf, kindOf, type EntityFact, type EntityId } from '#model'
import { textOf, type Scene } from '#posture'

import { entityIn } from './apps.ts'
import { startsOf, walk } from './reach.ts'
import type { App, Part, Vendor } from './types.ts'

/**
 * What a connected source could do to a thing. `isWhole`: nothing of the thing works on, its tokens least of all; `isBack`: it
 * can be put back.
 */
export type Serving = {
  source: string
  verb: string
  title: string
  isWhole: boolean
  isBack: boolean
  effects: string[]
}
export type ServingsOf = (target: EntityId, attributes: EntityFact['attributes']) => readonly Serving[]

/** One thing that a pause switches off, or that a person would have to. `covers`: credentials that stop with it. */
export type Stop = {
  target: EntityId
  name: string | null
  /** The app or part it is of. */
  of: string
  owner: EntityId | null
  servings: Serving[]
  covers: EntityId[]
}
/** What of the vendor's a pause does not touch, and why. */
export type GoesOn = { entity: EntityId; name: string | null; why: string }
export type Stops = { stops: Stop[]; goesOn: GoesOn[] }

/**
 * What must stop so that a vendor reaches nothing, or nothing of one class. An app that can be switched off whole is one
 * thing; else each of its credentials is. Of a class: whatever reaches something of that class, and the app itself only where
 * nothing else of it is left.
 */
export async function stopsOf(
  scene: Scene,
  vendor: Vendor,
  of: EntityId | null,
  servingsOf: ServingsOf,
): Promise<Stops> {
  const found: Stops = { stops: [], goesOn: [] }
  const classified =
    of === null ? null : new Set((await scene.view.edgesTo([of], { types: ['CLASSIFIED_AS'] })).map(({ src }) => src))
  for (const app of vendor.apps) await stopApp(scene, app, classified, servingsOf, found)
  for (const part of vendor.parts) await stopPart(scene, vendor, part, classified, servingsOf, found)
  return found
}

type Classified = ReadonlySet<EntityId> | null

async function stopApp(scene: Scene, app: App, classified: Classified, servingsOf: ServingsOf, into: Stops) {
  const { app: entity, credentials } = app
  const name = app.name ?? entity
  const facts = await scene.facts([entity, ...credentials])
  const reaching: EntityId[] = []
  for (const one of credentials) {
    const alone = { ...app, credentials: [one], ended: [], bots: [] }
    if (classified === null || (await reaches(scene, alone, classified))) reaching.push(one)
  }
  // What its program may do by itself needs no credential that a source tells.
  const isByItself = classified !== null && (await reaches(scene, { ...app, credentials: [], ended: [] }, classified))
  if (classified !== null && reaching.length === 0 && !isByItself) {
    into.goesOn.push({ entity, name, why: 'it reaches nothing of that class' })
    return
  }
  const own = [...servingsOf(entity, facts.get(entity) ?? {})]
  const isAll = reaching.length === credentials.length || isByItself
  const isSwitched = own.some(({ isWhole, isBack }) => isWhole && isBack)
  const owner = app.owners[0] ?? null
  const of = name
  if (isAll && (own.length > 0 || reaching.length === 0))
    into.stops.push({ target: entity, name, of, owner, servings: own, covers: isSwitched ? reaching : [] })
  if (isAll && isSwitched) return
  for (const target of reaching) {
    const told = facts.get(target) ?? {}
    into.stops.push({
      target,
      name: textOf(told, 'name') ?? null,
      of,
      owner: entityIn(told, 'owner') ?? owner,
      servings: [...servingsOf(target, told)],
      covers: [target],
    })
  }
  for (const one of credentials.filter((credential) => !reaching.includes(credential)))
    into.goesOn.push({
      entity: one,
      name: textOf(facts.get(one) ?? {}, 'name') ?? null,
      why: 'it reaches nothing of that class',
    })
}

async function reaches(scene: Scene, app: App, classified: ReadonlySet<EntityId>): Promise<boolean> {
  const resources = await walk(scene.view, await startsOf(scene, [app], false), false)
  return resources.some((resource) => classified.has(resource))
}

async function stopPart(
  scene: Scene,
  { ai }: Vendor,
  part: Part,
  classified: Classified,
  servingsOf: ServingsOf,
  into: Stops,
): Promise<void> {
  const { kind, entity, name } = part
  const stay = (why: string): void => void into.goesOn.push({ entity, name, why })
  switch (kind) {
    case 'model':
    case 'mcp-server': {
      if (classified !== null) return stay('a gateway leads everything to it: no part of that is of one class')
      const facts = (await scene.facts([entity])).get(entity) ?? {}
      const servings = [...servingsOf(entity, facts)]
      into.stops.push({ target: entity, name, of: name ?? entity, owner: null, servings, covers: part.credentials })
      return
    }
    case 'platform': {
      if (!ai) return stay('a system we work in: it holds what lies there, and no program switches it off')
      if (classified !== null) return stay('what is sent to it no source tells by class')
      return stopKeys(scene, part, servingsOf, into)
    }
    case 'action':
      return stay('code of theirs in our jobs: pin or replace it in the workflows')
    case 'library':
      return stay('code of theirs on our machines calls whom it likes: its keys stop, and not it')
    case 'egress':
      return stay('something here talks to it: a proxy or a resolver stops that, and no source here does')
  }
}

/** Keys of ours at a service that answers with a model: without one nothing is sent. */
async function stopKeys(scene: Scene, { entity, name }: Part, servingsOf: ServingsOf, into: Stops): Promise<void> {
  const authority = authorityOf(entity)
  const keys = (await scene.find('credential', { kind: 'key' })).filter((one) => authorityOf(one.entity) === authority)
  for (const { entity: target, facts } of keys)
    into.stops.push({
      target,
      name: textOf(facts, 'name') ?? null,
      of: name ?? authority,
      owner: entityIn(facts, 'owner'),
      servings: [...servingsOf(target, facts)],
      covers: kindOf(target) === 'credential' ? [target] : [],
    })
}
