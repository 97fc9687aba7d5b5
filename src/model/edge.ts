import type { EntityId } from './entity.ts'

/**
 * Directed: what stands left gives power over, or access to, what stands right. Codes are stored: never renumber,
 * only append.
 */
export const edgeTypes = {
  /** credential → identity it logs in as */
  AUTHENTICATES_AS: 1,
  /** identity → group or role whose rights it has */
  MEMBER_OF: 2,
  /** identity → identity it may become by an explicit act */
  ASSUMES: 3,
  /** identity → resource */
  CAN_READ: 4,
  CAN_WRITE: 5,
  CAN_ADMIN: 6,
  CAN_SHARE: 7,
  CAN_GRANT: 8,
  /** resource → resource inside it */
  CONTAINS: 9,
  /** app → identity in whose name it acts */
  ACTS_AS: 10,
  /** host or resource → credential that lies on it and can be read there */
  STORES: 11,
  /** identity → host it runs on */
  RUNS_ON: 12,
  /** package → host that installed or ran it */
  INSTALLED_ON: 13,
  /** credential or identity → the credential, identity or resource it made */
  CREATED: 14,
  /** credential → session or token derived from it */
  DERIVES: 15,
  /** consumer (identity, host, app) → credential or resource it cannot work without */
  DEPENDS_ON: 16,
  /** resource → data class */
  CLASSIFIED_AS: 17,
  /** resource or person → customer */
  BELONGS_TO: 18,
  /** resource → resource it was derived from */
  DERIVED_FROM: 19,
  /** anything → identity that answers for it */
  OWNED_BY: 20,
  /** same being in two authorities; `confidence` tells asserted from inferred */
  SAME_AS: 21,
  /** resource → person whose data it holds (small sets; large ones are postings) */
  HOLDS_DATA_OF: 22,
  /** identity, resource or place → list of a sign-in rule whose condition names it (`sign-in.ts`) */
  NAMED_IN: 23,
} as const
export type EdgeType = keyof typeof edgeTypes
export type EdgeCode = (typeof edgeTypes)[EdgeType]

/** Name by code; index 0 is unused. */
export const edgeTypeNames: readonly (EdgeType | undefined)[] = Object.keys(edgeTypes)
  .filter(isEdgeType)
  .reduce<(EdgeType | undefined)[]>((names, type) => {
    names[edgeTypes[type]] = type
    return names
  }, [])

export function isEdgeType(text: string): text is EdgeType {
  return Object.hasOwn(edgeTypes, text)
}

/** A set of edge types as a bit mask (bit = code). */
export const edgeMask = (...types: readonly EdgeType[]): number =>
  types.reduce((mask, type) => mask | (1 << edgeTypes[type]), 0)

/** `observed` seen in use or inventory · `declared` stated by a person or configuration · `inferred` guessed: never acted on. */
export type Confidence = 'observed' | 'declared' | 'inferred'

/**
 * One statement about the world, as `normalize` makes it. Times are milliseconds UTC of the vendor's clock; the estate
 * widens by the source's skew and rounds outwards to seconds.
 * `open`: true from `atMs` on. `close`: no longer true from `atMs`. `span`: true during [fromMs, toMs]; null is "until further notice".
 */
export type EdgeStatement = {
  src: EntityId
  type: EdgeType
  dst: EntityId
  confidence: Confidence
  /** True only under a condition the evaluator could not decide: reported apart, as an upper bound. */
  conditional?: boolean
  /** For CAN_*: rights in the vendor's own words. For STORES: where on the host. Short, no secret, no personal value. */
  note?: string
} & ({ op: 'open' | 'close'; atMs: number } | { op: 'span'; fromMs: number; toMs: number | null })

/** An edge as the estate knows it. Seconds UTC; `validTo` null while it stands. */
export type Edge = {
  edge: number
  src: EntityId
  type: EdgeType
  dst: EntityId
  validFrom: number
  validTo: number | null
  observedAtMs: number
  confidence: Confidence
  conditional: boolean
  note: string | null
  /** Log offset of the event that states it: the evidence. */
  evidence: number
  /**
   * When Cordon heard that it ended (arrival, ms UTC); absent while it stands or where the estate does not keep it.
   * A host that is already compromised can date its statements back: an end heard after that is not believed.
   */
  endHeardAtMs?: number
}

/** What an actor did to a resource; the basis of "did touch" and "did change". */
export const touchVerbs = ['read', 'write', 'delete', 'share', 'admin', 'login'] as const
export type TouchVerb = (typeof touchVerbs)[number]
export type Touch = {
  identity: EntityId | null
  credential: EntityId | null
  resource: EntityId
  verb: TouchVerb
  atMs: number
  /** Rows, objects or people the act handled, where the source says; null where it does not. */
  records: number | null
  /** Where it came from, as the source names it (IP or network); used for first-seen, kept in the estate only. */
  origin: string | null
}
