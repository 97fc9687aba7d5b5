import { toSecondsDown } from '#kit'
import type { EdgeType } from '#model'
import type { EdgeQuery } from '#estate'

/** What may be done to data. */
export const deeds = ['read', 'write', 'share', 'admin'] as const
export type Deed = (typeof deeds)[number]

/** How rights come to somebody. What lies on hosts is no right: that is exposure, which `recall` answers. */
const standing: readonly EdgeType[] = ['AUTHENTICATES_AS', 'MEMBER_OF', 'ASSUMES', 'ACTS_AS', 'DERIVES']
const givenBy: Readonly<Record<Deed, readonly EdgeType[]>> = {
  // Who administers or may grant can give themselves the rest.
  read: ['CAN_READ', 'CAN_SHARE', 'CAN_ADMIN', 'CAN_GRANT'],
  write: ['CAN_WRITE', 'CAN_ADMIN', 'CAN_GRANT'],
  share: ['CAN_SHARE', 'CAN_ADMIN', 'CAN_GRANT'],
  admin: ['CAN_ADMIN', 'CAN_GRANT'],
}

/** A time in the past, or `null` for what stands now. */
export type Moment = { atMs: number | null }

/** Edges that lead from somebody to what they may do that to. `isCertain` leaves out conditions that nobody could decide. */
export const rightsTo = (deed: Deed, { atMs }: Moment, isCertain: boolean): EdgeQuery => ({
  types: [...standing, ...givenBy[deed], 'CONTAINS'],
  ...whenOf(atMs),
  unconditionalOnly: isCertain,
})

export const whenOf = (atMs: number | null): { at?: number } => (atMs === null ? {} : { at: toSecondsDown(atMs) })
