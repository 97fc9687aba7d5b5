import { nothingNormalized, type Normalized } from '#model'

import type { Coverage } from './connector.ts'

/** Of a connector that is written to and never read: it shows nothing, so nothing is missing when it is silent. */
export const tellsNothing = {
  streams: [],
  coverage: (): Coverage => ({ sees: [], logged: [], blind: [] }),
  normalize: (): Normalized => nothingNormalized(),
} as const
