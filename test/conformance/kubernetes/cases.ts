import { kubernetesActions } from '#connectors/kubernetes'

import { tokenCacheMs } from '../../../lab/twins/kubernetes/caller.ts'
import type { ActionCase, Tried, VendorDelay } from '../actions.ts'
import { cases } from './actions.ts'
import { foundCompany, must, type Company } from './company.ts'
import { openCordon } from './cordon.ts'
import { openTwinCluster } from './twin-cluster.ts'

type Config = Company['config']
type Founded = Company & { clock: Awaited<ReturnType<typeof openTwinCluster>>['clock']; close(): Promise<void> }

const memory: VendorDelay<Founded> = { of: "the API server's memory of tokens", ms: () => tokenCacheMs }

/** What is done to a cluster of Kubernetes' own in test/systems, each time to a twin of its own. */
export const tried: Tried<Founded, Config, ActionCase<Founded>> = {
  actions: kubernetesActions,
  cases: cases.map(({ verb, says, set, isRestored }) => ({
    verb,
    ...(says.includes('token') ? { delay: memory } : {}),
    name: says,
    isRestored: isRestored === true,
    async set(company) {
      const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'breached' } }
      await must(company.cluster.admin, 'POST', '/api/v1/namespaces', body)
      return set(company, 'breached')
    },
  })),
  async found() {
    const cluster = await openTwinCluster()
    const company = await foundCompany(cluster, { enforcesNetworkPolicy: true })
    return { ...company, clock: cluster.clock, close: () => cluster.close() }
  },
  cordon: openCordon,
}
