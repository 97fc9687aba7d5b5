import { isEntityId, kindOf, type EntityId, type EntityKind } from '#model'
import type { EstateView } from '#estate'

import { AccessError } from './error.ts'
import { whenOf, type Moment } from './rights.ts'

/** Namesakes looked for; more are told as "and more". */
const namesakesMax = 20

/** The one entity of these kinds that is called so: by its id, by its name, or by its login. */
export async function entityCalled(
  view: EstateView,
  text: string,
  kinds: readonly EntityKind[],
  place: string,
): Promise<EntityId> {
  if (isEntityId(text)) {
    if (!kinds.includes(kindOf(text)))
      throw new AccessError('ERR_ACCESS_UNKNOWN', `\`${text}\` is no ${kinds.join(' and no ')}`, { place })
    if (await isKnown(view, text)) return text
    throw new AccessError('ERR_ACCESS_UNKNOWN', `no source has ever named \`${text}\``, {
      place,
      hint: findHint(kinds),
    })
  }
  const found = new Set<EntityId>()
  for (const kind of kinds) {
    for (const key of ['name', 'login', 'mail']) {
      for (const entity of await view.find(kind, { [key]: text })) found.add(entity)
    }
  }
  const [first, ...more] = [...found].sort()
  if (first === undefined)
    throw new AccessError('ERR_ACCESS_UNKNOWN', `nothing known is called \`${text}\``, { place, hint: findHint(kinds) })
  if (more.length > 0) {
    const shown = [first, ...more].slice(0, namesakesMax)
    throw new AccessError('ERR_ACCESS_AMBIGUOUS', `${more.length + 1} things are called \`${text}\``, {
      place,
      hint: `name one by its id: ${shown.join(', ')}${more.length >= namesakesMax ? ' and more' : ''}`,
    })
  }
  return first
}

const findHint = (kinds: readonly EntityKind[]): string =>
  kinds.map((kind) => `\`cordon entity find ${kind}\``).join(' and ') + ' show what there is'

/** Stated by any edge, ended ones too, or by an attribute. */
async function isKnown(view: EstateView, entity: EntityId): Promise<boolean> {
  if ((await view.facts([entity])).has(entity)) return true
  const ever = {
    types: [
      'CONTAINS',
      'CLASSIFIED_AS',
      'CAN_READ',
      'CAN_WRITE',
      'CAN_ADMIN',
      'MEMBER_OF',
      'ASSUMES',
      'AUTHENTICATES_AS',
    ],
    window: { from: 0, to: 0xffff_fffe },
  } as const
  return (await view.edgesTo([entity], ever)).length > 0 || (await view.edgesFrom([entity], ever)).length > 0
}

/**
 * A data set, or all that is of a data class. `roots`: what was named, or what is classified so. `inside`: what lies in
 * those, themselves left out.
 */
export type Subject = { of: EntityId; roots: EntityId[]; inside: EntityId[] }

export async function subjectOf(view: EstateView, of: EntityId, { atMs }: Moment): Promise<Subject> {
  const when = whenOf(atMs)
  const roots =
    kindOf(of) === 'class'
      ? [...new Set((await view.edgesTo([of], { types: ['CLASSIFIED_AS'], ...when })).map(({ src }) => src))].sort()
      : [of]
  const inside = await view.reach(roots, { types: ['CONTAINS'], ...when })
  return { of, roots, inside: inside.map(({ entity }) => entity) }
}
