import type { SigmaSource } from '#detect/sigma'

/** Refused rules that are named; beyond it they are counted. */
export const refusalsShownMax = 20

/** `packs`: the folder of packs, or null for none; `directories`: rules of the house; `texts`: rules that are in no file. */
export type RuleSettings = { packs: string | null; directories: readonly string[]; texts?: readonly SigmaSource[] }
export type RuleHealth = {
  rules: number
  correlations: number
  packs: string[]
  refused: { rule: string; place: string; message: string }[]
  refusedCount: number
  /** Events later than their source declares; those among them that no correlation took any more. */
  late: number
  /** The longest that one of these took from when it happened until it arrived. */
  lateByMs: number
  uncorrelated: number
  evicted: number
  truncated: number
  hurried: number
  forgotten: number
  failed: number
  groups: number
  waiting: number
}
export const noRules: RuleHealth = {
  rules: 0,
  correlations: 0,
  packs: [],
  refused: [],
  refusedCount: 0,
  late: 0,
  lateByMs: 0,
  uncorrelated: 0,
  evicted: 0,
  truncated: 0,
  hurried: 0,
  forgotten: 0,
  failed: 0,
  groups: 0,
  waiting: 0,
}
