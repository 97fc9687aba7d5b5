import type { Edge, EdgeType, EntityId, EntityKind, Touch, TouchVerb } from '#model'

/**
 * Which edges count. Seconds UTC, inclusive. With neither `at` nor `window`, edges that stand now: those without an end,
 * and those whose end lies at or after the newest arrival the estate has seen.
 */
export type EdgeQuery = {
  types: readonly EdgeType[]
  at?: number
  window?: { from: number; to: number }
  /** Default: observed and declared. Inferred ones only when asked for, and never on a walk that leads to an action. */
  withInferred?: boolean
  /** Leaves out edges whose condition could not be decided. Default: they count, as an upper bound. */
  unconditionalOnly?: boolean
}

/** An answer larger than its bound is refused (ERR_ESTATE_TOO_MANY), never cut: a cut answer would miss silently. */
export const entitiesMaxDefault = 200_000
export const touchesMaxDefault = 200_000

/** Where a walk arrived. `since`: earliest second at which it could (0 for snapshots at one time, and backwards). */
export type Reached = { entity: EntityId; since: number }

/**
 * The estate at one log offset. All asynchronous: it lives in worker D. The answer is the same for the same offset.
 * Walks leave out their starts, take unknown entities as having no edges, and cross SAME_AS in both directions when
 * `types` names it (`edgesFrom` and `edgesTo` give it as it was stated).
 */
export interface EstateView {
  readonly asOf: number
  edgesFrom(entities: readonly EntityId[], query: EdgeQuery): Promise<Edge[]>
  edgesTo(entities: readonly EntityId[], query: EdgeQuery): Promise<Edge[]>
  /** Everything reachable. With `window`, earliest arrival: an edge serves only while valid after arrival at its start. */
  reach(from: readonly EntityId[], query: EdgeQuery, entitiesMax?: number): Promise<Reached[]>
  whoCanReach(targets: readonly EntityId[], query: EdgeQuery, entitiesMax?: number): Promise<Reached[]>
  /**
   * A path of fewest edges, first step first; undefined when there is none, empty when `from` is `to`. With `window`,
   * each edge serves at or after arrival at its start. A SAME_AS crossed backwards is given turned: steps join up.
   */
  explain(from: EntityId, to: EntityId, query: EdgeQuery): Promise<Edge[] | undefined>
  /** Attribute by attribute, the newest at the view's offset; entities never stated have no entry. */
  facts(entities: readonly EntityId[]): Promise<Map<EntityId, Record<string, string | number | boolean | null>>>
  /** Entities of a kind whose attributes equal all of `where`. */
  find(kind: EntityKind, where?: Record<string, string | number | boolean>, entitiesMax?: number): Promise<EntityId[]>
  touches(query: TouchQuery): Promise<(Touch & { offset: number })[]>
  /** Distinct people in each resource as sorted tenant-wide person numbers; resources without a posting have no entry. */
  people(resources: readonly EntityId[]): Promise<Map<EntityId, Uint32Array>>
  /** Locators behind the person numbers given; numbers nobody has are left out. */
  personsOf(people: Uint32Array): Promise<EntityId[]>
  /** Customers of the person numbers given, each with its people; somebody may belong to several, or to none. */
  customersOf(people: Uint32Array): Promise<Map<EntityId, Uint32Array>>
}

/** `identities` and `credentials` widen each other (either may have acted); everything else narrows. Times inclusive. */
export type TouchQuery = {
  identities?: readonly EntityId[]
  credentials?: readonly EntityId[]
  resources?: readonly EntityId[]
  verbs?: readonly TouchVerb[]
  fromMs: number
  toMs: number
  touchesMax?: number
}
