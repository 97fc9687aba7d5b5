import { authorityOf, kindOf, type Edge, type EdgeType, type EntityFact, type EntityId } from '#model'
import { paged, pagedFacts, type EstateView } from '#estate'

import { TrimError } from './error.ts'

/** What may be done to data, from the narrowest to the widest. To grant is to administer: who may, can take the rest. */
export const deeds = ['read', 'write', 'share', 'admin'] as const
export type Deed = (typeof deeds)[number]
const deedOf: Partial<Record<EdgeType, Deed>> = {
  CAN_READ: 'read',
  CAN_WRITE: 'write',
  CAN_SHARE: 'share',
  CAN_ADMIN: 'admin',
  CAN_GRANT: 'admin',
}

/**
 * One thing that can be taken away. `grant`: `of` may do `deed` to `on`. `membership`: `of` has what the group or role `on`
 * has. `credential`: `of` opens what `on` has, and can be ended by itself. `sinceMs`: since when it is known to stand.
 */
export type Right = {
  key: string
  kind: 'grant' | 'membership' | 'credential'
  of: EntityId
  deed: Deed | null
  on: EntityId
  /** In its vendor's own words. */
  notes: string[]
  /** False: only under a condition that nobody could decide. */
  certain: boolean
  sinceMs: number
  /** Log offsets of the records that state it. */
  evidence: number[]
  /** Times within a year that it was given and ended before. */
  spells: number
}

export type Attributes = EntityFact['attributes']

/** The rights that stand, and how they lead from somebody to something. Read once, and asked in memory from then on. */
export type Rights = {
  all: readonly Right[]
  grantsOn: ReadonlyMap<EntityId, readonly Right[]>
  grantsOf: ReadonlyMap<EntityId, readonly Right[]>
  /** Steps from somebody to whose rights they have; a step without a right cannot be taken away by itself. */
  out: ReadonlyMap<EntityId, readonly Step[]>
  into: ReadonlyMap<EntityId, readonly Step[]>
  credentials: ReadonlyMap<EntityId, Right>
  /** Whose a thing is. */
  owners: ReadonlyMap<EntityId, readonly EntityId[]>
  facts: ReadonlyMap<EntityId, Attributes>
}
export type Step = { src: EntityId; dst: EntityId; right: Right | null }

const isLastingKey = ({ kind, static: isStatic, enabled, expiresAtMs }: Attributes, atMs: number): boolean =>
  lasting.has(kind) &&
  isStatic !== false &&
  enabled !== false &&
  (typeof expiresAtMs !== 'number' || expiresAtMs > atMs)

/** More than that is refused, never cut: a right that is not seen would look like one that nobody has. */
export const edgesMax = 3_000_000
const entitiesMax = 1_000_000

const hops: readonly EdgeType[] = ['AUTHENTICATES_AS', 'MEMBER_OF', 'ASSUMES', 'ACTS_AS']
const givings: readonly EdgeType[] = ['CAN_READ', 'CAN_WRITE', 'CAN_SHARE', 'CAN_ADMIN', 'CAN_GRANT']
/** What ends by itself within hours is nothing to take away. */
export const lastingKinds = ['key', 'token', 'grant', 'ssh-key', 'certificate'] as const
const lasting: ReadonlySet<unknown> = new Set(lastingKinds)

export async function readRights(view: EstateView, spells: { fromMs: number; toMs: number }): Promise<Rights> {
  const seeds: EntityId[] = []
  for (const kind of ['identity', 'app'] as const)
    for (const one of await view.find(kind, undefined, entitiesMax)) seeds.push(one)
  // Sessions are many, and end by themselves.
  for (const kind of [...lastingKinds, 'password'] as const)
    for (const one of await view.find('credential', { kind }, entitiesMax)) seeds.push(one)
  const edges = await edgesBeyond(view, seeds)
  const entities = new Set([...seeds, ...edges.flatMap(({ src, dst }) => [src, dst])])
  const facts = new Map<EntityId, Attributes>()
  for await (const [entity, stated] of pagedFacts(view, [...entities])) facts.set(entity, stated)
  const ended = await endedSpells(view, edges, spells)

  const rights = new Map<string, Right>()
  const steps: Step[] = []
  const credentials = new Map<EntityId, Right>()
  for (const edge of edges) {
    const { src, type, dst } = edge
    const deed = deedOf[type]
    const about = facts.get(src)
    if (kindOf(src) === 'credential' && isLastingKey(about ?? {}, spells.toMs)) {
      const right = add(rights, 'credential', edge, null, 0)
      const madeMs = about?.['createdAtMs']
      if (typeof madeMs === 'number') right.sinceMs = madeMs
      credentials.set(src, right)
    }
    if (deed !== undefined) add(rights, 'grant', edge, deed, 0)
    else if (type === 'MEMBER_OF' || type === 'ASSUMES') {
      // Names that stand for one identity until its id is known are no membership of anybody; nor can anybody be taken
      // out of what everybody is in.
      const isKnown = typeof facts.get(src)?.['kind'] === 'string' && facts.get(dst)?.['everyone'] !== true
      const right = isKnown ? add(rights, 'membership', edge, null, ended.get(`${src} ${dst}`) ?? 0) : null
      steps.push({ src, dst, right })
    } else {
      const right = credentials.get(src) ?? null
      steps.push({ src, dst, right })
    }
  }
  const all = [...rights.values()]
  const grants = all.filter(({ kind }) => kind === 'grant')
  const granted = [...new Set(grants.map(({ on }) => on))]
  const owned = await paged(granted, (page) => view.edgesFrom(page, { types: ['OWNED_BY'] }))
  return {
    all,
    grantsOn: Map.groupBy(grants, ({ on }) => on),
    grantsOf: Map.groupBy(grants, ({ of }) => of),
    out: Map.groupBy(steps, ({ src }) => src),
    into: Map.groupBy(steps, ({ dst }) => dst),
    credentials,
    owners: new Map([...Map.groupBy(owned, ({ src }) => src)].map(([src, some]) => [src, some.map(({ dst }) => dst)])),
    facts,
  }
}

