import { z } from 'zod'

export const labelSelector = z.object({
  matchLabels: z.record(z.string(), z.string()).nullish(),
  matchExpressions: z
    .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() }))
    .nullish(),
})

/** `LabelSelector` of meta/v1: all of its parts must hold, and none is everything. An operator not known counts as met. */
export function selects(
  { matchLabels, matchExpressions }: z.infer<typeof labelSelector>,
  labels: ReadonlyMap<string, string>,
): boolean {
  const equals = Object.entries(matchLabels ?? {}).every(([key, value]) => labels.get(key) === value)
  return (
    equals &&
    (matchExpressions ?? []).every(({ key, operator, values }) => {
      const value = labels.get(key)
      const isIn = value !== undefined && (values ?? []).includes(value)
      if (operator === 'In') return isIn
      if (operator === 'NotIn') return !isIn
      if (operator === 'Exists') return value !== undefined
      return operator === 'DoesNotExist' ? value === undefined : true
    })
  )
}
