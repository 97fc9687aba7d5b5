import type { JsonObject } from '#kit'

import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { startKubernetesTwin, type KubernetesTwin } from '../../../lab/twins/kubernetes/twin.ts'
import { ask as askAnybody } from '../ask.ts'
import type { Ask, Cluster } from './cluster.ts'

export type TwinCluster = Cluster & { twin: KubernetesTwin; clock: TwinClock }

/** The twin as a cluster to test against: what is done to Kubernetes itself in test/systems is done to it. */
export async function openTwinCluster(): Promise<TwinCluster> {
  const clock = new TwinClock(Date.UTC(2026, 2, 24, 12))
  const twin = await startKubernetesTwin({ clock })
  const asking =
    (identity: Readonly<Record<string, string>>): Ask =>
    (method, path, body) =>
      askAnybody(`${twin.url}${path}`, identity, method, body)
  const withCertificate = (user: string, groups: readonly string[]): Ask =>
    asking({ 'x-remote-user': user, 'x-remote-group': groups.join(',') })
  return {
    twin,
    clock,
    url: twin.url,
    ca: undefined,
    admin: withCertificate('admin', ['system:masters']),
    withToken: (token) => asking({ authorization: `Bearer ${token}` }),
    withCertificate,
    audit: () => Promise.resolve<JsonObject[]>([...twin.state.audit]),
    settled: async (done) => {
      // The twin's controllers work at once; what it remembers of tokens passes with its clock.
      for (let tries = 0; !(await done()) && tries < 100; tries++) clock.pass(1_000)
    },
    close: () => twin.close(),
  }
}
