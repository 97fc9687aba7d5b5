import { entityId, edgeTypes, defaultTenant, type EntityId } from '#model'
import { command, handler, type Tx, type WriterModule } from '#store'
import { seededInt, seededRandom } from '#kit'

export type Size = { nodes: number; edges: number }

/** Shares of a contractor's estate: hosts, credentials, identities, resources. */
const shares = [
  ['host', 0.02],
  ['credential', 0.28],
  ['identity', 0.2],
  ['resource', 0.5],
] as const
type Kind = (typeof shares)[number][0]

export const fillNodes = command<{ first: number; last: number; nodes: number }, null>('bench.nodes')
export const fillEdges = command<{ first: number; last: number; nodes: number }, null>('bench.edges')
export const fillState = command<Size & { atMs: number }, null>('bench.state')

const source = 1
const startSeconds = 1_700_000_000

function rangeOf(kind: Kind, nodes: number): { first: number; count: number } {
  let first = 0
  for (const [name, share] of shares) {
    const count = Math.floor(nodes * share)
    if (name === kind) return { first, count }
    first += count
  }
  return { first: 0, count: nodes }
}

export function nodeName(number: number, nodes: number): EntityId {
  const kind = shares.findLast(([name]) => number >= rangeOf(name, nodes).first)?.[0] ?? 'resource'
  return entityId(kind, 'bench.example', `${kind[0]}${number}`)
}

/** Writes the estate's tables as the projection of several million statements would have left them. */
export const benchModule: WriterModule = {
  name: 'bench',
  migrations: [],
  handlers: [
    handler(fillNodes, (tx, { first, last, nodes }) => {
      for (let n = first; n < last; n++)
        tx.run('INSERT INTO estate_node VALUES (?, ?, ?)', defaultTenant, n, nodeName(n, nodes))
      return null
    }),
    handler(fillEdges, (tx, { first, last, nodes }) => {
      const random = seededRandom(first)
      for (let edge = first; edge < last; edge++) putEdge(tx, edge, nodes, random)
      return null
    }),
    handler(fillState, (tx, { nodes, edges, atMs }) => {
      tx.run(
        `INSERT INTO estate_state (tenant, generation, through, heard_at_ms, next_node, next_edge, next_close, next_person,
           next_source, next_touch, listed_touch) VALUES (?, 1, 0, ?, ?, ?, 1, 1, 2, 1, 0)
         ON CONFLICT (tenant) DO UPDATE SET next_edge = excluded.next_edge`,
        defaultTenant,
        atMs,
        nodes,
        edges + 1,
      )
      tx.run(`INSERT OR IGNORE INTO estate_source VALUES (?, 'bench', 1, 0, 1, 0, 0)`, defaultTenant)
      return null
    }),
  ],
}

const mix = [
  ['STORES', 'host', 'credential', 0.2],
  ['AUTHENTICATES_AS', 'credential', 'identity', 0.3],
  ['MEMBER_OF', 'identity', 'identity', 0.4],
  ['CAN_READ', 'identity', 'resource', 0.85],
  ['CONTAINS', 'resource', 'resource', 1],
] as const

function putEdge(tx: Tx, edge: number, nodes: number, random: () => number): void {
  const dice = random()
  const [type, from, to] = mix.find(([, , , upTo]) => dice < upTo) ?? mix[4]
  const [a, b] = [rangeOf(from, nodes), rangeOf(to, nodes)]
  tx.run(
    `INSERT INTO estate_edge VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, NULL, ?)`,
    defaultTenant,
    edge,
    source,
    a.first + seededInt(random, a.count),
    edgeTypes[type],
    b.first + seededInt(random, b.count),
    startSeconds + seededInt(random, 60_000_000),
    random() < 0.3 ? startSeconds + 60_000_000 + seededInt(random, 1_000_000) : null,
    startSeconds * 1000,
    0,
  )
}
