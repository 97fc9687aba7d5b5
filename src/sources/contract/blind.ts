import type { Topic } from '#model'

import { VendorError } from './answer.ts'
import { isRefusedAsAbsent } from './inside.ts'

/**
 * What a run could not read for want of a right, in words for people. `of` names it for good: the list, or the list and a
 * part of it (`resources/queues`), never a single thing. `thing`: the vendor's own id of the one thing whose part it is; absent:
 * nothing of `of` can be read here. `untold`: what posture cannot say meanwhile; absent: all that rests on the list.
 */
export type Blind = { of: string; says: string; thing?: string; untold?: readonly Topic[] }

/** Of the parts of a page: what could not be read, and, by `of`, of what something was. */
export type PartsSeen = { blind: Blind[]; read: Set<string> }
export const freshParts = (): PartsSeen => ({ blind: [], read: new Set() })
export type Part = { of: string; what: string; thing?: string; untold?: readonly Topic[] }

export const isScopeRefusal = (error: unknown): error is VendorError =>
  error instanceof VendorError && error.code === 'ERR_VENDOR_SCOPE'

/** What `read` gives; `none`, and a sentence in `parts`, where the vendor refuses it for want of a right. */
export const readOrBlind = <T>(parts: PartsSeen, part: Part, none: T, read: () => Promise<T>): Promise<T> =>
  readUnless(isScopeRefusal, parts, part, none, read)

/** The same of a thing that is read with a key of its own: one that is absent, or taken no more, blinds that thing alone. */
export const readByOwnKeyOrBlind = <T>(parts: PartsSeen, part: Part, none: T, read: () => Promise<T>): Promise<T> =>
  readUnless(isKeyRefusal, parts, part, none, read)

/** No right to ask, or a key that is taken no more. */
export const isKeyRefusal = (error: unknown): error is VendorError =>
  isScopeRefusal(error) || (error instanceof VendorError && error.code === 'ERR_VENDOR_AUTH' && !error.retryable)

async function readUnless<T>(
  isRefusal: (error: unknown) => error is VendorError,
  parts: PartsSeen,
  part: Part,
  none: T,
  read: () => Promise<T>,
): Promise<T> {
  try {
    const found = await read()
    parts.read.add(part.of)
    return found
  } catch (error) {
    if (!isRefusal(error)) throw error
    return blindTo(parts, part, none, error.message)
  }
}

/**
 * The same of what is inside a thing that a list named before. The vendor may say of a part that it hides that there is none:
 * it is believed where the thing itself `isThere` no more, by the error that `readUnlessGone` around it catches.
 */
export async function readInsideOrBlind<T>(
  parts: PartsSeen,
  part: Part,
  none: T,
  isThere: () => Promise<boolean>,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await readOrBlind(parts, part, none, read)
  } catch (error) {
    if (!isRefusedAsAbsent(error) || !(await isThere())) throw error
    return blindTo(parts, part, none, 'the vendor says there is none, of a thing that is there')
  }
}

function blindTo<T>({ blind }: PartsSeen, { of, what, thing, untold }: Part, none: T, why: string): T {
  blind.push({
    of,
    says: `${what} not read${thing === undefined ? '' : ` (\`${thing}\`)`}: ${why}`,
    ...(thing === undefined ? {} : { thing }),
    ...(untold === undefined ? {} : { untold }),
  })
  return none
}
