import { authorityOf, kindOf, type EntityFact, type EntityId } from '#model'

import { knownAgents, modelVendors, saidToBeAgent } from './agents.ts'

export const kinds = ['human', 'service', 'agent', 'app', 'vendor', 'unknown'] as const
export type Kind = (typeof kinds)[number]
/** `why`: a plain sentence that says who says so. */
export type Told = { kind: Kind; why: string }

/** What else is known: `connectorOf` an authority; `modelKeys`: credentials that log in at a vendor of models, and it holds. */
export type Signs = { connectorOf(authority: string): string | undefined; modelKeys: readonly EntityId[] }

/**
 * What an identity or an app is, by what its vendor says of it and what it holds, never by what somebody called it. What
 * nobody says stays unknown. Pure.
 */
export function tell(entity: EntityId, facts: EntityFact['attributes'], signs: Signs): Told {
  const connector = signs.connectorOf(authorityOf(entity))
  const who = connector ?? 'its source'
  const stated = facts['kind']
  if (stated === 'human') return { kind: 'human', why: `${who} says that it is a human's account` }
  if (facts[saidToBeAgent] === true) return { kind: 'agent', why: `${who} says that it is an agent's identity` }
  const known = knownAgents.find(
    (one) =>
      one.connector === connector &&
      facts[one.attribute] === one.value &&
      (kindOf(entity) === 'app' || stated === 'app'),
  )
  if (known !== undefined) return { kind: 'agent', why: `it is ${known.is} (${known.source})` }
  const vendor = connector === undefined ? undefined : modelVendors[connector]
  if (vendor !== undefined && stated === 'service')
    return {
      kind: 'agent',
      why: `a program's account at ${vendor.is}, which is there to ask models (${vendor.source})`,
    }
  const [key] = signs.modelKeys
  if (key !== undefined) return { kind: 'agent', why: `it works by a key of a model: ${key}` }
  if (facts['external'] === true) return { kind: 'vendor', why: `${who} says that it is another company's` }
  if (stated === 'app' || kindOf(entity) === 'app') return { kind: 'app', why: `${who} says that it is an app` }
  if (stated === 'service') return { kind: 'service', why: `${who} says that it is a program's account` }
  return { kind: 'unknown', why: 'no source says what it is' }
}
