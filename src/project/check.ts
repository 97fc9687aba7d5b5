import { isObject } from '#kit'
import {
  isEdgeType,
  isEntityId,
  severities,
  touchVerbs,
  type Normalized,
  type Refusal,
  type SignalStatement,
} from '#model'

/** Characters of an entity's id, of a note, of an attribute; statements of one event. Beyond them the event is debt. */
export const idCharsMax = 4_096
export const noteCharsMax = 2_048
export const attributeCharsMax = 8_192
export const statementsMax = 1_000_000
const actorsMax = 20

/**
 * Why what a normalizer made cannot be kept; undefined when it can. INVARIANT: what passes here is never refused by the
 * store, on its way there, or by who reads it back. Otherwise one crafted record would stop the projection of everything
 * behind it. So nothing here is taken from the types: they hold for records a connector's author had in mind.
 */
export function faultOf(normalized: Normalized): string | undefined {
  const {
    edges,
    touches,
    facts,
    people = [],
    signals = [],
    refusals = [],
    actors = [],
    snapshot,
    unmapped,
  } = normalized
  if (![edges, touches, facts, people, signals, refusals].every((list) => Array.isArray(list) && list.every(isObject)))
    return 'no lists'
  const persons = people.reduce((sum, { persons: list }) => sum + (Array.isArray(list) ? list.length : 0), 0)
  if (edges.length + touches.length + facts.length + signals.length + refusals.length + persons > statementsMax)
    return 'too many statements'
  if (!Array.isArray(actors) || actors.length > actorsMax || !actors.every(isId)) return 'an act by no entity'
  if (unmapped !== undefined && !isText(unmapped, noteCharsMax)) return 'debt without a reason'
  return (
    firstFault(edges, edgeFault) ??
    firstFault(touches, touchFault) ??
    firstFault(facts, factFault) ??
    firstFault(people, peopleFault) ??
    firstFault(signals, signalFault) ??
    firstFault(refusals, refusalFault) ??
    snapshotFault(snapshot)
  )
}

function firstFault<Statement>(
  statements: readonly Statement[],
  faultOfOne: (statement: Statement) => string | undefined,
): string | undefined {
  for (const statement of statements) {
    const fault = faultOfOne(statement)
    if (fault !== undefined) return fault
  }
  return undefined
}

const confidences = ['observed', 'declared', 'inferred']

function edgeFault(edge: Normalized['edges'][number]): string | undefined {
  if (!isId(edge.src) || !isId(edge.dst)) return 'an edge between no entities'
  if (!isEdgeType(edge.type) || !confidences.includes(edge.confidence)) return 'an edge of no type'
  if (edge.conditional !== undefined && typeof edge.conditional !== 'boolean') return 'an edge of no type'
  if (edge.op !== 'open' && edge.op !== 'close' && edge.op !== 'span') return 'an edge that neither opens nor closes'
  const times = edge.op === 'span' ? [edge.fromMs, edge.toMs === null ? 0 : edge.toMs] : [edge.atMs]
  if (!times.every(isTime)) return 'an edge at no time'
  return edge.note === undefined || isText(edge.note, noteCharsMax) ? undefined : 'an edge with too long a note'
}

function touchFault(touch: Normalized['touches'][number]): string | undefined {
  for (const actor of [touch.identity, touch.credential])
    if (actor !== null && !isId(actor)) return 'a touch by no entity'
  if (!isId(touch.resource)) return 'a touch of no entity'
  if (!touchVerbs.includes(touch.verb) || !isTime(touch.atMs)) return 'a touch at no time'
  if (touch.records !== null && !isTime(touch.records)) return 'a touch of uncountable records'
  return touch.origin === null || isText(touch.origin, noteCharsMax) ? undefined : 'a touch with too long an origin'
}

function factFault({ entity, observedAtMs, attributes }: Normalized['facts'][number]): string | undefined {
  if (!isId(entity) || !isTime(observedAtMs)) return 'a fact about no entity or at no time'
  if (!isObject(attributes)) return 'a fact without attributes'
  for (const [name, value] of Object.entries(attributes)) {
    const isValue =
      value === null ||
      typeof value === 'boolean' ||
      (typeof value === 'number' ? Number.isFinite(value) : isText(value, attributeCharsMax))
    if (!isValue || !isText(name, attributeCharsMax)) return 'a fact with too long a value'
  }
  return undefined
}

function peopleFault({ resource, complete, persons }: NonNullable<Normalized['people']>[number]): string | undefined {
  if (!isId(resource) || typeof complete !== 'boolean' || !Array.isArray(persons)) return 'people in no entity'
  for (const one of persons) {
    if (!isObject(one) || !isId(one.person) || (one.customer !== null && !isId(one.customer))) {
      return 'people who are no entities'
    }
  }
  return undefined
}

function signalFault({ what, severity, title, subjects, atMs }: SignalStatement): string | undefined {
  if (!isText(what, noteCharsMax) || !isText(title, noteCharsMax)) return 'a signal with too long a word'
  if (!severities.includes(severity) || !isTime(atMs)) return 'a signal of no weight or at no time'
  if (!Array.isArray(subjects) || subjects.length === 0 || !subjects.every(isObject)) return 'a signal about nobody'
  const isWhole = subjects.every((subject) =>
    'entity' in subject
      ? isId(subject.entity)
      : isText(subject.find.value, attributeCharsMax) && isText(subject.find.authority, idCharsMax),
  )
  return isWhole ? undefined : 'a signal about nobody'
}

const refusalFault = ({ identity, resource, atMs }: Refusal): string | undefined =>
  isId(identity) && isId(resource) && isTime(atMs) ? undefined : 'a refusal of nobody, at nothing or at no time'

function snapshotFault(snapshot: Normalized['snapshot']): string | undefined {
  if (snapshot === undefined) return undefined
  if (!isObject(snapshot) || !isTime(snapshot.takenAtMs)) return 'a snapshot at no time'
  const { id, part, complete, scope = '' } = snapshot
  const isWhole = isText(id, noteCharsMax) && isText(scope, idCharsMax) && typeof complete === 'boolean'
  return isWhole && Number.isSafeInteger(part) && part >= 0 ? undefined : 'a snapshot without its place'
}

const isText = (value: unknown, charsMax: number): boolean => typeof value === 'string' && value.length <= charsMax
/** As `entityId` makes them: control characters are escaped, and half a character would not survive the store. */
const isId = (value: unknown): boolean =>
  typeof value === 'string' &&
  value.length <= idCharsMax &&
  isEntityId(value) &&
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  !/[\u0000-\u001f]/.test(value) &&
  value.isWellFormed()
/** What a date can hold, in milliseconds: 100 million days to either side of 1970. */
const isTime = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) <= 8.64e15
