import { systemClock } from '#kit'
import type { reachedFrom } from '#access'

import type { SizeName } from '../../lab/estate/company/model.ts'
import { startEstate, type Estate, type EstateOptions } from '../../lab/estate/estate.ts'
import { openCordon, type Cordon } from '../conformance/estate/cordon.ts'
import { wordFor } from '../conformance/estate/exposure.ts'
import { keys, roles } from '../conformance/estate/source.ts'

/** The reference estate without a past, in the real server that `real` names and in no twin. */
export const startReal = (seed: number, size: SizeName, real: Partial<EstateOptions>): Promise<Estate> =>
  startEstate({ seed, size, roles, keys, clock: systemClock, density: 0, only: [], ...real })

/** Cordon over all that the estate has, read to its end; of logs nothing. */
export const readReal = ({ fills }: Estate, options?: Parameters<typeof openCordon>[3]): Promise<Cordon> =>
  openCordon(
    fills.map(({ source }) => source),
    systemClock,
    0,
    options,
  )

/** As things stand now; of use nothing is asked. */
export const moment = { atMs: null, used: { fromMs: 0, toMs: 1 }, sight: { byAuthority: {}, late: [] } }

type Things = Awaited<ReturnType<typeof reachedFrom>>['things']

/** What Cordon says can be done so with these things, in the prober's words, sorted. `form`: of those alone. */
export const saidOf = (
  cordon: Cordon,
  things: Things,
  deed: 'read' | 'write',
  of: 'may' | 'perhaps',
  form = /./,
): string[] =>
  things
    .flatMap((thing) => {
      const word = thing[of].includes(deed) ? wordFor(cordon, thing.resource) : undefined
      return word !== undefined && form.test(word) ? [word] : []
    })
    .sort()
