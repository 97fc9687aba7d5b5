import type { Logsource } from './types.ts'

/** What is known of where an event comes from; a component left out is unknown. */
export type EventLogsource = { product?: string; category?: string; service?: string }

const components = ['product', 'category', 'service'] as const
const folded = (text: string | null | undefined): string | null => text?.toLowerCase() ?? null

/**
 * Which rules an event of this log source is held against.
 *
 * Exact, where the log source names all three components, or is one that a loaded rule names and says more than the
 * product: a rule applies if each component it names is the event's. Else nothing may be skipped because of a component
 * nobody stated: a rule applies unless it names a component the event has otherwise.
 */
export function createDispatch(logsources: readonly Logsource[]): {
  isExact(event: EventLogsource): boolean
  applies(rule: Logsource, event: EventLogsource): boolean
} {
  const named = new Set(logsources.filter(({ category, service }) => category !== null || service !== null).map(keyOf))
  const isExact = (event: EventLogsource): boolean =>
    components.every((part) => event[part] !== undefined) ||
    named.has(
      keyOf({ product: folded(event.product), category: folded(event.category), service: folded(event.service) }),
    )
  return {
    isExact,
    applies(rule, event) {
      const exact = isExact(event)
      return components.every((part) => {
        const wanted = rule[part]
        const has = folded(event[part])
        return wanted === null || wanted === has || (!exact && has === null)
      })
    },
  }
}

export const keyOf = ({ product, category, service }: Logsource): string => JSON.stringify([product, category, service])
