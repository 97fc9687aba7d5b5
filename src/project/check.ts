import { isEntityId, isEdgeType, touchVerbs, type Normalized } from '#model'

/** Characters of a note or of an attribute's value; statements of one event. Beyond them the event is debt, not data. */
export const noteCharsMax = 2_048
export const attributeCharsMax = 8_192
export const statementsMax = 1_000_000

/**
 * Why what a normalizer made cannot be kept; undefined when it can. INVARIANT: what passes here is never refused by the
 * store. Otherwise one crafted record would stop the projection of everything behind it.
 */
export function faultOf({ edges, touches, facts, people = [], snapshot }: Normalized): string | undefined {
  const persons = people.reduce((sum, statement) => sum + statement.persons.length, 0)
  if (edges.length + touches.length + facts.length + persons > statementsMax) return 'too many statements'
  for (const edge of edges) {
    if (!isEntityId(edge.src) || !isEntityId(edge.dst)) return 'an edge between no entities'
    if (!isEdgeType(edge.type)) return 'an edge of no type'
    const times = edge.op === 'span' ? [edge.fromMs, edge.toMs ?? 0] : [edge.atMs]
    if (!times.every(isTime)) return 'an edge at no time'
    if ((edge.note?.length ?? 0) > noteCharsMax) return 'an edge with too long a note'
  }
  for (const touch of touches) {
    for (const actor of [touch.identity, touch.credential]) {
      if (actor !== null && !isEntityId(actor)) return 'a touch by no entity'
    }
    if (!isEntityId(touch.resource)) return 'a touch of no entity'
    if (!touchVerbs.includes(touch.verb) || !isTime(touch.atMs)) return 'a touch at no time'
    if (touch.records !== null && !isTime(touch.records)) return 'a touch of uncountable records'
    if ((touch.origin?.length ?? 0) > noteCharsMax) return 'a touch with too long an origin'
  }
  for (const { entity, observedAtMs, attributes } of facts) {
    if (!isEntityId(entity) || !isTime(observedAtMs)) return 'a fact about no entity or at no time'
    for (const value of Object.values(attributes)) {
      if (typeof value === 'string' && value.length > attributeCharsMax) return 'a fact with too long a value'
    }
  }
  for (const { resource, persons: members } of people) {
    if (!isEntityId(resource)) return 'people in no entity'
    for (const { person, customer } of members) {
      if (!isEntityId(person) || (customer !== null && !isEntityId(customer))) return 'people who are no entities'
    }
  }
  if (snapshot !== undefined && (!isTime(snapshot.takenAtMs) || !Number.isSafeInteger(snapshot.part))) {
    return 'a snapshot at no time'
  }
  return undefined
}

/** What a date can hold, in milliseconds: 100 million days to either side of 1970. */
const isTime = (value: number): boolean => Math.abs(value) <= 8.64e15
