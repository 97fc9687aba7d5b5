import { aiServiceAt, egressKind } from '#classify'
import { entityId, ocsfClasses, type EntityId, type Normalized, type OcsfEvent } from '#model'

/** OCSF classes that tell where something of ours went. */
const talking = new Set<number>(
  (['dns_activity', 'network_activity', 'http_activity'] as const).map((name) => ocsfClasses[name].class_uid),
)
const failed = 2
/** What of ours talks to a service outside. */
const nameEgress = (authority: string, domain: string): EntityId => entityId('resource', authority, `egress/${domain}`)

/**
 * That something here talked to a listed AI service (`#classify`): a touch, and what the service is. INVARIANT: no edge and
 * no right, so that no event aims an action. That a name was asked for is told; what was sent nobody tells.
 */
export function egressOf(events: readonly OcsfEvent[], authority: string): Pick<Normalized, 'touches' | 'facts'> {
  const out: Pick<Normalized, 'touches' | 'facts'> = { touches: [], facts: [] }
  for (const event of events) {
    if (!talking.has(event.class_uid) || event['status_id'] === failed) continue
    const service = hostsIn(event).flatMap((host) => aiServiceAt(host) ?? [])[0]
    if (service === undefined) continue
    const resource = nameEgress(authority, service.domain)
    out.facts.push({
      entity: resource,
      observedAtMs: event.time,
      attributes: { kind: egressKind, name: service.name, domain: service.domain },
    })
    out.touches.push({
      identity: userIn(event, authority),
      credential: null,
      resource,
      verb: 'share',
      atMs: event.time,
      records: null,
      origin: placeIn(event),
    })
  }
  return out
}

function hostsIn(event: OcsfEvent): string[] {
  return [
    textAt(event, 'query', 'hostname'),
    textAt(event, 'http_request', 'url', 'hostname'),
    textAt(event, 'url', 'hostname'),
    textAt(event, 'tls', 'sni'),
    textAt(event, 'dst_endpoint', 'hostname'),
  ].filter((host) => host !== undefined)
}

function userIn(event: OcsfEvent, authority: string): EntityId | null {
  const id = ['uid', 'email_addr', 'name'].flatMap((key) => textAt(event, 'actor', 'user', key) ?? [])[0]
  return id === undefined ? null : entityId('identity', authority, id)
}

/** The machine it came from, as the source names it. */
const placeIn = (event: OcsfEvent): string | null =>
  textAt(event, 'device', 'hostname') ??
  textAt(event, 'device', 'uid') ??
  textAt(event, 'src_endpoint', 'hostname') ??
  textAt(event, 'src_endpoint', 'name') ??
  textAt(event, 'src_endpoint', 'ip') ??
  null

function textAt(event: OcsfEvent, ...path: readonly string[]): string | undefined {
  let at: unknown = event
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = Object.getOwnPropertyDescriptor(at, key)?.value
  }
  return typeof at === 'string' && at !== '' && at !== 'unknown' ? at : undefined
}
