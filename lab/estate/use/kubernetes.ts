import type { JsonObject } from 'cordon/kit'

import { metadataOf } from '../../twins/kubernetes/audit.ts'
import type { Kept } from '../../twins/kubernetes/state.ts'
import type { KubernetesTwin } from '../../twins/kubernetes/twin.ts'
import { uuidOf } from '../../twins/okta/system-log.ts'
import type { Company, Person } from '../company/model.ts'
import type { Draw } from '../draw.ts'
import type { Credential } from '../truth.ts'
import { makePast, yearOf, type Actor, type Pasts } from './past.ts'
import { addressOf, officeActors, type PersonActor } from './people.ts'
import { customerOf, programActors } from './programs.ts'

const perHour = { person: 0.4, rater: 1, deployer: 0.5 }
const engineersMax = 40
type Program = Actor & { account: Kept; secret: string | null; ip: string }
type What = Pick<Parameters<typeof metadataOf>[0], 'verb' | 'resource' | 'group' | 'subresource' | 'name'>

/** What engineers do with kubectl: they look mostly, and step into a pod now and then. */
const looks: readonly What[] = [
  { verb: 'list', resource: 'pods' },
  { verb: 'list', resource: 'pods' },
  { verb: 'get', resource: 'pods', name: 'rater-0' },
  { verb: 'get', resource: 'pods', subresource: 'log', name: 'rater-0' },
  { verb: 'list', resource: 'deployments', group: 'apps' },
  { verb: 'list', resource: 'events' },
  { verb: 'get', resource: 'configmaps', name: 'rater' },
  { verb: 'create', resource: 'pods', subresource: 'exec', name: 'rater-0' },
]
const readsDatabase: What = { verb: 'get', resource: 'secrets', name: 'database' }
const deploys: readonly What[] = [
  { verb: 'patch', resource: 'deployments', group: 'apps', name: 'tools' },
  { verb: 'get', resource: 'deployments', group: 'apps', name: 'tools' },
]

/** A year of a cluster's audit log: programs in its pods, what deploys, and engineers. An API server pushes it, so no list has it. */
export function useKubernetes(
  { state }: KubernetesTwin,
  company: Company,
  credentials: readonly Credential[],
  density: number,
): Pasts {
  const accounts = [...state.objects.values()].filter(({ resource }) => resource.plural === 'serviceaccounts')
  const programs = accounts.flatMap((account) => programsOf(account))
  const engineers = new Set(engineersOf(company).map(({ n }) => n))
  const spaces = company.customers.map(({ slug }) => slug)
  const ofPerson = ({ person }: PersonActor, atMs: number, draw: Draw, id: string): JsonObject => {
    const what = draw.pick(looks)
    const isRefused = draw.chance(0.03)
    return metadataOf(
      {
        ...what,
        namespace: draw.pick(spaces),
        user: { username: company.people[person]?.email ?? '', groups: ['engineers', 'system:authenticated'] },
        ip: addressOf(person),
        agent: 'kubectl/v1.33.1 (linux/amd64)',
        code: isRefused ? 403 : what.subresource === 'exec' ? 101 : 200,
      },
      { atMs, id: uuidOf(id) },
    )
  }
  const log = makePast<PersonActor | Program, JsonObject>({
    ...yearOf(company, density),
    place: 'kubernetes/log',
    actors: [...officeActors(company, ({ n }) => engineers.has(n), perHour.person), ...programs],
    act: (actor, atMs, draw, id) =>
      'account' in actor ? ofProgram(actor, atMs, draw.pick(worksOf(actor)), id) : ofPerson(actor, atMs, draw, id),
    fixed: programs.flatMap((one) => {
      const atMs = one.endMs ?? 0
      const [what] = worksOf(one)
      const isOf = one.secret !== null && what !== undefined
      return isOf
        ? [{ atMs, row: ofProgram(one, atMs, what, `last of ${one.account.namespace}/${one.account.name}`) }]
        : []
    }),
  })
  return { log }

  /** What runs in a customer's namespace works for the customer; what has a token that never ends was last used with it. */
  function programsOf(account: Kept): Program[] {
    const customer = customerOf(company, account.namespace)
    const token = credentials.find(({ owner }) => owner === `${account.namespace}/${account.name}`)
    if (account.name !== 'rater' && token === undefined) return []
    const habit = {
      startMs: company.yearMs,
      endMs: token?.lastUsedMs ?? company.nowMs,
      customer,
      rhythm: 'machine',
      perHour: token === undefined ? perHour.rater : perHour.deployer,
    } as const
    const [, secret = null] = token?.native.split('/') ?? []
    const ip = `10.40.${1 + (customer ?? 0)}.${10 + account.namespace.length}`
    return programActors(company, habit).map((actor) => ({ ...actor, account, secret, ip }))
  }
}

const worksOf = ({ secret }: Program): readonly What[] => (secret === null ? [readsDatabase] : deploys)

function ofProgram({ account, secret, ip }: Program, atMs: number, what: What, id: string): JsonObject {
  const { namespace, name } = account
  const pod = {
    'authentication.kubernetes.io/pod-name': [`${name}-0`],
    'authentication.kubernetes.io/pod-uid': [uuidOf(`pod of ${namespace}/${name}`)],
  }
  return metadataOf(
    {
      ...what,
      namespace,
      user: {
        username: `system:serviceaccount:${namespace}:${name}`,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
        ...(secret === null ? { extra: pod } : {}),
      },
      ...(secret === null ? {} : { notes: { 'authentication.k8s.io/legacy-token-manual-secret': secret } }),
      ip,
      agent: 'kubernetes-client/v1.33',
      code: 200,
    },
    { atMs, id: uuidOf(id) },
  )
}

/** Those of the engineers who look into the cluster, by the names their identity provider gives them there. */
export const engineersOf = ({ people, teams, yearMs }: Company): Person[] =>
  people
    .filter(
      ({ kind, group, endMs }) => kind === 'staff' && teams[group]?.engineers === true && (endMs ?? Infinity) > yearMs,
    )
    .slice(0, engineersMax)
