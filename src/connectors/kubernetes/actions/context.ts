import { z } from 'zod'

import type { HttpResponse, Json } from '#kit'
import { authorityOf, type EntityId, type StepPreview } from '#model'
import { dead, previewStep, type ActionContext, type PreviewRest, type Probed } from '#respond/contract'
import { readAnswer, refuseUnlessOk } from '#sources/contract'

import { scopesTo, type ContainUse } from '../auth.ts'
import { call, find, readCluster, readSelf, segment, type Access } from '../client.ts'
import { KubernetesError, namesOfOwnAccounts, type KubernetesConfig } from '../config.ts'
import { nameWho, partsOf, type Noun } from '../names.ts'

export { dead } from '#respond/contract'
export type Context = ActionContext<KubernetesConfig>

/** API servers remember for ten seconds that a token was good. */
export const tokenCacheMs = 10_000
export const probeEveryMs = 1_000
export const probeWithinMs = 60_000

export const accessOf = ({ config, http, signal }: Context): Access => ({ config, http, signal })

/**
 * Stands before every change. Throws unless the cluster that answers is the one the target belongs to, and the target is
 * neither Cordon's own (its accounts, and whom its token speaks for) nor, by way of another, spared.
 */
export async function guard(context: Context, target: EntityId, hit: readonly EntityId[] = []): Promise<Access> {
  const { config, authority } = context
  if (config.containAccount === undefined) {
    throw new KubernetesError('ERR_KUBERNETES_NEEDS', 'this source has no account that acts', {
      hint: 'set `containAccount` and give its token',
    })
  }
  if (authorityOf(target) !== authority) throw refused(target, 'belongs to another cluster')
  const own = namesOfOwnAccounts(config, authority)
  const everything = [target, ...hit]
  for (const entity of everything) {
    if (context.isOwn(entity) || own.includes(entity)) throw refused(entity, "is Cordon's own")
  }
  for (const entity of hit) if (context.spared?.includes(entity) === true) throw refused(entity, 'is break-glass')
  const access = accessOf(context)
  const cluster = await readCluster(access)
  if (cluster !== authority) throw refused(target, `is of another cluster than \`${cluster}\`, which answers`)
  const self = nameWho(authority, (await readSelf(access)).username)
  if (everything.includes(self)) throw refused(self, "is whom Cordon's own token speaks for")
  return access
}

export const refused = (target: EntityId, why: string): KubernetesError =>
  new KubernetesError('ERR_KUBERNETES_TARGET', `\`${target}\` ${why}`, { hint: 'nothing was changed' })

export function requiredParts(noun: Noun, target: EntityId): [string, string, string, string] {
  const parts = partsOf(noun, target)
  if (parts === undefined) throw refused(target, `is no ${noun}`)
  return parts
}

/** `gone`: there was nothing any more. A conflict is final: the object is another than it was, or somebody else owns it. */
export function settle(response: HttpResponse, what: string, hint: string): 'done' | 'gone' {
  if (response.status === 404) return 'gone'
  if (response.status === 409 || response.status === 422) {
    throw new KubernetesError('ERR_KUBERNETES_REFUSED', `the API server refuses ${what} with ${response.status}`, {
      hint,
    })
  }
  refuseUnlessOk(response, what)
  return 'done'
}

export const preview = (uses: readonly ContainUse[], effects: string[], rest?: PreviewRest): StepPreview =>
  previewStep(scopesTo(...uses), effects, rest)

const object = z.object({
  metadata: z.object({ name: z.string(), uid: z.string(), deletionTimestamp: z.string().nullish() }),
})
export type Found = z.infer<typeof object>

/** Metadata is all that is asked for: what a secret holds must not even travel. */
export const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
export async function findObject(access: Access, path: string, what: string): Promise<Found['metadata'] | undefined> {
  const response = await call(access, path, { accept: metadataOnly })
  return response.status === 404 ? undefined : readAnswer(object, response, what).metadata
}

/** Deletes this very object: one that was made anew under the name is left alone. */
export async function deleteObject(
  access: Access,
  path: string,
  uid: string,
  what: string,
  more: { gracePeriodSeconds?: number } = {},
): Promise<'done' | 'gone'> {
  const body: Json = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { uid },
    propagationPolicy: 'Background',
    ...more,
  }
  const response = await call(access, path, { method: 'DELETE', body })
  return settle(
    response,
    `the deletion of ${what}`,
    'another object has the name now, or something holds it: look at it',
  )
}

export const objectPath = (group: string, resource: string, scope: string, name: string): string => {
  const root = group === 'core' ? '/api/v1' : `/apis/${segment(group)}/v1`
  const within = scope === '*' ? '' : `/namespaces/${segment(scope)}`
  return `${root}${within}/${segment(resource)}/${segment(name)}`
}

/** Where such objects are listed and made. */
export const above = (path: string): string => path.slice(0, path.lastIndexOf('/'))

/**
 * Asks the issuer about a value lent by the person on call, then tries it from outside: a TokenReview changes nothing and
 * does not use the token; the request with it is the thief's own way in.
 */
export async function tryLent(context: Context, target: EntityId): Promise<Probed | undefined> {
  const token = context.lent(target)
  if (token === undefined) return undefined
  const access = accessOf(context)
  const reviewed = await call(access, '/apis/authentication.k8s.io/v1/tokenreviews', {
    method: 'POST',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } },
    isRead: true,
  })
  const { status } = readAnswer(review, reviewed, 'a review of the token')
  if (status.authenticated === true) return { verdict: 'alive', says: 'TokenReview: authenticated' }
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const tried = await call(access, path, { method: 'POST', body, isRead: true, token })
  if (tried.status === 401)
    return dead(context, 'TokenReview says not authenticated; tried with the value: 401', 'probed')
  return {
    verdict: tried.status < 300 ? 'alive' : 'unknown',
    says: `the API server answers ${tried.status} to the lent value`,
  }
}
const review = z.object({ status: z.object({ authenticated: z.boolean().nullish() }) })

export { call, find, segment }
