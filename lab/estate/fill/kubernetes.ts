import type { Json, JsonObject } from 'cordon/kit'

import { settleController } from '../../twins/kubernetes/admission.ts'
import { resourceOf } from '../../twins/kubernetes/resources.ts'
import { put, type Kept } from '../../twins/kubernetes/state.ts'
import { startKubernetesTwin, type KubernetesTwin } from '../../twins/kubernetes/twin.ts'
import { dayMs, type Company } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import type { At, Part } from '../part.ts'
import { draftOf, fine, tellIdentity, weak, type Draft } from '../truth.ts'

type World = { twin: KubernetesTwin; at: At; company: Company; fill: Draft }
const group = 'rbac.authorization.k8s.io'
const named = (name: string, more: JsonObject = {}): JsonObject => ({ metadata: { name }, ...more })
const account = (namespace: string, name: string): Json => ({ kind: 'ServiceAccount', namespace, name })
const rule = (verbs: string[], groups: string[], resources: string[]): Json => ({ verbs, apiGroups: groups, resources })
const everything = rule(['*'], ['*'], ['*'])
const readSecrets = rule(['get', 'list'], [''], ['secrets'])

/** One cluster: a namespace for each customer with a program and its secret, and roles given too widely. */
export const kubernetes: Part = async (company, at) => {
  const twin = await startKubernetesTwin({ clock: at.clock })
  const fill = draftOf('kubernetes')
  const world = { twin, at, company, fill }
  at.clock.during(company.yearMs, () => {
    for (const { slug } of company.customers) fillNamespace(world, slug)
    for (let n = 1; n <= company.size.weaknesses; n++) plant(world, n)
  })
  const source = at.clock.during(company.yearMs, () => connectCordon(world))
  const count = (plural: string): number =>
    [...twin.state.objects.values()].filter(({ resource }) => resource.plural === plural).length
  fill.counts = { namespaces: count('namespaces'), accounts: count('serviceaccounts') }
  const all = [...twin.state.objects.values()].filter(({ resource }) => resource.plural === 'namespaces')
  const names = { namespaces: all.map(({ name }) => name) }
  return { url: twin.url, fill: { ...fill, source, names }, pasts: {}, close: () => twin.close() }
}

const make = ({ twin, at }: World, plural: string, namespace: string, body: JsonObject): Kept => {
  const { state } = twin
  const kept = put(state, resourceOf(plural), namespace, body, at.clock.nowMs())
  settleController({ state, nowMs: () => at.clock.nowMs() }, kept)
  return kept
}
const bind = (world: World, name: string, role: [string, string], subject: Json, namespace = ''): Kept =>
  make(world, namespace === '' ? 'clusterrolebindings' : 'rolebindings', namespace, {
    ...named(name),
    roleRef: { apiGroup: group, kind: role[0], name: role[1] },
    subjects: [subject],
  })

/** A token that lasts as long as its secret, as old clusters gave one to every program. */
function token({ twin, company, fill }: World, namespace: string, holder: Kept, secret: Kept): void {
  const hex = drawOf(company.seed, `kubernetes/${namespace}/${secret.name}`).hex(40)
  const value = `EXAMPLE.${hex}`
  twin.state.tokens.set(value, {
    id: hex,
    namespace,
    account: holder.name,
    accountUid: holder.uid,
    bound: { kind: 'Secret', name: secret.name, uid: secret.uid },
    untilMs: null,
  })
  fill.credentials.push({
    id: `kubernetes/token/${namespace}/${secret.name}`,
    vendor: 'kubernetes',
    kind: 'service-token',
    native: `${namespace}/${secret.name}`,
    value,
    with: {},
    owner: `${namespace}/${holder.name}`,
    createdMs: company.yearMs,
    lastUsedMs: company.nowMs - dayMs,
    lies: [],
  })
}

