import { LeaseError } from './error.ts'

const minuteMs = 60_000
export const leaseForMsMin = 1_000
/** What lasts longer is no lease: give it for good, or ask anew. */
export const leaseForMsMax = 7 * 24 * 60 * minuteMs
/** Asked for or held at a time, of one tenant. */
export const leasesOpenMax = 1_000
export const leasesPerPersonMax = 10
/** What nobody approves within this time lapses. */
export const askedLifeMs = 24 * 60 * minuteMs
/** Not proven gone so long after its end: a survivor, and people are told. */
export const endWithinMs = 5 * minuteMs

/** Of what is open now: all, and of the one who asks for more. */
export function refuseTooMany(open: readonly { member: string }[], member: string): void {
  const theirs = open.filter((one) => one.member === member).length
  if (open.length < leasesOpenMax && theirs < leasesPerPersonMax) return
  const [many, whose] = theirs >= leasesPerPersonMax ? [theirs, `of \`${member}\` are open`] : [open.length, 'are open']
  throw new LeaseError('ERR_LEASE_FULL', `${many} leases ${whose} already, and no more may be`, {
    hint: '`cordon lease list` shows them, and `cordon lease end` ends one',
  })
}

export function refuseTerm(forMs: number): void {
  if (forMs >= leaseForMsMin && forMs <= leaseForMsMax) return
  throw new LeaseError(
    'ERR_LEASE_TERM',
    `a lease lasts from a second to ${leaseForMsMax / (24 * 60 * minuteMs)} days`,
    {
      place: 'forMs',
      hint: 'for example --for 4h',
    },
  )
}
