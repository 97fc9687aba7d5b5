import { createHttp, sendTrusting, systemClock } from '#kit'
import {
  kubernetesActions,
  kubernetesConnector,
  kubernetesOrigins,
  type KubernetesConfig,
} from '#connectors/kubernetes'
import type { ContainAction } from '#respond/contract'

import { openStages, verbIn } from '../cordon.ts'
import type { Company } from './company.ts'

/** Cordon's own stages around the connector, on the cluster's clock. */
export function openCordon({ cluster, config, tokens, authority }: Company) {
  const origins = kubernetesOrigins(config)
  const { ca, clock = systemClock } = cluster
  return openStages({
    connector: kubernetesConnector,
    config,
    authority,
    clock,
    origins,
    secretsOf: (use) => ({ token: tokens[use] }),
    ...(ca === undefined ? {} : { base: createHttp(origins, sendTrusting(ca)) }),
  })
}
export type Cordon = ReturnType<typeof openCordon>

export const actionOf = (verb: string): ContainAction<KubernetesConfig> => verbIn(kubernetesActions, verb)
