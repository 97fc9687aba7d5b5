import { entraActions, entraConnector, entraOrigins, type EntraConfig } from '#connectors/entra'
import type { ContainAction } from '#respond/contract'

import { openStages, verbIn } from '../cordon.ts'
import type { Company } from './company.ts'

/** Cordon's own stages around the connector, on the company's clock. */
export const openCordon = ({ clock, config, pems, twin }: Company) =>
  openStages({
    connector: entraConnector,
    config,
    authority: twin.state.tenant,
    clock,
    origins: entraOrigins(config),
    secretsOf: (use) => ({ credential: pems[use] }),
  })

export const actionOf = (verb: string): ContainAction<EntraConfig> => verbIn(entraActions, verb)
