import { anthropicActions, anthropicConnector, anthropicOrigins, type AnthropicConfig } from '#connectors/anthropic'
import type { ContainAction } from '#respond/contract'

import { openStages, verbIn } from '../cordon.ts'
import type { Company } from './company.ts'

/** Cordon's own stages around the connector, on the company's clock. */
export const openCordon = ({ clock, config, secrets, twin }: Company) =>
  openStages({
    connector: anthropicConnector,
    config,
    authority: twin.state.organization,
    clock,
    origins: anthropicOrigins(config),
    secretsOf: (use) => secrets[use],
  })

export const actionOf = (verb: string): ContainAction<AnthropicConfig> => verbIn(anthropicActions, verb)
