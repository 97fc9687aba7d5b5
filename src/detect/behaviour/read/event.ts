import type { ProjectionItem, Trust } from '#model'

/** What behaviour reads of an event that was projected, and how far it is believed. */
export type BehaviourEvent = Pick<
  ProjectionItem,
  | 'offset'
  | 'event'
  | 'eventAtMs'
  | 'arrivedAtMs'
  | 'ocsf'
  | 'edges'
  | 'touches'
  | 'facts'
  | 'people'
  | 'snapshot'
  | 'backfill'
> & { trust: Trust }
