import { githubActions, githubConnector, githubOrigins, type GithubConfig } from '#connectors/github'
import type { ContainAction } from '#respond/contract'

import { openStages, verbIn } from '../cordon.ts'
import type { Company } from './company.ts'

/** Cordon's own stages around the connector, on the company's clock. */
export const openCordon = ({ clock, config, keys, twin }: Company) =>
  openStages({
    connector: githubConnector,
    config,
    authority: `${new URL(twin.url).host}/org/${twin.state.org.id}`,
    clock,
    origins: githubOrigins(config),
    secretsOf: (use) => ({ privateKey: keys[use] }),
  })
export type Cordon = ReturnType<typeof openCordon>

export const actionOf = (verb: string): ContainAction<GithubConfig> => verbIn(githubActions, verb)
