import { pathKey } from '../fields.ts'
import { membersOf, nodeHolds } from '../naive/evaluate.ts'
import { satisfies, textSatisfies } from '../naive/satisfies.ts'
import { fold, textOf } from '../text.ts'
import type { Node } from '../types.ts'
import { compileEdges } from './edges.ts'
import type { Slots } from './slots.ts'
import { compilePattern } from './text-match.ts'
import { isStar } from './witness.ts'

/** Answers one predicate for the event in hand. */
export type Probe = () => boolean

type Leaf = Extract<Node, { kind: 'field' | 'keyword' | 'each' }>

/**
 * Makes predicates, each once however many rules share it, and remembers their answers for the event in hand. Text tests
 * take the short way; everything else goes to the naive evaluator's own code.
 */
export class Prober {
  private readonly slots: Slots
  private readonly made = new Map<string, Probe>()
  private readonly objects = new Map<object, number>()

  constructor(slots: Slots) {
    this.slots = slots
  }

  get size(): number {
    return this.made.size
  }

  probeOf(leaf: Leaf): Probe {
    const key = this.keyOf(leaf)
    const known = this.made.get(key)
    if (known !== undefined) return known
    const probe = this.remembering(this.bare(leaf))
    this.made.set(key, probe)
    return probe
  }

  /** One of several tests of one field, each of which `isEdge`. */
  probeOfAny(leaves: readonly Extract<Leaf, { kind: 'field' }>[]): Probe {
    const { slots } = this
    const key = `any ${leaves.map((leaf) => this.keyOf(leaf)).join()}`
    const known = this.made.get(key)
    if (known !== undefined) return known
    const [first] = leaves
    const slot = first === undefined ? 0 : slots.slotOf(first.field)
    const edges = compileEdges(leaves.flatMap(({ test }) => (test.kind === 'text' ? [test.pattern] : [])))
    const probe = this.remembering(() => {
      const value = slots.valueOf(slot)
      if (typeof value === 'string') return edges(slots.foldedOf(slot))
      return value !== undefined && leaves.some(({ test }) => satisfies(test, value, slots.event))
    })
    this.made.set(key, probe)
    return probe
  }

  private remembering(bare: Probe): Probe {
    const { slots } = this
    let epoch = 0
    let answer = false
    return () => {
      if (epoch === slots.epoch) return answer
      epoch = slots.epoch
      answer = bare()
      return answer
    }
  }

  private bare(leaf: Leaf): Probe {
    const { slots } = this
    if (leaf.kind === 'keyword') return () => slots.anyText((text) => textSatisfies(leaf.test, text))
    const slot = slots.slotOf(leaf.field)
    if (leaf.kind === 'each') {
      return () => {
        const members = membersOf(slots.valueOf(slot))
        const holds = (member: unknown): boolean => nodeHolds(leaf.of, member)
        if (leaf.quantifier === 'any') return members.some(holds)
        if (leaf.quantifier === 'none') return !members.some(holds)
        return (members.length > 0 || leaf.quantifier === 'all_or_empty') && members.every(holds)
      }
    }
    const { test } = leaf
    if (test.kind !== 'text' || isStar(test.pattern)) return () => satisfies(test, slots.valueOf(slot), slots.event)
    const matches = compilePattern(test.pattern)
    const member = (value: unknown): boolean => {
      if (Array.isArray(value)) return satisfies(test, value, slots.event)
      const text = textOf(value)
      return text !== undefined && matches(test.cased ? text : fold(text))
    }
    return () => {
      const value = slots.valueOf(slot)
      if (typeof value !== 'string') return value !== undefined && member(value)
      return matches(test.cased ? value : slots.foldedOf(slot))
    }
  }

  private keyOf(leaf: Leaf): string {
    if (leaf.kind === 'each') return `each ${this.numberOf(leaf)}`
    const test = leaf.test.kind === 'regex' ? { ...leaf.test.regex, literals: null } : leaf.test
    return JSON.stringify([leaf.kind === 'field' ? pathKey(leaf.field) : null, test])
  }

  private numberOf(object: object): number {
    const known = this.objects.get(object)
    if (known !== undefined) return known
    this.objects.set(object, this.objects.size)
    return this.objects.size - 1
  }
}
