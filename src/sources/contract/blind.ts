import type { Topic } from '#model'

import { VendorError } from './answer.ts'

/**
 * What a run could not read for want of a right, in words for people. `of` names it for good: the list, or the list and a
 * part of it (`resources/queues`), never a single thing. `untold`: what posture cannot say meanwhile; absent: all that
 * rests on the list.
 */
export type Blind = { of: string; says: string; untold?: readonly Topic[] }

export const isScopeRefusal = (error: unknown): error is VendorError =>
  error instanceof VendorError && error.code === 'ERR_VENDOR_SCOPE'

/** What `read` gives; `none`, and a sentence in `blind`, where the vendor refuses it for want of a right. */
export async function readOrBlind<T>(
  blind: Blind[],
  { of, what, untold }: { of: string; what: string; untold?: readonly Topic[] },
  none: T,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!isScopeRefusal(error)) throw error
    blind.push({ of, says: `${what} not read: ${error.message}`, ...(untold === undefined ? {} : { untold }) })
    return none
  }
}
