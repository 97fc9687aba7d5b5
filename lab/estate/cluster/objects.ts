import type { Json, JsonObject } from 'cordon/kit'

import { textAt } from '../../twins/kubernetes/at.ts'
import type { Company } from '../company/model.ts'
import { draftOf, fine, tellIdentity, weak, type Draft } from '../truth.ts'

/** An object as anybody hands it in to an API server. `namespace` empty: it is of the whole cluster. */
export type ClusterObject = { plural: string; namespace: string; body: JsonObject }
/** A secret that the cluster puts a token of an account into. */
export type TokenSecret = { namespace: string; account: string; secret: string }
/** `fill` is without what only the cluster itself makes: values, ids, times. */
export type ClusterPlan = { objects: ClusterObject[]; tokens: TokenSecret[]; fill: Draft }
type Objects = Pick<ClusterPlan, 'objects'>
type World = ClusterPlan & { company: Company; sinceMs: number }

const group = 'rbac.authorization.k8s.io'
export const named = (name: string, more: JsonObject = {}): JsonObject => ({ metadata: { name }, ...more })
export const account = (namespace: string, name: string): Json => ({ kind: 'ServiceAccount', namespace, name })
export const rule = (verbs: string[], groups: string[], resources: string[], more: JsonObject = {}): Json => ({
  verbs,
  apiGroups: groups,
  resources,
  ...more,
})
const everything = rule(['*'], ['*'], ['*'])
const readSecrets = rule(['get', 'list'], [''], ['secrets'])
const readDatabase = rule(['get'], [''], ['secrets'], { resourceNames: ['database'] })

/**
 * One cluster, whichever it is put into: a namespace for each customer with two programs and a secret, and roles given too
 * widely. In the order of making. `sinceMs`: when it is made.
 */
export function planCluster(company: Company, sinceMs: number): ClusterPlan {
  const world: World = { objects: [], tokens: [], fill: draftOf('kubernetes'), company, sinceMs }
  for (const { slug } of company.customers) planNamespace(world, slug)
  for (let n = 1; n <= company.size.weaknesses; n++) plant(world, n)
  return world
}

export const make = ({ objects }: Objects, plural: string, namespace: string, body: JsonObject): void =>
  void objects.push({ plural, namespace, body })
export const bind = (plan: Objects, name: string, role: [string, string], subject: Json, namespace = ''): void =>
  make(plan, namespace === '' ? 'clusterrolebindings' : 'rolebindings', namespace, {
    ...named(name),
    roleRef: { apiGroup: group, kind: role[0], name: role[1] },
    subjects: [subject],
  })

function program(world: World, namespace: string, name: string): void {
  make(world, 'serviceaccounts', namespace, named(name))
  tellIdentity(world.fill, { kind: 'service', noun: 'service-account', native: `${namespace}/${name}`, label: name })
}

function planNamespace(world: World, slug: string): void {
  make(world, 'namespaces', '', named(slug))
  program(world, slug, 'rater')
  make(world, 'secrets', slug, { ...named('database'), type: 'Opaque', data: { password: 'RVhBTVBMRQ==' } })
  make(world, 'secrets', slug, { ...named('mail'), type: 'Opaque', data: { password: 'RVhBTVBMRQ==' } })
  make(world, 'roles', slug, { ...named('reader'), rules: [readSecrets] })
  bind(world, 'rater', ['Role', 'reader'], account(slug, 'rater'), slug)
  // What is named it may get, and not list.
  program(world, slug, 'reporter')
  make(world, 'roles', slug, { ...named('database-reader'), rules: [readDatabase] })
  bind(world, 'reporter', ['Role', 'database-reader'], account(slug, 'reporter'), slug)
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
  const { fill, company, sinceMs } = world
  const space = `tools-${n}`
  make(world, 'namespaces', '', named(space))
  program(world, space, 'deployer')
  make(world, 'clusterroles', '', { ...named(`deploy-all-${n}`), rules: [everything] })
  bind(world, `deploy-all-${n}`, ['ClusterRole', `deploy-all-${n}`], account(space, 'deployer'))
  weak(fill, 'wildcard-role', {
    noun: 'binding',
    native: `*/deploy-all-${n}`,
    label: `deployer of ${space}`,
    sinceMs,
  })
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
  weak(fill, 'default-account-rights', { noun: 'service-account', native: `${space}/default`, label, sinceMs })
  for (const { slug } of company.customers.slice(0, 2))
    if (n === 1)
      fine(fill, 'default-account-rights', {
        noun: 'service-account',
        native: `${slug}/default`,
        label: `default of ${slug}`,
        why: 'is given nothing',
      })

  const secret = 'deployer-token'
  make(world, 'secrets', space, {
    metadata: { name: secret, annotations: { 'kubernetes.io/service-account.name': 'deployer' } },
    type: 'kubernetes.io/service-account-token',
    data: {},
  })
  world.tokens.push({ namespace: space, account: 'deployer', secret })
  weak(fill, 'legacy-token', { noun: 'secret', native: `${space}/${secret}`, label: `token of ${space}`, sinceMs })
}

/** Each namespace has an account of the name `default`. `shipped`: namespaces that a cluster has from the start. */
export function countCluster(objects: readonly ClusterObject[], shipped: number): Record<string, number> {
  const count = (plural: string): number => objects.filter((one) => one.plural === plural).length
  const namespaces = count('namespaces') + shipped
  return { namespaces, accounts: count('serviceaccounts') + namespaces }
}

/** For the prober: names that a thief would try. */
export const namesIn = (objects: readonly ClusterObject[], shipped: readonly string[]): Record<string, string[]> => {
  const metaName = ({ body }: ClusterObject): string => textAt(body, 'metadata', 'name')
  const all = (plural: string): ClusterObject[] => objects.filter((one) => one.plural === plural)
  return {
    namespaces: [...shipped, ...all('namespaces').map(metaName)],
    secrets: all('secrets').map((one) => `${one.namespace}/${metaName(one)}`),
  }
}
