import { entityId, type EntityId } from '#model'
import { fleetActions, fleetOrigins } from '#connectors/fleet'

import { settle } from '../../../lab/twins/fleet/state.ts'
import { defineTrial, delayOf, type ActionCase } from '../actions.ts'
import { stateText } from '../cordon.ts'
import { foundCompany, opens, type Company } from './company.ts'
import { openCordon } from './cordon.ts'

export const at = ({ authority }: Company, kind: 'host' | 'identity' | 'credential', native: string): EntityId =>
  entityId(kind, authority, native)

const cases: ActionCase<Company>[] = [
  {
    verb: 'fleet.session.end',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'credential', `session/${company.ada.id}/${company.stolen.id}`),
      works: () => opens(company, company.stolen.token),
    }),
  },
  {
    verb: 'fleet.user.sessions.end',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'identity', `user/${company.ada.id}`),
      works: () => opens(company, company.stolen.token),
    }),
  },
  {
    verb: 'fleet.host.lock',
    delay: delayOf('callEveryMs', 'the call of the host'),
    isRestored: true,
    set: (company) => ({
      target: at(company, 'host', `host/${company.runner.id}`),
      // Somebody who sits at the host.
      works: () => {
        settle(company.twin.state, company.clock.nowMs())
        return Promise.resolve(company.runner.lock === 'unlocked')
      },
    }),
  },
]
const held = ({ twin: { state } }: Company): string =>
  stateText({
    sessions: [...state.sessions.keys()],
    hosts: [...state.hosts.values()].map(({ lock, pending }) => [lock, pending]),
  })

export const trial = defineTrial({
  actions: fleetActions,
  cases,
  found: () => foundCompany(),
  cordon: openCordon,
  origins: ({ config }) => fleetOrigins(config),
  isChange: (_, method) => method !== 'GET',
  settle: ({ clock, twin }) => clock.pass(twin.settings.callEveryMs + 1_000),
  heldBy: held,
  refusesToo: { spared: true },
  refusal: 'ERR_FLEET_TARGET',
  elsewhere: 'elsewhere',
})
