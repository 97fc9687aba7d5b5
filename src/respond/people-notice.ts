import type { Clock } from '#kit'
import type { TenantId } from '#model'
import { usingView, type EstateView } from '#estate'
import type { Reader, Writer } from '#store'

import type { Expose } from './assessing.ts'
import { personsToNotify } from './assess/notice.ts'
import { beginPeople, consentPeople, endPeople } from './commands.ts'
import { needIncident, toIncident } from './rows.ts'
import type { Responder } from './types.ts'

/** Who the people of an incident are: counted by the estate, and looked up only with consents and a leaf before it. */
export function createPeopleNotice(parts: {
  writer: Writer
  reader: Reader
  clock: Clock
  view(tenant: TenantId): EstateView | Promise<EstateView>
  expose: Expose
}): Pick<Responder, 'personsToNotify' | 'consentPeople' | 'beginPeople' | 'endPeople'> {
  const { writer, reader, clock, view: viewOf, expose } = parts
  return {
    async personsToNotify(tenant, id, set) {
      const { trigger, window, further = [] } = toIncident(reader, needIncident(reader, tenant, id))
      return usingView(viewOf(tenant), async (view) => {
        const atMs = clock.nowMs()
        const exposure = await expose({ tenant, trigger, window, further, view, atMs })
        const persons = await personsToNotify(view, exposure, set, atMs)
        const { people, blindSpots } = exposure.impact
        return { asOf: exposure.asOf, persons, interval: people[set], blindSpots }
      })
    },
    async consentPeople(tenant, signed) {
      return (await writer.submit(consentPeople({ tenant, signed, atMs: clock.nowMs() })))[0]
    },
    async beginPeople(tenant, incident, people, by, persons) {
      await writer.submit(beginPeople({ tenant, incident, people, by, persons, atMs: clock.nowMs() }))
    },
    async endPeople(tenant, incident, people, counts) {
      await writer.submit(endPeople({ tenant, incident, people, ...counts, atMs: clock.nowMs() }))
    },
  }
}
