import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { kubernetesConnector, type KubernetesConfig } from '#connectors/kubernetes'

import type { Gate } from './hunt.ts'
import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { idsIn } from './scratch.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const status = (code: number, reason: string): TwinAnswer => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code },
})

/** The API server's answers over the suite's rows: pages by `continue`, which is gone after a while. */
function answer({ url }: TwinRequest, twin: VendorTwin): TwinAnswer {
  // An empty token is the end of a list: what the suite calls a place is wrapped.
  const after = url.searchParams.get('continue')?.replace('at:', '') ?? null
  if (after !== null && twin.isCursorExpired) return status(410, 'Expired')
  const list = url.pathname.split('/').at(-1) ?? ''
  const [, namespace] = /\/namespaces\/([^/]+)\//.exec(url.pathname) ?? []
  const isOfOne = namespace !== undefined
  const { records, next } = twin.byId(list, after, pageRows, ({ n }) => !isOfOne || namespace === namespaceOf(n))
  const metadata = { resourceVersion: '1', ...(next === null ? {} : { continue: `at:${next}` }) }
  return { status: 200, body: { kind: 'List', apiVersion: 'v1', metadata, items: records } }
}

/** The same to a credential whose rights are of namespaces: nothing in them is listed at once. */
const answerByNamespace: typeof answer = (request, twin) => {
  const { pathname } = request.url
  if (/\/(pods|secrets|rolebindings|roles)$/.test(pathname) && !pathname.includes('/namespaces/'))
    return status(403, 'Forbidden')
  if (pathname !== '/api/v1/namespaces') return answer(request, twin)
  const items = [0, 1, 2].map((n) => ({ metadata: { name: namespaceOf(n), uid: namespaceOf(n) } }))
  return { status: 200, body: { kind: 'List', apiVersion: 'v1', metadata: {}, items } }
}
const namespaceOf = (n: number): string => `n${n % 3}`

const uidOf = ({ metadata }: JsonObject): string[] => idsIn([metadata ?? null], 'uid')
/** A binding tells its rules, too, or it says that it gives none. */
const ruledOf = (row: JsonObject): string[] => (row['rules'] === null ? [] : uidOf(row))
const uidsOf = (lists: readonly string[]): NonNullable<FaultPlug['tells']> =>
  Object.fromEntries(lists.map((list) => [`${list}/${list}`, bindings.includes(list) ? ruledOf : uidOf]))

const plainLists = ['namespaces', 'serviceaccounts', 'nodes']
const workloads = ['pods', 'deployments', 'statefulsets', 'daemonsets', 'cronjobs']
/** They are asked for with the rules of all roles beside. */
const bindings = ['clusterrolebindings', 'rolebindings']
const secretLists = ['secrets', 'tokens']

type Part = Pick<FaultPlug, 'answer' | 'lists' | 'rowsMax' | 'isLong'>
const plug = (
  stream: 'inventory' | 'secrets',
  what: string,
  lists: readonly string[],
  part: Partial<Part> = {},
): FaultPlug<KubernetesConfig> => ({
  name: `kubernetes ${what}`,
  connector: kubernetesConnector,
  config: kubernetesConnector.config.parse({ apiUrl: twinOrigin, listSecrets: true }),
  secrets: { token: 'EXAMPLE' },
  stream,
  record: ({ id, n, atMs }, list) => ({
    roleRef: { kind: 'ClusterRole', name: id },
    rules: [],
    // Of pods, workloads and jobs that run at a time: what each looks for in another place.
    spec: { containers: [], template: { spec: {} }, jobTemplate: { spec: { template: { spec: {} } } } },
    metadata: {
      name: id,
      uid: id,
      ...(list === 'clusterroles' ? {} : { namespace: namespaceOf(n) }),
      creationTimestamp: new Date(atMs).toISOString(),
    },
  }),
  keeps: ['metadata', 'roleRef', 'rules', 'spec'],
  lists,
  tells: uidsOf(lists),
  answer,
  without: { 'limit-403': 'its limits are 429s', 'token-expiry': 'its tokens are static' },
  ...part,
})

const plugs = [
  plug('inventory', 'inventory', plainLists),
  plug('inventory', 'workloads', workloads, { rowsMax: 30, isLong: true }),
  plug('inventory', 'bindings', bindings, { rowsMax: 30, isLong: true }),
  plug('secrets', 'secrets', secretLists, { isLong: true }),
  plug('inventory', 'pods by namespace', ['pods'], { rowsMax: 30, isLong: true, answer: answerByNamespace }),
  plug('inventory', 'bindings by namespace', ['rolebindings'], {
    rowsMax: 30,
    isLong: true,
    answer: answerByNamespace,
  }),
]
const elsewhere: Gate['elsewhere'] = [
  [
    /await add\?|await readRoles\(|await namespaces(Of|Instead)\(/,
    'read once a run: several may wait for it, and no stack tells who',
  ],
  [/kube-system|selfsubject|call\(access, path\)$/, 'the check and actions alone'],
]
for (const { name, run } of connectorSuite(kubernetesConnector, plugs, { elsewhere })) test(name, run)
