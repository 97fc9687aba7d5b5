import { fieldOf } from '../fields.ts'
import { fold } from '../text.ts'
import type { Node, SigmaEvent, SigmaRule } from '../types.ts'
import { compileNode } from './compile.ts'
import { FieldIndex, type Placed } from './field-index.ts'
import { Candidates } from './candidates.ts'
import { Prober, type Probe } from './prober.ts'
import { AnywhereScanner, type Entry } from './scanner.ts'
import { Slots } from './slots.ts'
import { chooseWitnesses, guessCost, keyOf, presenceWitnesses, shows, type CostOf, type Witness } from './witness.ts'
import { scanTexts } from './texts.ts'

/** Events kept to measure how often a witness is shown, and after how many events that is done. */
const sampleEventsMax = 64
const measureAfterEvents: readonly number[] = [256, 4096, 65_536]
/** A guess counts for as much as this many measured events. */
const guessWeightEvents = 4

/**
 * The rules of one log source, indexed. An event is walked once; its texts are run through automata that name the rules
 * whose witnesses it shows; only those are held against it. What is answered never depends on which witnesses were
 * chosen, only how fast.
 */
export class Partition {
  readonly rules: readonly SigmaRule[]
  private readonly slots = new Slots()
  private readonly prober = new Prober(this.slots)
  private readonly probes: readonly Probe[]
  private readonly candidates: Candidates
  private fields: (FieldIndex | undefined)[] = []
  private keywords: AnywhereScanner | undefined
  private keywordNumbers = false
  private always: Int32Array = new Int32Array()
  private readonly sample: SigmaEvent[] = []
  private seen = 0
  /** Rules looked at in vain since the last measuring, by rule. */
  private readonly vain: Int32Array
  private readonly costs = new Map<string, number>()
  /** What all rules' witnesses are, in the order of the rules; undefined for a rule that has none. */
  witnesses: readonly (readonly Witness[] | undefined)[] = []

  constructor(rules: readonly SigmaRule[]) {
    this.rules = rules
    this.probes = rules.map(({ detection }) => compileNode(detection, this.prober))
    this.candidates = new Candidates(rules.length)
    this.vain = new Int32Array(rules.length)
    this.witnesses = rules.map(({ detection }) => witnessesOf(detection, this.costOf))
    this.build()
  }

  /** Indices of the rules that match, ascending. */
  match(event: SigmaEvent): readonly number[] {
    const { candidates, fields, slots } = this
    candidates.begin()
    candidates.add(this.always)
    slots.fill(event, (slot, value) => fields[slot]?.scan(value, candidates))
    if (this.keywords !== undefined) scanTexts(event, this.keywords, this.keywordNumbers, candidates)
    let found: number[] | undefined
    for (let i = 0; i < candidates.count; i++) {
      const rule = candidates.list[i] ?? 0
      if (this.probes[rule]?.() === true) (found ??= []).push(rule)
      else this.vain[rule] = (this.vain[rule] ?? 0) + 1
    }
    this.learn(event)
    if (found === undefined) return none
    return found.length > 1 ? found.sort((a, b) => a - b) : found
  }

  private readonly costOf: CostOf = (witness) => this.costs.get(keyOf(witness)) ?? guessCost(witness)

  private learn(event: SigmaEvent): void {
    if (this.seen > (measureAfterEvents.at(-1) ?? 0)) return
    this.seen++
    this.sample[this.seen % sampleEventsMax] = event
    if (measureAfterEvents.includes(this.seen)) this.choose()
  }

  /** Chooses anew for rules that were looked at in vain often, by what the last events showed. */
  private choose(): void {
    const tooOften = Math.max(2, this.seen >> 7)
    let changed = false
    const folded = new Map<unknown, unknown>()
    this.witnesses = this.rules.map(({ detection }, rule) => {
      const before = this.witnesses[rule]
      if ((this.vain[rule] ?? 0) < tooOften || before === undefined) return before
      changed = true
      return witnessesOf(detection, (witness) => this.measured(witness, folded))
    })
    this.vain.fill(0)
    if (changed) this.build()
  }

  private measured(witness: Witness, folded: Map<unknown, unknown>): number {
    const key = keyOf(witness)
    const known = this.costs.get(key)
    if (known !== undefined) return known
    let shown = 0
    for (const event of this.sample) {
      if (event === undefined) continue
      if (witness.kind === 'present') shown += fieldOf(event, witness.field) === undefined ? 0 : 1
      else if (witness.field !== null)
        shown += shows(fieldOf(event, witness.field), witness.where, witness.text) ? 1 : 0
      else {
        if (!folded.has(event)) folded.set(event, fold(JSON.stringify(event)))
        shown += String(folded.get(event)).includes(witness.text) ? 1 : 0
      }
    }
    const cost = (shown + guessCost(witness) * guessWeightEvents) / (this.sample.length + guessWeightEvents)
    this.costs.set(key, cost)
    return cost
  }

  private build(): void {
    const always: number[] = []
    const placed = new Map<number, Placed[]>()
    const keywords: Entry[] = []
    this.witnesses.forEach((witnesses, rule) => {
      if (witnesses === undefined) always.push(rule)
      for (const witness of witnesses ?? []) {
        if (witness.kind === 'literal' && witness.field === null) keywords.push({ text: witness.text, rules: [rule] })
        else if (witness.field !== null) {
          const slot = this.slots.slotOf(witness.field)
          const list = placed.get(slot) ?? []
          list.push({ witness, rule })
          placed.set(slot, list)
        }
      }
    })
    this.always = Int32Array.from(always)
    this.fields = []
    for (const [slot, list] of placed) this.fields[slot] = new FieldIndex(list)
    this.keywords = keywords.length === 0 ? undefined : new AnywhereScanner(keywords)
    this.keywordNumbers = keywords.some(({ text }) => /^[-+.e\d]+$/.test(text))
  }
}

const witnessesOf = (detection: Node, costOf: CostOf): readonly Witness[] | undefined =>
  chooseWitnesses(detection, costOf)?.witnesses ?? presenceWitnesses(detection)

const none: readonly number[] = []
