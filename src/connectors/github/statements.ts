import type { EdgeStatement, EdgeType, EntityFact, EntityId, Normalized } from '#model'

type More = Pick<EdgeStatement, 'conditional' | 'note' | 'confidence'>

/** Edges and facts of one record, all true from the moment it speaks of. */
export class Statements {
  readonly edges: EdgeStatement[] = []
  readonly facts: EntityFact[] = []
  readonly authority: string
  readonly atMs: number

  constructor(authority: string, atMs: number) {
    this.authority = authority
    this.atMs = atMs
  }

  open(src: EntityId, type: EdgeType, dst: EntityId, more: Partial<More> & { sinceMs?: number | null } = {}): void {
    const { sinceMs, ...rest } = more
    this.edges.push({ src, type, dst, confidence: 'observed', op: 'open', atMs: sinceMs ?? this.atMs, ...rest })
  }

  close(src: EntityId, type: EdgeType, dst: EntityId): void {
    this.edges.push({ src, type, dst, confidence: 'observed', op: 'close', atMs: this.atMs })
  }

  /** Was so at that moment, and is not said to be so any longer. */
  at(src: EntityId, type: EdgeType, dst: EntityId, more: Partial<More> = {}): void {
    const { atMs } = this
    this.edges.push({ src, type, dst, confidence: 'observed', op: 'span', fromMs: atMs, toMs: atMs, ...more })
  }

  fact(entity: EntityId, attributes: EntityFact['attributes']): void {
    this.facts.push({ entity, observedAtMs: this.atMs, attributes })
  }

  into(normalized: Normalized): Normalized {
    normalized.edges.push(...this.edges)
    normalized.facts.push(...this.facts)
    return normalized
  }
}

export const timeOf = (text: string | null | undefined): number | null => {
  const ms = text === null || text === undefined || text === '' ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}
