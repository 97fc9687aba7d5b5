import type { CompareOp } from '../types.ts'
import { wrongKind, type Modifier, type Value } from './value.ts'

/** A decimal number as JSON writes it; anything else is no number. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (
    typeof value !== 'string' ||
    value.length > 64 ||
    !/^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/.test(value)
  )
    return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

const valueNumber = (value: Value): number | undefined =>
  value.kind === 'number' ? value.value : value.kind === 'text' ? numberOf(value.raw) : undefined

const compare =
  (op: CompareOp): Modifier =>
  (value, context) => {
    if (value.kind === 'test' && value.test.kind === 'time') return { kind: 'test', test: { ...value.test, op } }
    const than = valueNumber(value)
    if (than === undefined) throw wrongKind(context, value, 'a number')
    return { kind: 'test', test: { kind: 'compare', op, than } }
  }

export const compareModifiers: Readonly<Record<string, Modifier>> = {
  lt: compare('lt'),
  lte: compare('lte'),
  gt: compare('gt'),
  gte: compare('gte'),
}

export function holds(op: CompareOp | 'eq', value: number, than: number): boolean {
  if (op === 'lt') return value < than
  if (op === 'lte') return value <= than
  if (op === 'gt') return value > than
  return op === 'gte' ? value >= than : value === than
}
