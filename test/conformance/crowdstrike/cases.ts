import assert from 'node:assert/strict'

import { entityId, type EntityId } from '#model'
import { crowdstrikeActions, crowdstrikeOrigins } from '#connectors/crowdstrike'

import { settle } from '../../../lab/twins/crowdstrike/state.ts'
import { defineTrial, delayOf, type ActionCase } from '../actions.ts'
import { stateText } from '../cordon.ts'
import { foundCompany, signIn, type Company } from './company.ts'
import { openCordon } from './cordon.ts'

export const at = ({ twin }: Company, kind: 'host' | 'credential' | 'identity', native: string): EntityId =>
  entityId(kind, twin.state.cid, native)

export const cases: ActionCase<Company>[] = [
  {
    verb: 'crowdstrike.host.contain',
    delay: delayOf('sensorDelayMs', 'the sensor'),
    isRestored: true,
    set: (company) => ({
      target: at(company, 'host', `device/${company.runner.id}`),
      // What runs there reaches the network until the sensor has cut it off.
      works: () => {
        settle(company.twin.state, company.clock.nowMs())
        return Promise.resolve(company.runner.status === 'normal' || company.runner.status === 'containment_pending')
      },
    }),
  },
  {
    verb: 'crowdstrike.client.delete',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'credential', `client/${company.stolen.id}`),
      works: async () => (await signIn(company, company.stolen)) !== undefined,
    }),
  },
  {
    verb: 'crowdstrike.user.roles.revoke',
    isRestored: true,
    set: (company) => ({
      target: at(company, 'identity', `user/${company.ada.uuid}`),
      works: () => Promise.resolve(company.ada.grants.length > 0),
    }),
  },
]

/** Tokens are Cordon's own comings and goings. */
const held = ({ twin: { state } }: Company): string => {
  settle(state, 0)
  return stateText({
    ...state,
    tokens: null,
    pointers: null,
    next: null,
    devices: [...state.devices.values()].map(({ status }) => status),
  })
}

export const trial = defineTrial({
  actions: crowdstrikeActions,
  cases,
  found: () => foundCompany(),
  cordon: openCordon,
  hold({ twin: { state }, config }, scopes) {
    const client = state.clients.get(config.containClientId ?? '')
    assert.ok(client)
    client.scopes = [...scopes]
  },
  origins: ({ config }) => crowdstrikeOrigins(config),
  isChange: ({ pathname }, method) => method === 'DELETE' || /devices-actions|user-role-actions/.test(pathname),
  settle: ({ clock, twin }) => clock.pass(twin.settings.sensorDelayMs + 1_000),
  heldBy: held,
  refusesToo: { foreignSource: true, spared: true },
  refusal: 'ERR_CROWDSTRIKE_TARGET',
  elsewhere: 'f'.repeat(32),
})
