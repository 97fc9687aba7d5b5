import { slackActions, slackConnector, slackOrigins, type SlackConfig } from '#connectors/slack'
import type { ContainAction } from '#respond/contract'

import { openStages, verbIn } from '../cordon.ts'
import type { Company } from './company.ts'

/** Cordon's own stages around the connector, on the company's clock. */
export const openCordon = ({ clock, config, tokens, twin }: Company) =>
  openStages({
    connector: slackConnector,
    config,
    authority: twin.state.org,
    clock,
    origins: slackOrigins(config),
    secretsOf: (use) => (use === 'see' ? { token: tokens.see } : { token: tokens.contain, scimToken: tokens.scim }),
  })
export type Cordon = ReturnType<typeof openCordon>

export const actionOf = (verb: string): ContainAction<SlackConfig> => verbIn(slackActions, verb)
