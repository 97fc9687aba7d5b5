import { pathKey } from '../fields.ts'
import type { Node } from '../types.ts'
import { isEdge } from './edges.ts'
import type { Probe, Prober } from './prober.ts'

/** A rule's tree as one function over predicates; a selection that several rules or conditions share is answered once. */
export function compileNode(node: Node, prober: Prober): Probe {
  switch (node.kind) {
    case 'selection':
      return compileNode(node.of, prober)
    case 'not': {
      const probe = compileNode(node.of, prober)
      return () => !probe()
    }
    case 'and':
      return all(ordered(node.of).map((part) => compileNode(part, prober)))
    case 'or':
      return any(alternatives(node.of, prober))
    case 'field':
    case 'keyword':
    case 'each':
      return prober.probeOf(node)
  }
}

type FieldNode = Extract<Node, { kind: 'field' }>

/** Beginnings, ends and whole values of one field are asked about together. */
function alternatives(nodes: readonly Node[], prober: Prober): Probe[] {
  const probes: Probe[] = []
  const byField = new Map<string, FieldNode[]>()
  for (const node of nodes) {
    if (node.kind === 'field' && node.test.kind === 'text' && !node.test.cased && isEdge(node.test.pattern)) {
      const key = pathKey(node.field)
      byField.set(key, [...(byField.get(key) ?? []), node])
    } else probes.push(compileNode(node, prober))
  }
  for (const group of byField.values()) {
    const [only] = group
    probes.unshift(group.length === 1 && only !== undefined ? prober.probeOf(only) : prober.probeOfAny(group))
  }
  return probes
}

/** What is cheap to answer first; a negation usually holds, so it decides little. */
const ordered = (nodes: readonly Node[]): readonly Node[] => nodes.toSorted((a, b) => weight(a) - weight(b))

function weight(node: Node): number {
  if (node.kind === 'not') return 1000 + weight(node.of)
  if (node.kind === 'selection') return weight(node.of)
  if (node.kind === 'and' || node.kind === 'or') return node.of.reduce((sum, part) => sum + weight(part), 0)
  if (node.kind === 'field') return node.test.kind === 'regex' ? 50 : 1
  return 20
}

function all(probes: readonly Probe[]): Probe {
  const [a, b] = probes
  if (a !== undefined && b !== undefined && probes.length === 2) return () => a() && b()
  return () => {
    for (let i = 0; i < probes.length; i++) if (probes[i]?.() === false) return false
    return true
  }
}

function any(probes: readonly Probe[]): Probe {
  const [a, b] = probes
  if (a !== undefined && b !== undefined && probes.length === 2) return () => a() || b()
  return () => {
    for (let i = 0; i < probes.length; i++) if (probes[i]?.() === true) return true
    return false
  }
}
