import { CordonError } from '#kit'
import type { Touch } from '#model'

import type { EstateView, TouchQuery } from './types.ts'

type OffsetTouch = Touch & { offset: number }

/**
 * Reads acts in slices: the estate refuses an answer over its bound, so a slice that is too large is halved in time. After
 * `actsMax` of them in all it reads no more, and `isCut` says so.
 */
export function openTouchReader(view: EstateView, actsMax: number) {
  let left = actsMax
  let isCut = false
  const read = async (query: TouchQuery): Promise<OffsetTouch[]> => {
    if (left <= 0) {
      isCut = true
      return []
    }
    try {
      const touches = await view.touches(query)
      left -= touches.length
      return touches
    } catch (error) {
      if (!(error instanceof CordonError) || error.code !== 'ERR_ESTATE_TOO_MANY') throw error
      const { fromMs, toMs } = query
      if (fromMs >= toMs) {
        isCut = true
        return []
      }
      const middle = Math.floor((fromMs + toMs) / 2)
      // A source's clock may be off, so an act near the middle is in both answers: it counts in the half of its time.
      const first = await read({ ...query, toMs: middle })
      const second = await read({ ...query, fromMs: middle + 1 })
      return [...first.filter(({ atMs }) => atMs <= middle), ...second.filter(({ atMs }) => atMs > middle)]
    }
  }
  return { read, isCut: () => isCut }
}
