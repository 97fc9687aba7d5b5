import type { Bell } from '#kit'
import { entityId, nativeOf, type TenantId } from '#model'
import type { Keys } from '#guards'
import type { KeyDesk } from '#api'

/** The API's view of Cordon's own virtual keys. Owners are named freely; the name becomes a service identity of ours. */
export function createKeyDesk(keys: Keys, tenant: TenantId, bell: Bell): KeyDesk {
  return {
    list: () =>
      keys.list(tenant).map(({ id, owner, state, createdAtMs, lastUsedAtMs }) => ({
        id,
        owner: nativeOf(owner),
        state,
        createdAtMs,
        lastUsedAtMs,
      })),
    async issue(owner) {
      const made = await keys.issue(tenant, entityId('identity', 'cordon', owner))
      bell.ring('key')
      return made
    },
    async verify(token) {
      const verdict = await keys.verify(tenant, token)
      return verdict.verdict === 'live'
        ? { valid: true, id: verdict.id, owner: nativeOf(verdict.owner) }
        : { valid: false, id: null, owner: null }
    },
    async kill(key) {
      const home = keys.home(tenant)
      const outcome = await home.killKey(key)
      if (outcome === 'unknown-key') await home.reviveKey(key)
      bell.ring('key')
    },
  }
}
