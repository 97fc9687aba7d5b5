import { formatTime, type Clock } from '#kit'
import type { TenantId } from '#model'
import {
  AccessError,
  entityCalled,
  reachedFrom,
  readersOf,
  showReached,
  showReaders,
  subjectOf,
  type Moment,
  type Reached,
  type Readers,
  type Sight,
} from '#access'
import { usingView, type EstateView } from '#estate'
import type { AccessDesk } from '#api'

import { keepFor, pageOf } from './kept-answers.ts'
import type { TrimDesk } from './trim-desk.ts'
import type { TrimStages } from './trim-stages.ts'

/** Who read it and cannot be explained: shown of them. */
const othersMax = 200

export type AccessParts = {
  tenant: TenantId
  clock: Clock
  view(): Promise<EstateView>
  sight(): Sight
  gaps: AccessDesk['gaps']
  trim: TrimDesk
  trimStages: TrimStages
}

/** Who can read what, through what, and who did. */
export function createAccessDesk({ clock, view: open, sight, gaps, trim, trimStages }: AccessParts): AccessDesk {
  const readers = keepFor<Readers>(clock)
  const reached = keepFor<Reached>(clock)

  function momentOf(atMs: number | undefined): Moment {
    if (atMs === undefined) return { atMs: null }
    if (atMs <= clock.nowMs() && atMs >= 0) return { atMs }
    throw new AccessError('ERR_ACCESS_TIME', `\`${formatTime(atMs)}\` is no time in the past`, {
      place: 'atMs',
      hint: 'leave it out for what stands now',
    })
  }

  return {
    gaps,
    trim,
    ...trimStages,
    readers: ({ of, atMs, usedMs, after, max }) =>
      usingView(open(), async (view) => {
        const moment = momentOf(atMs)
        const toMs = moment.atMs ?? clock.nowMs()
        const named = await entityCalled(view, of, ['resource', 'class'], 'of')
        const found = await readers(JSON.stringify([named, atMs, usedMs]), after === undefined, async () =>
          readersOf(view, await subjectOf(view, named, moment), {
            ...moment,
            used: { fromMs: Math.max(0, toMs - usedMs), toMs },
            sight: sight(),
          }),
        )
        const page = pageOf(found.readers, ({ entity }) => entity, after, max)
        const shown = await showReaders(view, found.subject, page, moment)
        const { roots, inside } = found.subject
        return {
          asOf: found.asOf,
          atMs: moment.atMs,
          of: named,
          roots: roots.length,
          inside: inside.length,
          used: { fromMs: Math.max(0, toMs - usedMs), toMs },
          total: found.readers.length,
          certain: found.readers.filter(({ certain }) => certain).length,
          ...shown,
          readsLogged: found.readsLogged,
          isCut: found.isCut,
          others: after === undefined ? found.others.slice(0, othersMax) : [],
          othersTotal: found.others.length,
          lacking: found.lacking,
          limits: found.limits,
        }
      }),
    reach: ({ of, atMs, after, max }) =>
      usingView(open(), async (view) => {
        const moment = momentOf(atMs)
        const named = await entityCalled(view, of, ['identity', 'app', 'credential'], 'of')
        const found = await reached(JSON.stringify([named, atMs]), after === undefined, () =>
          reachedFrom(view, named, { ...moment, sight: sight() }),
        )
        const page = pageOf(found.things, ({ resource }) => resource, after, max)
        return {
          asOf: found.asOf,
          atMs: moment.atMs,
          of: named,
          total: found.things.length,
          people: found.people,
          ...(await showReached(view, named, page, moment)),
          lacking: found.lacking,
          limits: found.limits,
        }
      }),
  }
}
