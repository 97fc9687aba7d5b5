import { authorityOf, type EntityId, type Finding, type SubjectRef } from '#model'
import type { Detectors, PlacedSignal } from '#detect'
import { usingView, type EstateView } from '#estate'

import type { Scoped } from './projecting.ts'

/** An address that stands for more identities of one realm than this stands for nobody. */
const namesakesMax = 1

/**
 * Finds whom signals are about, as the estate stands. INVARIANT: an address leads to a finding only where exactly one
 * identity of the sender's own realm has it: what is ambiguous starts nothing. History (a backfill) starts nothing either.
 */
export function createSignalBook(parts: {
  view: () => EstateView | Promise<EstateView>
  detectors: Pick<Detectors, 'report'>
}) {
  const place = async (view: EstateView, subjects: readonly SubjectRef[]): Promise<EntityId | undefined> => {
    for (const subject of subjects) if ('entity' in subject) return subject.entity
    for (const subject of subjects) {
      if (!('find' in subject)) continue
      const found = await whoHas(view, subject.find)
      if (found !== undefined) return found
    }
    return undefined
  }
  return {
    async match(items: readonly Scoped[]): Promise<Finding[]> {
      const told = items.flatMap(({ item, trust }) =>
        item.backfill === true ? [] : (item.signals ?? []).map((signal) => ({ signal, offset: item.offset, trust })),
      )
      if (told.length === 0) return []
      return usingView(parts.view(), async (view) => {
        const placed: PlacedSignal[] = []
        for (const one of told) {
          const entity = await place(view, one.signal.subjects)
          if (entity !== undefined) placed.push({ ...one, entity })
        }
        return parts.detectors.report(placed)
      })
    },
  }
}

async function whoHas(
  view: EstateView,
  { authority, attribute, value }: Extract<SubjectRef, { find: unknown }>['find'],
): Promise<EntityId | undefined> {
  const spellings = [...new Set([value, value.toLowerCase()])]
  const found = new Set<EntityId>()
  for (const spelling of spellings) {
    for (const entity of await view.find('identity', { [attribute]: spelling })) {
      if (authorityOf(entity) === authority) found.add(entity)
    }
  }
  return found.size === namesakesMax ? [...found][0] : undefined
}
