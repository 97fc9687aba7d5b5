import { isJsonObject, isObject, parseJson, type Json, type JsonObject } from '#kit'

/** A policy document as the evaluator takes it: lists are lists, absence is undefined. */
export type Statement = {
  effect: 'Allow' | 'Deny'
  actions?: string[]
  notActions?: string[]
  resources?: string[]
  notResources?: string[]
  /** `*`, ARNs or account numbers of `AWS`; `Service`, `Federated`, `CanonicalUser` as `service:lambda.amazonaws.com`. */
  principals?: string[]
  notPrincipals?: string[]
  /** Operator → key (lower case) → values. */
  conditions: Record<string, Record<string, string[]>>
}
export type Policy = Statement[]

const listOf = (value: unknown): string[] | undefined =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value.map(String) : undefined

function principalsOf(value: unknown): string[] | undefined {
  if (value === undefined) return undefined
  if (value === '*') return ['*']
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([kind, names]) =>
    (listOf(names) ?? []).map((name) => (kind === 'AWS' ? name : `${kind.toLowerCase()}:${name}`)),
  )
}

function conditionsOf(value: unknown): Statement['conditions'] {
  if (!isObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(isObject(keys) ? keys : {}).map(([key, values]) => [
          key.toLowerCase(),
          listOf(values) ?? [String(values)],
        ]),
      ),
    ]),
  )
}

/** JSON text, URL-encoded as IAM gives it or plain. Undefined for what is no policy document. */
export function readPolicy(text: string): Policy | undefined {
  try {
    return policyOf(parseJson(text.startsWith('%7B') ? decodeURIComponent(text) : text))
  } catch {
    return undefined
  }
}

/** Statements as they stand; what is none is left out. */
export function statementsIn(document: Json | undefined): JsonObject[] {
  const given = isJsonObject(document) ? document['Statement'] : undefined
  return (Array.isArray(given) ? given : [given]).filter(isJsonObject)
}

/** The one value of a condition; undefined where there is none, or several. */
export function conditionIn({ Condition: all }: JsonObject, operator: string, key: string): string | undefined {
  const keys = isJsonObject(all) ? all[operator] : undefined
  const value = isJsonObject(keys) ? keys[key] : undefined
  return typeof value === 'string' ? value : undefined
}

export function policyOf(document: unknown): Policy | undefined {
  if (!isObject(document)) return undefined
  const { Statement: given } = document
  const list: unknown[] = Array.isArray(given) ? given : [given]
  const policy: Policy = []
  for (const one of list) {
    if (!isObject(one)) return undefined
    const effect = one['Effect']
    if (effect !== 'Allow' && effect !== 'Deny') return undefined
    const parts = {
      actions: listOf(one['Action']),
      notActions: listOf(one['NotAction']),
      resources: listOf(one['Resource']),
      notResources: listOf(one['NotResource']),
      principals: principalsOf(one['Principal']),
      notPrincipals: principalsOf(one['NotPrincipal']),
    }
    const statement: Statement = { effect, conditions: conditionsOf(one['Condition']) }
    policy.push(
      Object.assign(statement, Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined))),
    )
  }
  return policy
}
