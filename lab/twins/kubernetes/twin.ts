import { readFileSync } from 'node:fs'

import type { JsonObject } from 'cordon/kit'

import { readDescription } from '../kit/description.ts'
import { startTwin, type Twin, type TwinCall, type TwinReply } from '../kit/server.ts'
import { notFound, refusal } from './answers.ts'
import { record } from './audit.ts'
import { callerOf, type Caller } from './caller.ts'
import { settleController } from './admission.ts'
import { handle, type Cluster } from './objects.ts'
import { isAllowed, type Question } from './rbac.ts'
import { resourceOf, reviewIds, routes } from './resources.ts'
import { reviews } from './reviews.ts'
import { objectAt } from './at.ts'
import { createState, endDue, put, type State } from './state.ts'

export const description = readDescription(readFileSync(new URL('fixtures/api.json', import.meta.url), 'utf8'))

export type KubernetesTwin = Twin & {
  state: State
  /** Requests from now on that are refused with 429, as priority and fairness does under load. */
  settings: { refusedAsTooMany: number }
}

const verbs = {
  list: 'list',
  create: 'create',
  read: 'get',
  replace: 'update',
  patch: 'patch',
  delete: 'delete',
} as const
const isReview = (id: string): id is keyof typeof reviews => reviewIds.some((one) => one === id)

/** What a request asks of RBAC. */
function questionOf({ id, params }: TwinCall): Question {
  const { namespace = '', name = '' } = params
  if (isReview(id)) return { verb: 'create', namespace, name, ...reviews[id].needs }
  const route = routes.get(id)
  const { group = '', plural = '' } = route?.resource ?? {}
  // A namespace is asked for within itself.
  const within = plural === 'namespaces' ? name : namespace
  return { verb: verbs[route?.act ?? 'read'], group, resource: plural, subresource: '', namespace: within, name }
}

/** A cluster's API on loopback. `clock` is its own: tokens end, and kubelets work, by it. */
export async function startKubernetesTwin({ clock }: { clock: { nowMs(): number } }): Promise<KubernetesTwin> {
  const state = createState()
  const cluster: Cluster = { state, nowMs: () => clock.nowMs() }
  const settings = { refusedAsTooMany: 0 }
  found(cluster)

  const decide = (call: TwinCall, caller: Caller | undefined, asked: Question): TwinReply => {
    if (caller === undefined) return refusal(401, 'Unauthorized', 'Unauthorized')
    const review = isReview(call.id) ? reviews[call.id] : undefined
    const isSelf = review?.isOpen === true && caller.groups.includes('system:authenticated')
    if (!isSelf && !isAllowed(state, caller, asked)) {
      const what = `${asked.resource} is forbidden: User "${caller.username}" cannot ${asked.verb} resource`
      return refusal(403, 'Forbidden', what)
    }
    const body = objectAt({ body: call.body ?? null }, 'body')
    if (review !== undefined) return review.handle(cluster, { call, caller, body })
    const route = routes.get(call.id)
    if (route === undefined) return notFound(call.url.pathname)
    const { namespace = '', name = '' } = call.params
    return handle(route.act, cluster, { call, resource: route.resource, namespace, name, caller, body })
  }
  const twin = await startTwin({
    description,
    answer(call) {
      endDue(state, clock.nowMs())
      if (settings.refusedAsTooMany > 0) {
        settings.refusedAsTooMany--
        return { ...refusal(429, 'TooManyRequests', 'too many requests'), headers: { 'retry-after': '1' } }
      }
      const caller = callerOf(state, call.headers, clock.nowMs())
      const asked = questionOf(call)
      const reply = decide(call, caller, asked)
      record(state, call, caller, asked, reply, clock.nowMs())
      return reply
    },
    beside: {},
    refuse: (why, call) =>
      why === 'route' ? notFound(call.url.pathname) : refusal(400, 'BadRequest', 'the request does not fit'),
  })
  return Object.assign(twin, { state, settings })
}

const view: JsonObject = {
  metadata: { name: 'view' },
  rules: [
    {
      verbs: ['get', 'list', 'watch'],
      apiGroups: [''],
      resources: ['configmaps', 'pods', 'serviceaccounts', 'namespaces'],
    },
    {
      verbs: ['get', 'list', 'watch'],
      apiGroups: ['apps'],
      resources: ['daemonsets', 'deployments', 'deployments/scale', 'statefulsets'],
    },
    { verbs: ['get', 'list', 'watch'], apiGroups: ['batch'], resources: ['cronjobs', 'jobs'] },
  ],
}
const everything: JsonObject = {
  metadata: { name: 'cluster-admin' },
  rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
}

/** What every cluster comes with, as far as it matters here. */
function found(cluster: Cluster): void {
  const { state, nowMs } = cluster
  for (const name of ['default', 'kube-system']) {
    settleController(cluster, put(state, resourceOf('namespaces'), '', { metadata: { name } }, nowMs()))
  }
  for (const role of [view, everything]) put(state, resourceOf('clusterroles'), '', role, nowMs())
}
