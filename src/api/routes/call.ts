import type { Principal } from '#policy'

import type { BodyOf, QueryOf, ResponseOf, RouteName } from '../contract/index.ts'
import type { ApiServices } from '../services.ts'

/** A request after sign-in, policy and schema. */
export type Call = {
  services: ApiServices
  principal: Principal
  ingest: { source: string; host: string | null } | null
  params: Record<string, string>
  query: unknown
  body: unknown
  upload: Uint8Array
  /** The body of a webhook, read when its headers were found good. */
  readHook(): Promise<Uint8Array>
  header(name: string): string | undefined
}
/** What a stream route gives: events until the client goes away. */
export type EventSource = (signal: AbortSignal) => AsyncIterable<unknown>
type Streams = 'system.stream' | 'incident.stream'
export type TypedCall<Name extends RouteName> = Omit<Call, 'query' | 'body'> & {
  query: QueryOf<Name>
  body: BodyOf<Name>
}
export type RouteHandlers<Names extends RouteName> = {
  [Name in Names]: (call: TypedCall<Name>) => Promise<Name extends Streams ? EventSource : ResponseOf<Name>>
}
