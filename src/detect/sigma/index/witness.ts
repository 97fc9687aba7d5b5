import { fieldsOf } from '../carried.ts'
import { pathKey } from '../fields.ts'
import { nodeHolds } from '../naive/evaluate.ts'
import { fold, textOf } from '../text.ts'
import { star, type Pattern } from '../pattern.ts'
import type { FieldPath, Node, RegexTest, TextTest } from '../types.ts'

/**
 * What an event must show for a rule to be possible. Every match of the rule shows at least one of the rule's witnesses;
 * so an event that shows none need not be held against the rule.
 */
export type Witness =
  | { kind: 'present'; field: FieldPath }
  | { kind: 'literal'; field: FieldPath | null; where: Where; text: string }
/** Where in the text the literal lies; `field: null` looks in every text of the event. */
export type Where = 'whole' | 'start' | 'end' | 'anywhere'

/** Longer literals are cut: a piece of this length is rare enough, and the automata stay small. */
const literalCharsMax = 14

export type Choice = { witnesses: readonly Witness[]; cost: number }
/** Estimates how often an event shows a witness, in events per event. */
export type CostOf = (witness: Witness) => number

/** The cheapest sound set of witnesses; undefined when a match may show nothing at all. */
export function chooseWitnesses(node: Node, costOf: CostOf): Choice | undefined {
  switch (node.kind) {
    case 'selection':
      return chooseWitnesses(node.of, costOf)
    case 'not':
      return undefined
    case 'and': {
      let best: Choice | undefined
      for (const part of node.of) {
        const choice = chooseWitnesses(part, costOf)
        if (choice !== undefined && (best === undefined || choice.cost < best.cost)) best = choice
      }
      return best
    }
    case 'or': {
      const witnesses: Witness[] = []
      let cost = 0
      for (const part of node.of) {
        const choice = chooseWitnesses(part, costOf)
        if (choice === undefined) return undefined
        witnesses.push(...choice.witnesses)
        cost += choice.cost
      }
      return { witnesses, cost }
    }
    case 'each':
      return node.quantifier === 'any' || node.quantifier === 'all'
        ? priced([{ kind: 'present', field: node.field }], costOf)
        : undefined
    case 'keyword': {
      const literals = literalsOf(node.test)
      return literals === undefined
        ? undefined
        : priced(
            literals.map((one) => ({ ...one, kind: 'literal', field: null })),
            costOf,
          )
    }
    case 'field':
      return fieldWitnesses(node, costOf)
  }
}

/**
 * For a detection that is nothing but negations: where it does not hold for an event without fields, a match has one of
 * the fields it names. Undefined where it holds for such an event, or looks in texts of any field.
 */
export function presenceWitnesses(detection: Node): readonly Witness[] | undefined {
  if (readsAnyText(detection) || nodeHolds(detection, {})) return undefined
  const fields = new Map(fieldsOf(detection).map((field) => [pathKey(field), field]))
  return [...fields.values()].map((field) => ({ kind: 'present', field }))
}

function readsAnyText(node: Node): boolean {
  if (node.kind === 'and' || node.kind === 'or') return node.of.some(readsAnyText)
  if (node.kind === 'not' || node.kind === 'selection' || node.kind === 'each') return readsAnyText(node.of)
  return node.kind === 'keyword'
}

const priced = (witnesses: readonly Witness[], costOf: CostOf): Choice => ({
  witnesses,
  cost: witnesses.reduce((sum, witness) => sum + costOf(witness), 0),
})

function fieldWitnesses({ field, test }: Extract<Node, { kind: 'field' }>, costOf: CostOf): Choice | undefined {
  if (test.kind === 'null' || (test.kind === 'exists' && !test.wanted)) return undefined
  const literals = test.kind === 'text' || test.kind === 'regex' ? literalsOf(test) : undefined
  if (literals === undefined) return priced([{ kind: 'present', field }], costOf)
  return priced(
    literals.map((one) => ({ ...one, kind: 'literal', field })),
    costOf,
  )
}

type Literal = { where: Where; text: string }

/** Literals of which a text that satisfies the test holds one. */
function literalsOf(test: TextTest | RegexTest): readonly Literal[] | undefined {
  if (test.kind === 'regex') {
    const cut = test.regex.literals?.map((text) => anywhere(text))
    return cut?.every((literal) => literal !== undefined) === true ? cut : undefined
  }
  const literal = literalOf(test.pattern)
  return literal === undefined ? undefined : [literal]
}

function literalOf(pattern: Pattern): Literal | undefined {
  const [first] = pattern
  const last = pattern.at(-1)
  let best: Literal | undefined
  const offer = (literal: Literal | undefined): void => {
    if (literal !== undefined && literal.text.length > (best?.text.length ?? 0)) best = literal
  }
  if (pattern.length === 1 && typeof first === 'string') {
    const text = usable(first)
    // A whole value that no longer is one after cutting is still a beginning.
    if (text === first)
      return text.length <= wholeCharsMax
        ? { where: 'whole', text }
        : { where: 'start', text: text.slice(0, literalCharsMax) }
    return anywhere(first)
  }
  for (const part of pattern) {
    if (typeof part !== 'string') continue
    if (part === first && usable(part) === part) offer({ where: 'start', text: part.slice(0, literalCharsMax) })
    else if (part === last && usable(part) === part) offer({ where: 'end', text: part.slice(-literalCharsMax) })
    else offer(anywhere(part))
  }
  return best
}

/** Whole values are compared to their end, so that one never stands for another. */
const wholeCharsMax = 64

function anywhere(text: string): Literal | undefined {
  const piece = usable(text)
  return piece === '' ? undefined : { where: 'anywhere', text: piece.slice(-literalCharsMax) }
}

/**
 * The longest folded piece that a text spells unit by unit as its folded form does, or as one unit of another case: pairs
 * of surrogates that have another case are no such thing, nor is half a pair.
 */
function usable(text: string): string {
  const folded = fold(text)
  if (!/[\ud800-\udfff]/.test(folded)) return folded
  let best = ''
  let piece = ''
  for (const char of folded) {
    piece = isUncased(char) ? piece + char : ''
    if (piece.length > best.length) best = piece
  }
  return best
}

const isUncased = (char: string): boolean =>
  char.length === 1 ? !/[\ud800-\udfff]/.test(char) : char.toUpperCase() === char && char.toLowerCase() === char

/** Before anything is measured: long literals are rare, a present field is not. */
export function guessCost(witness: Witness): number {
  if (witness.kind === 'present') return 0.8
  const { where, text } = witness
  return (where === 'whole' ? 0.3 : 0.5) * 0.65 ** Math.min(text.length, literalCharsMax)
}

export const keyOf = (witness: Witness): string =>
  witness.kind === 'present'
    ? `p ${pathKey(witness.field)}`
    : `${witness.where} ${witness.text} ${witness.field === null ? '' : pathKey(witness.field)}`

/** Whether a value shows a literal: the slow way, to measure how often one is shown. */
export function shows(value: unknown, where: Where, text: string): boolean {
  if (Array.isArray(value)) return value.some((member) => shows(member, where, text))
  const written = textOf(value)
  if (written === undefined) return false
  const folded = fold(written)
  if (where === 'whole') return folded === text
  if (where === 'start') return folded.startsWith(text)
  return where === 'end' ? folded.endsWith(text) : folded.includes(text)
}

/** A pattern of nothing but stars asks for presence. */
export const isStar = (pattern: Pattern): boolean => pattern.length === 1 && pattern[0] === star
