import { fleetActions, fleetConnector, fleetOrigins, type FleetConfig } from '#connectors/fleet'
import type { ContainAction } from '#respond/contract'

import { openHouse, openStages, verbIn } from '../cordon.ts'
import type { Company } from './company.ts'

/** Cordon's own stages around the connector, on the company's clock. */
export const openCordon = ({ clock, config, tokens, authority }: Company, house = openHouse()) =>
  openStages({
    connector: fleetConnector,
    config,
    authority,
    clock,
    origins: fleetOrigins(config),
    secretsOf: (use) => ({ token: tokens[use] }),
    house,
  })
export type Cordon = ReturnType<typeof openCordon>

export const actionOf = (verb: string): ContainAction<FleetConfig> => verbIn(fleetActions, verb)
