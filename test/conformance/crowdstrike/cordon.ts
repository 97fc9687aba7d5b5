import {
  crowdstrikeActions,
  crowdstrikeConnector,
  crowdstrikeOrigins,
  type CrowdstrikeConfig,
} from '#connectors/crowdstrike'
import type { ContainAction } from '#respond/contract'

import { openHouse, openStages, verbIn } from '../cordon.ts'
import type { Company } from './company.ts'

/** Cordon's own stages around the connector, on the company's clock. */
export const openCordon = ({ clock, config, secrets, twin }: Company, house = openHouse()) =>
  openStages({
    connector: crowdstrikeConnector,
    config,
    authority: twin.state.cid,
    clock,
    origins: crowdstrikeOrigins(config),
    secretsOf: (use) => ({ clientSecret: secrets[use] }),
    house,
  })
export type Cordon = ReturnType<typeof openCordon>

export const actionOf = (verb: string): ContainAction<CrowdstrikeConfig> => verbIn(crowdstrikeActions, verb)
