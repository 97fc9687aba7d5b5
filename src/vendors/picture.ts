import type { Scene } from '#posture'

import { componentsOf, type Component } from './components.ts'
import { heldBy, usesOf, type Held, type Use } from './held.ts'
import { reachOfApps, type Reach } from './reach.ts'
import type { Vendor } from './types.ts'

/** One vendor whole. `lastUsedAtMs`: the newest that a directory, an act or an event tells; null: nobody tells. */
export type Picture = {
  vendor: Vendor
  reach: Reach
  use: Use
  held: Held
  components: Component[]
  lastUsedAtMs: number | null
}

/** How far back acts are read. */
export const useMs = 90 * 86_400_000

export async function pictureOf(scene: Scene, vendor: Vendor): Promise<Picture> {
  const { use, acts } = await usesOf(scene, vendor, Math.max(0, scene.atMs - useMs))
  const times = [
    ...vendor.apps.map(({ lastUsedAtMs }) => lastUsedAtMs),
    use.lastAtMs,
    use.talks?.lastAtMs ?? null,
  ].filter((ms) => ms !== null)
  return {
    vendor,
    reach: await reachOfApps(scene, vendor.apps),
    use,
    held: await heldBy(scene, vendor, acts),
    components: await componentsOf(scene, vendor),
    lastUsedAtMs: times.length === 0 ? null : Math.max(...times),
  }
}
