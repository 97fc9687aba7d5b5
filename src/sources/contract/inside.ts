import { VendorError } from './answer.ts'

/**
 * What is inside of a thing that a list named before; `none` where it is gone since, or an inventory would stand still at it
 * for hours. INVARIANT: a refusal of a part does not say so (the vendor may not know the part, or hide it): before anything
 * is left out, the thing itself is asked for, and where it `isThere` the error stands.
 */
export async function readUnlessGone<T>(none: T, isThere: () => Promise<boolean>, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!isRefusedAsAbsent(error) || (await isThere())) throw error
    return none
  }
}

/** A part that is not there, or that the vendor hides. */
export const isRefusedAsAbsent = (error: unknown): boolean =>
  error instanceof VendorError &&
  (error.code === 'ERR_VENDOR_ABSENT' || (error.code === 'ERR_VENDOR_REFUSED' && !error.retryable))
