import assert from 'node:assert/strict'

import { entityId, type EntityId } from '#model'
import { litellmActions, litellmOrigins } from '#connectors/litellm'

import { skewMs } from '../../../src/connectors/litellm/actions/context.ts'
import { reloadMs } from '../../../src/connectors/litellm/actions/deployment.ts'
import { defineTrial, type ActionCase, type VendorDelay } from '../actions.ts'
import { stateText } from '../cordon.ts'
import { foundCompany, type Company } from './company.ts'
import { openCordon } from './cordon.ts'
import { works } from './thief.ts'

export const at = ({ config }: Company, kind: 'identity' | 'credential' | 'resource', native: string): EntityId =>
  entityId(kind, new URL(config.url).host, native)

/** Does anything of what is sent to the model reach this deployment? */
const leadsTo =
  ({ twin, bosses, deployment }: Company, id = deployment.id) =>
  async (): Promise<boolean> => {
    const { deliveries } = twin.gateway.state
    deliveries.length = 0
    await works(twin.url, bosses.value)
    return deliveries.some(({ deployment: to }) => to === id)
  }

/** A worker goes on from its memory; the connector waits for as long as its configuration says that lasts, by three clocks. */
const memory: VendorDelay<Company> = {
  of: 'the memory of the workers, and 5 s for three clocks',
  ms: ({ config }) => config.keyCacheSeconds * 1_000 + skewMs,
}
/** Each call that is still let through is counted, and moves the time from which memory is reckoned. */
const countedMemory: VendorDelay<Company> = {
  of: `${memory.of}, from the last call let through`,
  ms: (company) => 2 * company.config.keyCacheSeconds * 1_000 - triedAgainMs + skewMs,
}
/** The thief's last call before the memory is over may be as old as this. */
const triedAgainMs = 1_000
const reload: VendorDelay<Company> = { of: 'the reading anew of deployments', ms: () => reloadMs }

export const cases: ActionCase<Company>[] = [
  {
    verb: 'litellm.model.block',
    delay: reload,
    isRestored: true,
    set: (company) => ({
      target: at(company, 'resource', `deployment/${company.deployment.id}`),
      works: leadsTo(company),
    }),
  },
  {
    verb: 'litellm.key.block',
    delay: memory,
    isRestored: true,
    set: (company) => ({
      target: at(company, 'credential', `key/${company.adas.key.token}`),
      works: () => works(company.twin.url, company.adas.value),
    }),
  },
  {
    verb: 'litellm.team.block',
    delay: countedMemory,
    isRestored: true,
    set: (company) => ({
      target: at(company, 'identity', `team/${company.crew.team_id}`),
      works: () => works(company.twin.url, company.crews.value),
    }),
  },
  {
    verb: 'litellm.user.block',
    delay: memory,
    isInSteps: true,
    isRestored: true,
    set: (company) => ({
      target: at(company, 'identity', 'user/ada'),
      works: () => works(company.twin.url, company.adas.value),
    }),
  },
  {
    verb: 'litellm.key.delete',
    delay: memory,
    isRestored: false,
    set: (company) => ({
      target: at(company, 'credential', `key/${company.adas.key.token}`),
      works: () => works(company.twin.url, company.adas.value),
      lent: company.adas.value,
    }),
  },
  {
    verb: 'litellm.model.delete',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'resource', `deployment/${company.deployment.id}`),
      works: leadsTo(company),
    }),
  },
]

export const stateOf = ({ twin: { gateway } }: Company): string => stateText({ ...gateway.state, deliveries: [] })

export const trial = defineTrial({
  actions: litellmActions,
  cases,
  found: () => foundCompany(),
  cordon: openCordon,
  hold({ twin: { gateway } }, scopes) {
    const key = [...gateway.state.keys.values()].find(({ user_id: user }) => user === 'cordon-contain')
    assert.ok(key)
    key.allowed_routes = [...scopes]
  },
  origins: ({ config }) => litellmOrigins(config),
  isChange: (_, method) => method === 'POST',
  // Until every worker's memory has run out.
  settle: ({ clock, twin }) => clock.pass(twin.settings.cacheMs + 6_000),
  heldBy: stateOf,
  refusal: 'ERR_LITELLM_TARGET',
  elsewhere: 'elsewhere.example',
})
