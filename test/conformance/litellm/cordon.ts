import { litellmActions, litellmConnector, litellmOrigins, type LitellmConfig } from '#connectors/litellm'
import type { ContainAction } from '#respond/contract'

import { openStages, verbIn } from '../cordon.ts'
import type { Company } from './company.ts'

/** Cordon's own stages around the connector, on the company's clock. */
export const openCordon = ({ clock, config, keys }: Company) =>
  openStages({
    connector: litellmConnector,
    config,
    authority: new URL(config.url).host,
    clock,
    origins: litellmOrigins(config),
    secretsOf: (use) => ({ key: keys[use] }),
  })
export type Cordon = ReturnType<typeof openCordon>

export const actionOf = (verb: string): ContainAction<LitellmConfig> => verbIn(litellmActions, verb)
