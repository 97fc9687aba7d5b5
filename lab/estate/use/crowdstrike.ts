import type { JsonObject } from 'cordon/kit'

import { alertOf } from '../../twins/crowdstrike/console.ts'
import type { Device } from '../../twins/crowdstrike/state.ts'
import type { CrowdstrikeTwin } from '../../twins/crowdstrike/twin.ts'
import { numbered } from '../../twins/kit/past-pages.ts'
import type { Company } from '../company/model.ts'
import { makePast, yearOf, type Actor, type Pasts } from './past.ts'
import { officeActors } from './people.ts'

const perHour = 0.04
type Sensor = Actor & { device: Device; user: string }
/** What a sensor takes for worth telling, and is nothing. */
const alarms = [
  { title: 'Unusual command line', severity: 'Informational', file: 'bash' },
  { title: 'Script interpreter started by a build', severity: 'Informational', file: 'node' },
  { title: 'Package manager reaches a new address', severity: 'Low', file: 'pip' },
] as const

/** A year of alerts that mean nothing: of laptops while their people work, of servers and runners at any hour. */
export function useCrowdstrike({ state }: CrowdstrikeTwin, company: Company, density: number): Pasts {
  const hosts = new Map([...state.devices.values()].map((device) => [device.hostname, device]))
  const sensors = company.hosts.flatMap(({ id, owner }): Sensor[] => {
    const device = hosts.get(id)
    if (device === undefined) return []
    const always = { startMs: company.yearMs, endMs: null, offsetHours: 0, rhythm: 'machine', perHour } as const
    if (owner === null) return [{ ...always, device, user: 'root' }]
    const user = company.people[owner]?.email ?? ''
    return officeActors(company, ({ n }) => n === owner, perHour).map((actor) => ({ ...actor, device, user }))
  })
  const past = makePast<Sensor, JsonObject>({
    ...yearOf(company, density),
    place: 'crowdstrike/alerts',
    actors: sensors,
    act: ({ device, user }, atMs, draw, id) =>
      alertOf(state.cid, device, { ...draw.pick(alarms), user }, { atMs, id: id.replaceAll('/', '-') }),
    fixed: [],
  })
  state.pastAlerts = numbered(past)
  return { alerts: past }
}
