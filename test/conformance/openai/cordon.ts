import { openaiActions, openaiConnector, openaiOrigins, type OpenaiConfig } from '#connectors/openai'
import type { ContainAction } from '#respond/contract'

import { openStages, verbIn } from '../cordon.ts'
import type { Company } from './company.ts'

/** Cordon's own stages around the connector, on the company's clock. */
export const openCordon = ({ clock, config, secrets, twin }: Company) =>
  openStages({
    connector: openaiConnector,
    config,
    authority: twin.state.organization,
    clock,
    origins: openaiOrigins(config),
    secretsOf: (use) => secrets[use],
  })

export const actionOf = (verb: string): ContainAction<OpenaiConfig> => verbIn(openaiActions, verb)
