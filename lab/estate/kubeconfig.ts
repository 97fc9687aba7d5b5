import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

import type { Json } from 'cordon/kit'
import { parse } from 'yaml'

import { listAt, objectAt, textAt } from '../twins/kubernetes/at.ts'
import type { KubernetesServer } from './fill/cluster.ts'

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * The cluster of the current context of a kubeconfig, whose user has a client certificate: what `kind`, `k3s` and `minikube`
 * write. On this machine alone: what it is filled with are administrators whose tokens stand in the ground truth.
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export function readKubeconfig(file: string): KubernetesServer {
  const config: Json = parse(readFileSync(file, 'utf8'), { maxAliasCount: 0 })
  const called = (list: string, name: string): Json | undefined =>
    listAt(config, list).find((one) => textAt(one, 'name') === name)
  const contextName = textAt(config, 'current-context')
  const context = called('contexts', contextName)
  if (context === undefined) throw new Error(`\`${file}\` has no context \`${contextName}\`: set \`current-context\``)
  const cluster = objectAt(called('clusters', textAt(context, 'context', 'cluster')), 'cluster')
  const user = objectAt(called('users', textAt(context, 'context', 'user')), 'user')
  const pem = (of: Json, key: string): string => {
    const path = textAt(of, key)
    const found =
      path === ''
        ? Buffer.from(textAt(of, `${key}-data`), 'base64').toString('utf8')
        : readFileSync(resolve(dirname(file), path), 'utf8')
    if (!found.includes('-----BEGIN')) throw new Error(`the context of \`${file}\` has no \`${key}\` in PEM`)
    return found
  }
  const url = textAt(cluster, 'server')
  if (!URL.canParse(url) || !loopback.has(new URL(url).hostname))
    throw new Error(`the cluster of \`${file}\` is \`${url}\`: give one on this machine`)
  const ca = pem(cluster, 'certificate-authority')
  return { url: new URL(url).origin, ca, cert: pem(user, 'client-certificate'), key: pem(user, 'client-key') }
}