/** All that leads on from these, to the end. */
async function edgesBeyond(view: EstateView, seeds: readonly EntityId[]): Promise<Edge[]> {
  const seen = new Set(seeds)
  const edges: Edge[] = []
  for (let next = [...seeds]; next.length > 0;) {
    const found = await paged(next, (page) => view.edgesFrom(page, { types: [...hops, ...givings] }))
    for (const edge of found) edges.push(edge)
    if (edges.length > edgesMax)
      throw new TrimError('ERR_TRIM_TOO_MANY', `there are more than ${edgesMax} rights here`, {
        hint: 'ask who can reach one thing with `cordon access who` instead',
      })
    next = []
    for (const { dst } of found) {
      if (seen.has(dst) || kindOf(dst) === 'resource') continue
      seen.add(dst)
      next.push(dst)
    }
  }
  return edges
}

/** How often each membership was given and ended in that time, by whom and what. */
async function endedSpells(
  view: EstateView,
  edges: readonly Edge[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<ReadonlyMap<string, number>> {
  const members = new Set(edges.flatMap(({ type, src }) => (type === 'MEMBER_OF' || type === 'ASSUMES' ? [src] : [])))
  const window = { from: Math.max(0, Math.floor(fromMs / 1000)), to: Math.ceil(toMs / 1000) }
  const query = { types: ['MEMBER_OF', 'ASSUMES'], window } as const
  const ever = await paged([...members], (page) => view.edgesFrom(page, query))
  const ended = ever.filter(({ validTo }) => validTo !== null && validTo < window.to)
  return new Map([...Map.groupBy(ended, ({ src, dst }) => `${src} ${dst}`)].map(([key, some]) => [key, some.length]))
}

function add(rights: Map<string, Right>, kind: Right['kind'], edge: Edge, deed: Deed | null, spells: number): Right {
  const { src: of, dst: on, note, conditional, validFrom, observedAtMs, evidence } = edge
  // A credential is one thing to take away, whomever it opens; a grant is one for each thing that it is on.
  const key = kind === 'credential' ? `credential ${of}` : `${kind} ${of} ${deed ?? '-'} ${on}`
  // Many sources do not say since when: then it stands since the first record that told of it.
  const sinceMs = validFrom > 0 ? validFrom * 1000 : observedAtMs
  const known = rights.get(key)
  if (known === undefined) {
    const notes = note === null ? [] : [note]
    const right = { key, kind, of, deed, on, notes, certain: !conditional, sinceMs, evidence: [evidence], spells }
    rights.set(key, right)
    return right
  }
  if (note !== null && !known.notes.includes(note)) known.notes.push(note)
  known.certain ||= !conditional
  known.sinceMs = Math.min(known.sinceMs, sinceMs)
  known.evidence.push(evidence)
  return known
}

/** Whose rights somebody has, themselves among them; `gone`: rights left out, as if they were taken away. */
export function standingOf(
  rights: Rights,
  starts: readonly EntityId[],
  gone: ReadonlySet<Right> = new Set(),
): Set<EntityId> {
  const seen = new Set(starts)
  for (const entity of seen) {
    for (const { dst, right } of rights.out.get(entity) ?? []) if (right === null || !gone.has(right)) seen.add(dst)
  }
  return seen
}

/** Everybody who has the rights of these, groups on the way among them. */
export function holdersOf(rights: Rights, of: EntityId): ReadonlySet<EntityId> {
  const known = holders.get(rights) ?? new Map<EntityId, ReadonlySet<EntityId>>()
  holders.set(rights, known)
  const found = known.get(of)
  if (found !== undefined) return found
  const seen = new Set([of])
  for (const entity of seen) for (const { src } of rights.into.get(entity) ?? []) seen.add(src)
  known.set(of, seen)
  return seen
}
/** A group is asked about once for each of its rights, and at several times. */
const holders = new WeakMap<Rights, Map<EntityId, ReadonlySet<EntityId>>>()

/** Groups and roles are ways, not somebody; a role that signs in by itself is. */
export const isSomebody = ({ facts }: Rights, entity: EntityId): boolean => {
  if (kindOf(entity) !== 'identity') return true
  const { kind, canLogin } = facts.get(entity) ?? {}
  return kind === 'role' ? canLogin === true : kind !== 'group' && kind !== undefined
}

/** The grants that a right opens: itself, or all that stands behind what it leads to. */
export function givenBy(rights: Rights, right: Right): readonly Right[] {
  if (right.kind === 'grant') return [right]
  const standing = standingOf(rights, [right.kind === 'credential' ? right.of : right.on])
  return [...standing].flatMap((one) => rights.grantsOf.get(one) ?? [])
}

/** Where its use would be logged. */
export const placeOf = ({ kind, of, on }: Right): string => authorityOf(kind === 'credential' ? of : on)
