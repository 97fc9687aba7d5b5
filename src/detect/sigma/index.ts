export { SigmaError, type SigmaErrorCode } from './errors.ts'
export { loadSigma, type Refusal, type SigmaRules, type SigmaSource } from './load.ts'
export { createEngine, type SigmaEngine } from './engine.ts'
export {
  createCorrelator,
  type CorrelationFinding,
  type Correlator,
  type CorrelatorCounts,
  type CorrelatorOptions,
  type Matched,
} from './correlate/correlator.ts'
export { carriedBy } from './carried.ts'
export { coverageOf, type Carrier, type RuleCoverage } from './coverage.ts'
export type { Correlation } from './correlate/read.ts'
export { refsMax as evidenceMax } from './correlate/window.ts'
export { createDispatch, type EventLogsource } from './logsource.ts'
export { eventTimeOf } from './event-time.ts'
export { explain, type Explained, type Explanation } from './explain.ts'
export { evaluate } from './naive/evaluate.ts'
export type { ReadOptions } from './rule.ts'
export type { StoredRules } from './stored.ts'
export type { Level, Logsource, Node, SigmaEvent, SigmaRule } from './types.ts'
export { createRuleWatch, type LiveEvent, type LiveStream, type RuleWatch } from './watch.ts'
export { flattenWindowsEvent } from './windows.ts'
