import { authorityOf, hardwareAuthority, hostAuthority, nativeOf, type Edge, type EntityId } from '#model'
import type { EstateView } from '#estate'

/** Names that hardware gives: they join hosts, and are none themselves. */
export const isHardware = (entity: EntityId): boolean => authorityOf(entity) === hardwareAuthority

type Window = { from: number; to: number }
const sameAs = { types: ['SAME_AS'] } as const

/**
 * How hosts and names of hardware around `entities` are joined: `out` from hosts to the names they bear, `into` from hosts to
 * the names among `entities`. INVARIANT: what a host says of itself joins it to the machine that bore the name first, and to
 * one of a kind. Who owns one host can name another's hardware; that claim is conditional, so that neither the other is cut
 * off nor its containment taken for this one's. First is the order of the log, which no sender can date back.
 */
export async function machineEdges(
  view: EstateView,
  entities: readonly EntityId[],
  window: Window,
): Promise<{ out: Edge[]; into: Edge[] }> {
  const hosts = entities.filter((entity) => !isHardware(entity))
  const asked = new Set(entities.filter(isHardware))
  const out = hosts.length === 0 ? [] : await view.edgesFrom(hosts, { ...sameAs, window })
  const names = [...new Set([...asked, ...out.map(({ dst }) => dst).filter(isHardware)])]
  if (names.length === 0) return { out, into: [] }
  const claims = await view.edgesTo(names, { ...sameAs, window })
  const claimants = [...new Set(claims.map(({ src }) => src).filter(isReporter))]
  const all = claimants.length === 0 ? [] : await view.edgesFrom(claimants, { ...sameAs, window })
  const firstBearer = firstBy(
    claims.filter(({ src }) => isReporter(src)),
    ({ dst }) => dst,
  )
  const firstName = firstBy(all, ({ src, dst }) => `${src} ${kindOfName(dst)}`)
  const judged = (edge: Edge): Edge => {
    if (!isReporter(edge.src) || !isHardware(edge.dst)) return edge
    const isFirst =
      firstBearer.get(edge.dst)?.src === edge.src &&
      firstName.get(`${edge.src} ${kindOfName(edge.dst)}`)?.dst === edge.dst
    return isFirst ? edge : { ...edge, conditional: true }
  }
  return { out: out.map(judged), into: claims.filter(({ dst }) => asked.has(dst)).map(judged) }
}

/** Hosts that speak for themselves; a vendor's are known by the agent it installed. */
const isReporter = (entity: EntityId): boolean => authorityOf(entity) === hostAuthority
/** `uuid`, `serial`, `instance`. */
const kindOfName = (name: EntityId): string => nativeOf(name).split('/')[0] ?? ''

function firstBy(edges: readonly Edge[], keyOf: (edge: Edge) => string): Map<string, Edge> {
  const first = new Map<string, Edge>()
  for (const edge of edges) {
    const known = first.get(keyOf(edge))
    if (known === undefined || edge.evidence < known.evidence) first.set(keyOf(edge), edge)
  }
  return first
}

/** Hosts by machine, each list's first name the one it goes by: what the host calls itself, where it reports. */
export async function machinesOf(view: EstateView, hosts: readonly EntityId[], now: number): Promise<EntityId[][]> {
  const { out } = await machineEdges(view, hosts, { from: 0, to: now })
  const machines = new Map<EntityId, Set<EntityId>>(hosts.map((host) => [host, new Set([host])]))
  const bearers = new Map<EntityId, EntityId>()
  for (const { src, dst, conditional } of out) {
    if (conditional || !isHardware(dst)) continue
    const bearer = bearers.get(dst) ?? src
    bearers.set(dst, bearer)
    const [one, two] = [machines.get(src), machines.get(bearer)]
    if (one === undefined || two === undefined || one === two) continue
    for (const host of two) machines.set(host, one.add(host))
  }
  const rank = (host: EntityId): string => `${isReporter(host) ? 0 : 1} ${host}`
  return [...new Set(machines.values())].map((machine) => [...machine].sort((a, b) => (rank(a) < rank(b) ? -1 : 1)))
}
