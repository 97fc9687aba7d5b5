import { parseOwnJson } from '#kit'

import type { UnlinkedCorrelation } from './correlate/read.ts'
import { compileRegex } from './regex/regex.ts'
import type { RegexFlags } from './regex/syntax.ts'
import type { FieldPath, Node, RegexTest, SigmaRule, Test } from './types.ts'

/**
 * What files of rules became when they were read before. A key says all that enters the reading but the code itself: whoever
 * keeps them past the life of a process tells one state of the code from another. INVARIANT: `find` answers nothing but
 * what was kept under that very key, since it is not checked again.
 */
export interface StoredRules {
  find(key: string): string | undefined
  keep(key: string, stored: string): void
}

/** Of one file; a rule can be written so that what it becomes is far larger than itself. */
const storedCharsMax = 8_000_000
const depthMax = 500
/** About what a node takes beside its texts. */
const nodeChars = 100

type Kept<T> = T extends RegexTest ? { kind: 'regex'; source: string; flags: RegexFlags; linear: boolean } : T
/** `at`: the place of a selection among those of its rule, so that one which is named twice stays one and the same. */
type StoredNode =
  | { kind: 'and' | 'or'; of: StoredNode[] }
  | { kind: 'not'; of: StoredNode }
  | { kind: 'selection'; at: number }
  | (Omit<Extract<Node, { kind: 'field' }>, 'test'> & { test: Kept<Test> })
  | (Omit<Extract<Node, { kind: 'keyword' }>, 'test'> & { test: Kept<Extract<Node, { kind: 'keyword' }>['test']> })
  | (Omit<Extract<Node, { kind: 'each' }>, 'of'> & { of: StoredNode })
type Selection = Extract<Node, { kind: 'selection' }>
type StoredRule = Omit<SigmaRule, 'detection'> & {
  /** Each after those it holds. */
  selections: { name: string; of: StoredNode }[]
  detection: StoredNode
}

type StoredCorrelation = Omit<UnlinkedCorrelation, 'aliases'> & { aliases: [string, [string, FieldPath][]][] }
type StoredFile = { rules: StoredRule[]; correlations: StoredCorrelation[] }

/** What one file became, in the order it is written in, and before other files had a say in it. */
export type ReadFile = { rules: readonly SigmaRule[]; correlations: readonly UnlinkedCorrelation[] }

/** Undefined where it is too large or too deep to be worth it. `file`: the beginning of each place. */
export function storeFile({ rules, correlations }: ReadFile, file: string): string | undefined {
  const budget = { chars: storedCharsMax }
  const stored: StoredFile = {
    rules: [],
    correlations: correlations.map(({ aliases, ...rest }) => ({
      ...rest,
      place: rest.place.slice(file.length),
      aliases: [...aliases].map(([alias, fields]) => [alias, [...fields]]),
    })),
  }
  for (const rule of rules) {
    const selections: StoredRule['selections'] = []
    const detection = storer(selections, budget)(rule.detection, 0)
    if (detection === undefined) return undefined
    stored.rules.push({ ...rule, place: rule.place.slice(file.length), selections, detection })
  }
  return JSON.stringify(stored)
}

/** The same, in a file that may lie elsewhere now. */
export function readStored(stored: string, file: string): ReadFile {
  const { rules, correlations } = parseOwnJson<StoredFile>(stored)
  return {
    rules: rules.map(({ selections, detection, ...rule }) => {
      const known: Selection[] = []
      for (const { name, of } of selections) known.push({ kind: 'selection', name, of: nodeOf(of, known) })
      return { ...rule, place: `${file}${rule.place}`, detection: nodeOf(detection, known) }
    }),
    correlations: correlations.map((one) => ({
      ...one,
      place: `${file}${one.place}`,
      aliases: new Map(one.aliases.map(([alias, fields]) => [alias, new Map(fields)])),
    })),
  }
}

function storer(selections: StoredRule['selections'], budget: { chars: number }) {
  const places = new Map<Selection, number>()
  const each = (nodes: readonly Node[], depth: number): StoredNode[] | undefined => {
    const out: StoredNode[] = []
    for (const node of nodes) {
      const one = store(node, depth)
      if (one === undefined) return undefined
      out.push(one)
    }
    return out
  }
  const store = (node: Node, depth: number): StoredNode | undefined => {
    budget.chars -= nodeChars
    if (depth > depthMax || budget.chars < 0) return undefined
    if (node.kind === 'field' || node.kind === 'keyword') {
      budget.chars -= charsOf(node)
      return node.kind === 'field' ? { ...node, test: keptTest(node.test) } : { ...node, test: keptTest(node.test) }
    }
    if (node.kind === 'and' || node.kind === 'or') {
      const of = each(node.of, depth + 1)
      return of === undefined ? undefined : { kind: node.kind, of }
    }
    const known = node.kind === 'selection' ? places.get(node) : undefined
    if (known !== undefined) return { kind: 'selection', at: known }
    const of = store(node.of, depth + 1)
    if (of === undefined) return undefined
    if (node.kind === 'not') return { kind: 'not', of }
    if (node.kind === 'each') return { ...node, of }
    const at = selections.push({ name: node.name, of }) - 1
    places.set(node, at)
    return { kind: 'selection', at }
  }
  return store
}

function keptTest<T extends Test>(test: T): Kept<T>
function keptTest(test: Test): Kept<Test> {
  if (test.kind !== 'regex') return test
  const { source, flags, linear } = test.regex
  return { kind: 'regex', source, flags, linear }
}

function testOf<T extends Test>(test: Kept<T>): T
function testOf(test: Kept<Test>): Test {
  if (test.kind !== 'regex') return test
  return { kind: 'regex', regex: compileRegex(test.source, test.flags, !test.linear) }
}

function charsOf(node: Extract<Node, { kind: 'field' | 'keyword' }>): number {
  const { test } = node
  const field = node.kind === 'field' ? 2 * node.field.name.length : 0
  const text =
    test.kind === 'text'
      ? test.pattern.reduce<number>((sum, part) => sum + (typeof part === 'string' ? part.length : 1), 0)
      : test.kind === 'regex'
        ? test.regex.source.length
        : 0
  return node.says.length + field + text
}

function nodeOf(node: StoredNode, selections: readonly Selection[]): Node {
  switch (node.kind) {
    case 'and':
    case 'or':
      return { kind: node.kind, of: node.of.map((part) => nodeOf(part, selections)) }
    case 'not':
      return { kind: 'not', of: nodeOf(node.of, selections) }
    case 'each':
      return { ...node, of: nodeOf(node.of, selections) }
    case 'field':
      return node.test.kind === 'regex' ? { ...node, test: testOf<Test>(node.test) } : { ...node, test: node.test }
    case 'keyword':
      return { ...node, test: node.test.kind === 'regex' ? testOf<RegexTest>(node.test) : node.test }
    case 'selection': {
      const selection = selections[node.at]
      if (selection === undefined) throw new Error('assertion failed: a selection is stored before it is named')
      return selection
    }
  }
}
