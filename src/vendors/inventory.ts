import { aiServices } from '#classify'
import type { EntityId } from '#model'
import type { Scene } from '#posture'

import { readApps } from './apps.ts'
import { readParts } from './parts.ts'
import type { Platform } from './platforms.ts'
import { houseVendor, vendorOfDomain } from './publisher.ts'
import { tellings, type Publisher, type Vendor } from './types.ts'
import { intoOf, type Words } from './words.ts'

const aiVendors = new Set<EntityId>(aiServices.map(({ domain }) => vendorOfDomain(domain)))

/** Every vendor of whom anything is here, and the company itself with its own apps. Most of theirs first. */
export async function readVendors(
  scene: Scene,
  { platforms, words }: { platforms: readonly Platform[]; words: Words },
): Promise<Vendor[]> {
  const found = new Map<EntityId, Vendor>()
  const vendorOf = ({ vendor: stated, name, told }: Publisher): Vendor => {
    const vendor = intoOf(words, stated)
    const known = found.get(vendor)
    const isOfItself = vendor === stated
    const one: Vendor = known ?? {
      vendor,
      name: words.names.get(vendor) ?? nameOf(vendor),
      told: 'nobody',
      house: vendor === houseVendor,
      ai: false,
      owner: words.owners.get(vendor) ?? null,
      joined: [],
      components: [...(words.components.get(vendor) ?? [])].sort(),
      apps: [],
      parts: [],
    }
    found.set(vendor, one)
    if (!isOfItself && !one.joined.includes(stated)) one.joined.push(stated)
    if (isOfItself && name !== null && !words.names.has(vendor) && one.name === nameOf(vendor)) one.name = name
    if (isOfItself && tellings.indexOf(told) < tellings.indexOf(one.told)) one.told = told
    if (aiVendors.has(stated)) one.ai = true
    return one
  }
  for (const { publisher, ...app } of await readApps(scene)) vendorOf(publisher).apps.push(app)
  for (const { publisher, part } of await readParts(scene, platforms)) vendorOf(publisher).parts.push(part)
  const size = ({ apps, parts }: Vendor): number => apps.length + parts.length
  return [...found.values()].sort((a, b) => size(b) - size(a) || (a.vendor < b.vendor ? -1 : 1))
}

/** Until something names them. */
const nameOf = (vendor: EntityId): string =>
  vendor === houseVendor ? 'our own' : decodeURIComponent(vendor.slice(vendor.indexOf(':', 'vendor:'.length) + 1))

/** Everything a vendor is here: what a finding or an incident names, to be of theirs. */
export const thingsOf = ({ apps, parts }: Vendor): EntityId[] => [
  ...new Set([
    ...apps.flatMap(({ app, bots, credentials }) => [app, ...bots, ...credentials]),
    ...parts.flatMap(({ kind, entity, credentials }) => (kind === 'platform' ? credentials : [entity, ...credentials])),
  ]),
]
