import { canonicalJson, hashId, sha256, toHex } from '#kit'
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
