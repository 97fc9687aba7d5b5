import { Partition } from './index/partition.ts'
import { createDispatch, keyOf, type EventLogsource } from './logsource.ts'
import type { SigmaEvent, SigmaRule } from './types.ts'

/** Log sources indexed at once; beyond it the one unused longest is built again when it comes back. */
const partitionsMax = 256

export interface SigmaEngine {
  readonly rules: readonly SigmaRule[]
  /** Every rule that matches the event, in the order they were loaded; also those that only feed correlations. */
  match(event: SigmaEvent, logsource?: EventLogsource): readonly SigmaRule[]
  /** How many rules an event of this log source is held against, and whether the log source is one the rules know. */
  applying(logsource: EventLogsource): { rules: number; exact: boolean }
}

/** Rules behind an index for each log source, made when its first event comes. Pure, but for speed: it learns. */
export function createEngine(rules: readonly SigmaRule[]): SigmaEngine {
  const dispatch = createDispatch(rules.map((rule) => rule.logsource))
  const partitions = new Map<string, Partition>()
  let last: { logsource: EventLogsource; partition: Partition } | undefined
  const partitionFor = (logsource: EventLogsource): Partition => {
    if (last?.logsource === logsource) return last.partition
    const { product = null, category = null, service = null } = logsource
    const key = keyOf({ product, category, service })
    const partition =
      partitions.get(key) ?? new Partition(rules.filter((rule) => dispatch.applies(rule.logsource, logsource)))
    partitions.delete(key)
    partitions.set(key, partition)
    const [oldest] = partitions.keys()
    if (partitions.size > partitionsMax && oldest !== undefined) partitions.delete(oldest)
    last = { logsource, partition }
    return partition
  }
  return {
    rules,
    match(event, logsource = unknownLogsource) {
      const partition = partitionFor(logsource)
      const found = partition.match(event)
      return found.length === 0 ? noRules : found.map((index) => ruleAt(partition, index))
    },
    applying: (logsource) => ({
      rules: partitionFor(logsource).rules.length,
      exact: dispatch.isExact(logsource),
    }),
  }
}

const unknownLogsource: EventLogsource = {}
const noRules: readonly SigmaRule[] = []

function ruleAt({ rules }: Partition, index: number): SigmaRule {
  const rule = rules[index]
  if (rule === undefined) throw new Error('assertion failed: a match names a rule of its partition')
  return rule
}
