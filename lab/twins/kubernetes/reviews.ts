import { randomUUID } from 'node:crypto'

import type { Json, JsonObject } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import { invalid, notFound } from './answers.ts'
import { ofToken, type Caller } from './caller.ts'
import type { Cluster } from './objects.ts'
import { isAllowed, rulesOf, type Question } from './rbac.ts'
import type { reviewIds } from './resources.ts'
import { at, textsAt, objectAt, textAt } from './at.ts'
import { findNamed, stamp } from './state.ts'
import { issue } from './tokens.ts'

type Asked = { call: TwinCall; caller: Caller; body: JsonObject }
type Review = {
  /** What RBAC is asked before. */
  needs: Pick<Question, 'group' | 'resource' | 'subresource'>
  /** Everybody may look at themselves. */
  isOpen?: true
  handle(cluster: Cluster, asked: Asked): TwinReply
}
const authn = 'authentication.k8s.io'
const authz = 'authorization.k8s.io'

const made = (group: string, kind: string, body: JsonObject, status: JsonObject): TwinReply => ({
  status: 201,
  body: { ...body, kind, apiVersion: `${group}/v1`, metadata: objectAt(body, 'metadata'), status },
})
const userOf = ({ username, uid, groups, extra }: Caller): JsonObject => ({
  username,
  groups,
  ...(uid === '' ? {} : { uid }),
  ...(Object.keys(extra).length === 0 ? {} : { extra }),
})

const questionIn = (body: JsonObject): Question => {
  const text = (key: string): string => textAt(body, 'spec', 'resourceAttributes', key)
  return {
    verb: text('verb'),
    group: text('group'),
    resource: text('resource'),
    subresource: text('subresource'),
    namespace: text('namespace'),
    name: text('name'),
  }
}

export const reviews: Readonly<Record<(typeof reviewIds)[number], Review>> = {
  createCoreV1NamespacedServiceAccountToken: {
    needs: { group: '', resource: 'serviceaccounts', subresource: 'token' },
    handle: requestToken,
  },
  createAuthenticationV1TokenReview: {
    needs: { group: authn, resource: 'tokenreviews', subresource: '' },
    handle({ state, nowMs }, { body }) {
      const caller = ofToken(state, textAt(body, 'spec', 'token'), nowMs())
      const error = '[invalid bearer token, service account token has been invalidated]'
      const status: JsonObject = caller === undefined ? { error } : { authenticated: true, user: userOf(caller) }
      return made(authn, 'TokenReview', body, status)
    },
  },
  createAuthenticationV1SelfSubjectReview: {
    needs: { group: authn, resource: 'selfsubjectreviews', subresource: '' },
    isOpen: true,
    handle: (_, { body, caller }) => made(authn, 'SelfSubjectReview', body, { userInfo: userOf(caller) }),
  },
  createAuthorizationV1SubjectAccessReview: {
    needs: { group: authz, resource: 'subjectaccessreviews', subresource: '' },
    handle({ state }, { body }) {
      const groups = textsAt(body, 'spec', 'groups')
      const who: Caller = { username: textAt(body, 'spec', 'user'), uid: '', groups, extra: {}, notes: {} }
      return made(authz, 'SubjectAccessReview', body, { allowed: isAllowed(state, who, questionIn(body)) })
    },
  },
  createAuthorizationV1SelfSubjectAccessReview: {
    needs: { group: authz, resource: 'selfsubjectaccessreviews', subresource: '' },
    isOpen: true,
    handle: ({ state }, { body, caller }) =>
      made(authz, 'SelfSubjectAccessReview', body, { allowed: isAllowed(state, caller, questionIn(body)) }),
  },
  createAuthorizationV1SelfSubjectRulesReview: {
    needs: { group: authz, resource: 'selfsubjectrulesreviews', subresource: '' },
    isOpen: true,
    handle({ state }, { body, caller }) {
      const namespace = textAt(body, 'spec', 'namespace')
      const own: Json = {
        verbs: ['create'],
        apiGroups: [authz],
        resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      }
      const rules = rulesOf(state, caller)
        .filter((one) => one.namespace === null || one.namespace === namespace)
        .map(({ rule }) => rule)
      const status = { resourceRules: [own, ...rules], nonResourceRules: [], incomplete: false }
      return made(authz, 'SelfSubjectRulesReview', { ...body, spec: {} }, status)
    },
  },
}

/** `TokenRequest`: bound to the account, and to a pod or secret where it names one. */
function requestToken({ state, nowMs }: Cluster, { call, caller, body }: Asked): TwinReply {
  const { namespace = '', name = '' } = call.params
  const account = findNamed(state, 'serviceaccounts', namespace, name)
  if (account === undefined) return notFound(`serviceaccounts "${name}"`)
  const ref = objectAt(body, 'spec', 'boundObjectRef')
  const kind = textAt(ref, 'kind')
  let bound = null
  if (kind === 'Pod' || kind === 'Secret') {
    const found = findNamed(state, `${kind.toLowerCase()}s`, namespace, textAt(ref, 'name'))
    if (found === undefined) return notFound(`${kind} "${textAt(ref, 'name')}"`)
    if (textAt(ref, 'uid') !== '' && textAt(ref, 'uid') !== found.uid) return invalid('spec.boundObjectRef.uid')
    bound = { kind, name: found.name, uid: found.uid } as const
  }
  const seconds = at(body, 'spec', 'expirationSeconds')
  const untilMs = nowMs() + (typeof seconds === 'number' ? seconds : 3_600) * 1000
  const of = { namespace, account: name, accountUid: account.uid }
  const id = randomUUID()
  caller.notes['authentication.kubernetes.io/issued-credential-id'] = `JTI=${id}`
  const token = issue(state, { id, ...of, bound, untilMs })
  return made(authn, 'TokenRequest', body, { token, expirationTimestamp: stamp(untilMs) })
}
