import { isObject, parseJson, type JsonObject } from 'cordon/kit'

import { listAt, textAt } from '../../twins/kubernetes/at.ts'
import { apiVersionOf, resourceOf } from '../../twins/kubernetes/resources.ts'
import { cordonAccount, cordonConfig, planCordon, scopesOfCordon } from '../cluster/cordon.ts'
import { countCluster, namesIn, planCluster, type ClusterObject, type TokenSecret } from '../cluster/objects.ts'
import type { CordonUse, Part } from '../part.ts'
import { ask, isOk } from '../prober/http.ts'
import type { Draft } from '../truth.ts'

/** A cluster that nobody else uses, on loopback: `ca` of its API server, and the client certificate of an administrator; PEM. It is filled, and left so. */
export type KubernetesServer = { url: string; ca: string; cert: string; key: string }

/** Namespaces that every cluster has from the start. */
const shipped = ['default', 'kube-node-lease', 'kube-public', 'kube-system']
const settleMsMax = 60_000
const settleEveryMs = 100
const ownTokenSeconds = 365 * 86_400

/** The company's cluster in a real API server: what the twin is filled with, made by its administrator. */
export const cluster =
  (server: KubernetesServer): Part =>
  async (company, at) => {
    const asAdmin = adminOf(server)
    await requireEmpty(asAdmin)
    const { url, ca } = server
    const config = cordonConfig({ apiUrl: url, ca })
    // A server tells by its own clock when it made what it holds.
    const plan = planCluster(company, at.clock.nowMs())
    const objects = [...plan.objects, ...planCordon(await scopesOfCordon(at.roles, config))]
    for (const one of objects) await make(asAdmin, one)
    const { fill } = plan
    fill.counts = countCluster(objects, shipped.length)
    await settled('an account of each namespace', async () => {
      const { items } = await asAdmin('GET', '/api/v1/serviceaccounts')
      return listAt({ items: items ?? [] }, 'items').length >= (fill.counts['accounts'] ?? 0)
    })
    for (const one of plan.tokens) await hold(asAdmin, fill, one)
    const own = async (use: CordonUse) => ({ token: await ownToken(asAdmin, use) })
    const source = { connector: 'kubernetes', config, see: await own('see'), contain: await own('contain') }
    return {
      url,
      trust: { ca },
      fill: { ...fill, source, names: namesIn(objects, shipped) },
      pasts: {},
      close: () => Promise.resolve(),
    }
  }

type AsAdmin = (method: 'GET' | 'POST', path: string, body?: JsonObject) => Promise<JsonObject>

function adminOf({ url, ca, cert, key }: KubernetesServer): AsAdmin {
  const trust = { ca, cert, key }
  return async (method, path, body) => {
    const sent =
      body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const answer = await ask(`${url}${path}`, { method, trust, ...sent })
    const read = answer.text.startsWith('{') ? parseJson(answer.text) : null
    if (isOk(answer) && isObject(read)) return read
    throw new Error(`the API server answers ${answer.status} to \`${method} ${path}\`: ${textAt(read, 'message')}`)
  }
}

/** Nobody's cluster is filled with a made-up company by mistake. */
async function requireEmpty(asAdmin: AsAdmin): Promise<void> {
  const namespaces = listAt(await asAdmin('GET', '/api/v1/namespaces'), 'items')
  const own = namespaces.map((one) => textAt(one, 'metadata', 'name')).filter((name) => !shipped.includes(name))
  if (own.length > 0) throw new Error(`the cluster has namespaces of its own (\`${own[0]}\`): give an empty one`)
}

const make = (asAdmin: AsAdmin, { plural, namespace, body }: ClusterObject): Promise<JsonObject> => {
  const apiVersion = apiVersionOf(resourceOf(plural))
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  const scope = namespace === '' ? '' : `/namespaces/${namespace}`
  return asAdmin('POST', `${root}${scope}/${plural}`, { apiVersion, kind: resourceOf(plural).kind, ...body })
}

/** Controllers do their part behind the answer. */
async function settled(what: string, isDone: () => Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + settleMsMax; !(await isDone());) {
    if (performance.now() > endMs) throw new Error(`the cluster made no ${what} within ${settleMsMax} ms`)
    await new Promise((resolve) => setTimeout(resolve, settleEveryMs))
  }
}

/** The token that the cluster itself put into a secret. */
async function hold(asAdmin: AsAdmin, fill: Draft, { namespace, account, secret }: TokenSecret): Promise<void> {
  let made: JsonObject = {}
  await settled('token of a secret', async () => {
    made = await asAdmin('GET', `/api/v1/namespaces/${namespace}/secrets/${secret}`)
    return textAt(made, 'data', 'token') !== ''
  })
  fill.credentials.push({
    id: `kubernetes/token/${namespace}/${secret}`,
    vendor: 'kubernetes',
    kind: 'service-token',
    native: `${namespace}/${secret}`,
    value: Buffer.from(textAt(made, 'data', 'token'), 'base64').toString(),
    with: {},
    owner: `${namespace}/${account}`,
    createdMs: Date.parse(textAt(made, 'metadata', 'creationTimestamp')),
    lastUsedMs: null,
    lies: [],
  })
}

async function ownToken(asAdmin: AsAdmin, use: CordonUse): Promise<string> {
  const [namespace, name] = cordonAccount(use).split('/')
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' }
  const made = await asAdmin('POST', path, { ...body, spec: { audiences: [], expirationSeconds: ownTokenSeconds } })
  return textAt(made, 'status', 'token')
}
