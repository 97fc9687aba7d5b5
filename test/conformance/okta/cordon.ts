import { oktaActions, oktaConnector, oktaOrigins, type OktaConfig } from '#connectors/okta'
import type { ContainAction } from '#respond/contract'

import { openStages, verbIn } from '../cordon.ts'
import type { Company } from './company.ts'

/** Cordon's own stages around the connector, on the company's clock. */
export const openCordon = ({ clock, config, keys, twin }: Company) =>
  openStages({
    connector: oktaConnector,
    config,
    authority: twin.state.org,
    clock,
    origins: oktaOrigins(config),
    secretsOf: (use) => ({ privateKey: keys[use] }),
  })
export type Cordon = ReturnType<typeof openCordon>

export const actionOf = (verb: string): ContainAction<OktaConfig> => verbIn(oktaActions, verb)
