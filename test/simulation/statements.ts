import type { Edge, EdgeType, EntityFact, EntityId } from '#model'

/**
 * What sources stated of a made-up estate as of `nowMs`: an offset for each statement, counted behind `from`. `common`: what is
 * said alike of all edges; they hold from the beginning where nothing else is said.
 */
export function makeStatements(nowMs: number, common: Partial<Edge> = {}, from = 0) {
  let last = from
  const offset = (): number => ++last
  return {
    /** One more offset, for a statement that is neither. */
    offset,
    asOf: (): number => last,
    edge(src: EntityId, type: EdgeType, dst: EntityId, more: Partial<Edge> = {}): Edge {
      const evidence = offset()
      return {
        edge: evidence,
        src,
        type,
        dst,
        validFrom: 0,
        validTo: null,
        observedAtMs: nowMs,
        confidence: 'observed',
        conditional: false,
        note: null,
        evidence,
        ...common,
        ...more,
      }
    },
    fact: (entity: EntityId, attributes: EntityFact['attributes']): EntityFact => ({
      entity,
      observedAtMs: nowMs,
      attributes,
    }),
  }
}