function fillNamespace(world: World, slug: string): void {
  make(world, 'namespaces', '', named(slug))
  make(world, 'serviceaccounts', slug, named('rater'))
  tellIdentity(world.fill, { kind: 'service', noun: 'service-account', native: `${slug}/rater`, label: 'rater' })
  make(world, 'secrets', slug, { ...named('database'), type: 'Opaque', data: { password: 'RVhBTVBMRQ==' } })
  make(world, 'roles', slug, { ...named('reader'), rules: [readSecrets] })
  bind(world, 'rater', ['Role', 'reader'], account(slug, 'rater'), slug)
  fine(world.fill, 'wildcard-role', {
    noun: 'binding',
    native: `${slug}/rater`,
    label: `rater in ${slug}`,
    why: 'reads the secrets of its own namespace',
  })
  fine(world.fill, 'legacy-token', {
    noun: 'secret',
    native: `${slug}/database`,
    label: `database in ${slug}`,
    why: 'a password of a database, and no token of the cluster',
  })
}

/** Everything for a program; what every pod of a namespace may; and tokens without an end. */
function plant(world: World, n: number): void {
  const { fill, company } = world
  const since = { sinceMs: company.yearMs }
  const space = `tools-${n}`
  make(world, 'namespaces', '', named(space))
  const deployer = make(world, 'serviceaccounts', space, named('deployer'))
  tellIdentity(fill, { kind: 'service', noun: 'service-account', native: `${space}/deployer`, label: 'deployer' })
  make(world, 'clusterroles', '', { ...named(`deploy-all-${n}`), rules: [everything] })
  bind(world, `deploy-all-${n}`, ['ClusterRole', `deploy-all-${n}`], account(space, 'deployer'))
  weak(fill, 'wildcard-role', { noun: 'binding', native: `*/deploy-all-${n}`, label: `deployer of ${space}`, ...since })
  make(world, 'roles', space, { ...named('own'), rules: [rule(['*'], ['apps'], ['deployments'])] })
  bind(world, 'own', ['Role', 'own'], account(space, 'deployer'), space)
  fine(fill, 'wildcard-role', {
    noun: 'binding',
    native: `${space}/own`,
    label: `own of ${space}`,
    why: 'every act, on deployments of one namespace',
  })

  make(world, 'roles', space, { ...named('reader'), rules: [readSecrets] })
  bind(world, 'everybody', ['Role', 'reader'], account(space, 'default'), space)
  const label = `default of ${space}`
  weak(fill, 'default-account-rights', { noun: 'service-account', native: `${space}/default`, label, ...since })
  for (const { slug } of company.customers.slice(0, 2))
    if (n === 1)
      fine(fill, 'default-account-rights', {
        noun: 'service-account',
        native: `${slug}/default`,
        label: `default of ${slug}`,
        why: 'is given nothing',
      })

  const secret = make(world, 'secrets', space, {
    metadata: {
      name: 'deployer-token',
      annotations: {
        'kubernetes.io/service-account.name': 'deployer',
        'kubernetes.io/service-account.uid': deployer.uid,
      },
    },
    type: 'kubernetes.io/service-account-token',
    data: {},
  })
  token(world, space, deployer, secret)
  weak(fill, 'legacy-token', {
    noun: 'secret',
    native: `${space}/deployer-token`,
    label: `token of ${space}`,
    ...since,
  })
}

function connectCordon(world: World) {
  const { twin, company } = world
  make(world, 'namespaces', '', named('cordon'))
  const own = (use: 'see' | 'contain'): string => {
    const holder = make(world, 'serviceaccounts', 'cordon', named(`cordon-${use}`))
    bind(world, `cordon-${use}`, ['ClusterRole', 'cluster-admin'], account('cordon', `cordon-${use}`))
    const id = drawOf(company.seed, `kubernetes/cordon-${use}`).hex(40)
    const untilMs = company.nowMs + 365 * dayMs
    const value = `EXAMPLE.${id}`
    twin.state.tokens.set(value, {
      id,
      namespace: 'cordon',
      account: holder.name,
      accountUid: holder.uid,
      bound: null,
      untilMs,
    })
    return value
  }
  return {
    connector: 'kubernetes',
    config: {
      apiUrl: twin.url,
      account: 'cordon/cordon-see',
      containAccount: 'cordon/cordon-contain',
      listSecrets: true,
    },
    see: { token: own('see') },
    contain: { token: own('contain') },
  }
}
