import type { TenantId } from '#model'
import { signalSteps } from '#respond/findings'
import type { Reader } from '#store'

import type { BehaviourDesk } from './behaviour-desk.ts'

const pageMax = 1_000

/** What people said of behaviour's signals, from the store into behaviour, each word once. Read before acts are judged. */
export function createWeightBook({
  reader,
  tenant,
  behaviour,
}: {
  reader: Reader
  tenant: TenantId
  behaviour: Pick<BehaviourDesk, 'weigh'>
}): { refresh(): void } {
  let place = 0
  return {
    refresh() {
      for (;;) {
        const page = signalSteps(reader, tenant, place, pageMax)
        const last = page.at(-1)
        if (last === undefined) return
        behaviour.weigh(page.map(({ step }) => step))
        place = last.place
        if (page.length < pageMax) return
      }
    },
  }
}
