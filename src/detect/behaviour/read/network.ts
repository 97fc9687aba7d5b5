import { networkOf as networkOfAddress } from '#kit'

import { remembered } from './remembered.ts'

const originCharsMax = 200

/** The network of an origin. A name (a cloud's own service, a host) stands for itself. */
export const networkOf = remembered(
  (origin) => networkOfAddress(origin) ?? origin.slice(0, originCharsMax).toLowerCase(),
)
