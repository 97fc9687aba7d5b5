import { seededRandom } from '#kit'
import { edgeTypes, type EdgeType } from '#model'

/** One edge at a time, so that each engine can keep it in its own form. Seconds; `to` 0xffffffff while it stands. */
export type EachEdge = (src: number, type: number, dst: number, from: number, to: number) => void

export const openEnd = 0xffff_ffff
export const graphStart = 1_700_000_000
export const graphEnd = graphStart + 365 * 86_400

/**
 * A contractor's estate in proportion: node numbers are dealt out by kind; degrees are skewed (few hubs, many leaves);
 * a fifth of the edges have ended. Rights point at containers, secrets lie on hosts and in some resources.
 */
export type Ranges = Record<'credential' | 'identity' | 'host' | 'resource' | 'package' | 'app', [number, number]>

export function rangesOf(nodes: number): Ranges {
  const shares = { credential: 0.3, identity: 0.2, host: 0.08, resource: 0.4, package: 0.01, app: 0.01 }
  let at = 0
  const take = (share: number): [number, number] => {
    const first = at
    at += Math.round(nodes * share)
    return [first, at]
  }
  return {
    credential: take(shares.credential),
    identity: take(shares.identity),
    host: take(shares.host),
    resource: take(shares.resource),
    package: take(shares.package),
    app: [at, nodes],
  }
}

type Mix = { type: EdgeType; share: number; src: keyof Ranges; dst: keyof Ranges; srcSkew: number; dstSkew: number }
const mix: Mix[] = [
  { type: 'AUTHENTICATES_AS', share: 0.06, src: 'credential', dst: 'identity', srcSkew: 1, dstSkew: 1.5 },
  { type: 'MEMBER_OF', share: 0.1, src: 'identity', dst: 'identity', srcSkew: 1, dstSkew: 3 },
  { type: 'ASSUMES', share: 0.03, src: 'identity', dst: 'identity', srcSkew: 1.5, dstSkew: 2 },
  { type: 'CAN_READ', share: 0.3, src: 'identity', dst: 'resource', srcSkew: 2.5, dstSkew: 1.5 },
  { type: 'CAN_WRITE', share: 0.12, src: 'identity', dst: 'resource', srcSkew: 2.5, dstSkew: 1.5 },
  { type: 'CAN_ADMIN', share: 0.03, src: 'identity', dst: 'resource', srcSkew: 3, dstSkew: 1.5 },
  { type: 'CONTAINS', share: 0.08, src: 'resource', dst: 'resource', srcSkew: 2, dstSkew: 1 },
  { type: 'STORES', share: 0.1, src: 'host', dst: 'credential', srcSkew: 1.5, dstSkew: 1 },
  { type: 'RUNS_ON', share: 0.05, src: 'identity', dst: 'host', srcSkew: 1.5, dstSkew: 1.2 },
  { type: 'INSTALLED_ON', share: 0.06, src: 'package', dst: 'host', srcSkew: 2, dstSkew: 1 },
  { type: 'DERIVES', share: 0.03, src: 'credential', dst: 'credential', srcSkew: 1, dstSkew: 1 },
  { type: 'DEPENDS_ON', share: 0.02, src: 'identity', dst: 'credential', srcSkew: 1, dstSkew: 1 },
  { type: 'ACTS_AS', share: 0.01, src: 'app', dst: 'identity', srcSkew: 1, dstSkew: 1.5 },
  { type: 'SAME_AS', share: 0.01, src: 'credential', dst: 'credential', srcSkew: 1, dstSkew: 1 },
]

/** What a thief can walk: rights, and secrets that lie where rights lead. */
export const lateralTypes: EdgeType[] = [
  'AUTHENTICATES_AS',
  'MEMBER_OF',
  'ASSUMES',
  'CAN_READ',
  'CAN_WRITE',
  'CAN_ADMIN',
  'CONTAINS',
  'STORES',
  'RUNS_ON',
  'DERIVES',
  'ACTS_AS',
  'SAME_AS',
]

export function eachEdge(nodes: number, edges: number, seed: number, visit: EachEdge): void {
  const random = seededRandom(seed)
  const ranges = rangesOf(nodes)
  const cumulative: number[] = []
  let sum = 0
  for (const { share } of mix) cumulative.push((sum += share))
  // A stored secret also lies in one resource in eight: repositories, buckets, wikis.
  const pick = ([first, end]: [number, number], skew: number): number =>
    first + Math.min(end - first - 1, Math.floor(random() ** skew * (end - first)))
  for (let edge = 0; edge < edges; edge++) {
    const share = random() * sum
    const { type, src, dst, srcSkew, dstSkew } = mix[cumulative.findIndex((limit) => share < limit)] ?? mix[0]!
    const isInResource = type === 'STORES' && random() < 0.125
    const from = graphStart + Math.floor(random() * (graphEnd - graphStart))
    const to = random() < 0.8 ? openEnd : from + Math.floor(random() * 60 * 86_400)
    visit(pick(ranges[isInResource ? 'resource' : src], srcSkew), edgeTypes[type], pick(ranges[dst], dstSkew), from, to)
  }
}

export const benchSize = (): { nodes: number; edges: number } => ({
  nodes: Number(process.env['BENCH_NODES'] ?? 1_000_000),
  edges: Number(process.env['BENCH_EDGES'] ?? 10_000_000),
})

/** Credentials to start from; the same for every engine. */
export function lateralStarts(nodes: number, count: number): number[] {
  const random = seededRandom(5)
  const [first, end] = rangesOf(nodes).credential
  return Array.from({ length: count }, () => first + Math.floor(random() * (end - first)))
}

export function cpuMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
