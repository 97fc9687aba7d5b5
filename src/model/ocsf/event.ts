import { isIP } from 'node:net'

import { assert } from '#kit'

import type { OcsfEvent, OcsfEvents } from './schema/class-types.ts'
import { ocsfClasses, ocsfProfiles, ocsfVersion } from './schema/classes.ts'
import type { OcsfObjects } from './schema/object-types.ts'

export type { OcsfEvent } from './schema/class-types.ts'
export { ocsfClasses, ocsfVersion } from './schema/classes.ts'

export type OcsfClass = keyof typeof ocsfClasses
export type OcsfProfile = (typeof ocsfProfiles)[number]
/** An activity's name in a class: `logon`, `assign_privileges`. */
export type OcsfActivity<Class extends OcsfClass> = keyof (typeof ocsfClasses)[Class]['activities'] & string
export type OcsfEventOf<Class extends OcsfClass> = OcsfEvents[Class]
/** `OcsfObject<'user'>`, `OcsfObject<'network_endpoint'>`. */
export type OcsfObject<Name extends keyof OcsfObjects> = OcsfObjects[Name]

/** Of these `ocsfEvent` fills in what the class and activity decide, and `severity_id` where nothing is said. */
type Filled = 'class_uid' | 'category_uid' | 'type_uid' | 'activity_id' | 'time' | 'metadata' | 'severity_id'
type Attributes<Class extends OcsfClass> = Omit<OcsfEventOf<Class>, Filled> & Pick<Partial<OcsfEvent>, 'severity_id'>
/** The attributes of a class; an optional one may be given as undefined, and is then left out. */
export type OcsfFields<Class extends OcsfClass> = {
  [Key in keyof Attributes<Class>]: object extends Pick<Attributes<Class>, Key>
    ? Attributes<Class>[Key] | undefined
    : Attributes<Class>[Key]
} & {
  /** The event's own id at its vendor: `metadata.uid`. */
  uid?: string | undefined
  /** Profiles whose attributes the event has though its class does not: `metadata.profiles`. */
  profiles?: OcsfProfile[]
}
export type OcsfProduct = OcsfObject<'product'> & ({ name: string } | { uid: string })

const informational = 1

/** An event of a class. The compiler knows what the class requires, `validateOcsf` all the rest. */
export function ocsfEvent<Class extends OcsfClass>(
  name: Class,
  activity: OcsfActivity<Class>,
  time: number,
  product: OcsfProduct,
  fields: OcsfFields<Class>,
): OcsfEvent {
  const { class_uid, category_uid, activities } = ocsfClasses[name]
  const ids: Readonly<Record<string, number>> = activities
  const activity_id = ids[activity]
  assert(activity_id !== undefined, `${name} has no activity ${activity}`)
  const { uid, profiles, ...rest }: OcsfFields<OcsfClass> = fields
  const given: Readonly<Record<string, unknown>> = rest
  const event: OcsfEvent & Record<string, unknown> = {
    class_uid,
    category_uid,
    activity_id,
    type_uid: class_uid * 100 + activity_id,
    time,
    severity_id: informational,
    metadata: { version: ocsfVersion, product },
  }
  if (uid !== undefined) event.metadata.uid = uid
  if (profiles !== undefined) event.metadata.profiles = profiles
  for (const key of Object.keys(given)) if (given[key] !== undefined) event[key] = given[key]
  return event
}

/** Narrows an event to its class. */
export const isOcsf = <Class extends OcsfClass>(
  event: OcsfEvent,
  name: Class,
): event is OcsfEvent & OcsfEventOf<Class> => event.class_uid === ocsfClasses[name].class_uid

/** `ip_t` of the schema takes no longer text; an address with a long zone is kept as a name. */
const ipCharsMax = 40

/** Where something came from, as far as the vendor says: an address, a host's name, or that it is unknown. */
export function ocsfEndpoint(address: string | null | undefined): OcsfObject<'network_endpoint'> {
  if (address === null || address === undefined || address === '') return { name: 'unknown' }
  return isIP(address) > 0 && address.length <= ipCharsMax ? { ip: address } : { hostname: address }
}
