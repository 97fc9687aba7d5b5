import {
  huggingfaceActions,
  huggingfaceConnector,
  huggingfaceOrigins,
  type HuggingfaceConfig,
} from '#connectors/huggingface'
import type { ContainAction } from '#respond/contract'

import { openStages, verbIn } from '../cordon.ts'
import type { Company } from './company.ts'

/** Cordon's own stages around the connector, on the company's clock. */
export const openCordon = ({ clock, config, secrets, twin }: Company) =>
  openStages({
    connector: huggingfaceConnector,
    config,
    authority: twin.state.organization.id,
    clock,
    origins: huggingfaceOrigins(config),
    secretsOf: (use) => secrets[use],
  })

export const actionOf = (verb: string): ContainAction<HuggingfaceConfig> => verbIn(huggingfaceActions, verb)
