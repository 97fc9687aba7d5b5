import { canonicalJson, hashId, sha256, toHex } from '#kit'
import { factTextMax, sealedTextMax } from '#ledger'
import { authorityOf, type ActionId, type EntityId, type Plan, type TenantId, type Trigger } from '#model'

/** The cause is not in it, so a second incident about the same target joins the action (containment §5). */
export const actionKey = (tenant: TenantId, verb: string, target: EntityId, generation: number): ActionId =>
  hashId('act', tenant, authorityOf(target), verb, target, String(generation))

/** SHA-256 (hex) over the canonical JSON of everything in the plan but the hash itself. */
export function planHash(plan: Omit<Plan, 'hash'> & { hash?: string }): string {
  const { hash: _, ...rest } = plan
  return toHex(sha256(canonicalJson(rest)))
}

/** Incidents about the same trigger share this key. */
export const triggerKey = (trigger: Trigger): string => toHex(sha256(canonicalJson(trigger)))

/**
 * What a receipt says of a trigger: all of it, or, where it names more than a leaf holds, how many of each and the
 * SHA-256 under which the incident holds the list.
 */
export function triggerText(trigger: Trigger): string {
  const whole = JSON.stringify(trigger)
  if (whole.length <= sealedTextMax) return whole
  const counts = Object.entries(trigger).map(([name, value]) => [name, Array.isArray(value) ? value.length : value])
  return JSON.stringify({ ...Object.fromEntries(counts), sha256: triggerKey(trigger) })
}

/** The verbs of an envelope as a fact of a leaf: by name, or, where those are too many for one, by number and SHA-256. */
export function verbsText(verbs: readonly string[]): string {
  const whole = verbs.join(' ')
  return whole.length <= factTextMax ? whole : `${verbs.length} verbs, sha256:${toHex(sha256(whole))}`
}
