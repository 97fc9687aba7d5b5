import { z } from 'zod'

import { parseJson, type Json, type JsonObject } from '#kit'
import { authorityOf, type EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import type { Access } from '../client.ts'
import type { KubernetesConfig } from '../config.ts'
import { nameAccount, nameAccountTokens, partsOf } from '../names.ts'
import {
  above,
  accessOf,
  call,
  dead,
  deleteObject,
  find,
  findObject,
  guard,
  objectPath,
  preview,
  probeEveryMs,
  probeWithinMs,
  refused,
  requiredParts,
  settle,
  tokenCacheMs,
  tryLent,
  type Context,
} from './context.ts'

const json = z.json()
const account = z.object({
  metadata: z.object({
    uid: z.string(),
    labels: z.record(z.string(), z.string()).nullish(),
    annotations: z.record(z.string(), z.string()).nullish(),
  }),
  imagePullSecrets: json.nullish(),
  automountServiceAccountToken: z.boolean().nullish(),
})
const note = z.object({ data: z.object({ account: z.string() }) })
const hint = 'look at the service account: it may be held by a finalizer'

const pathOf = (target: EntityId): string => {
  const [namespace, name] = requiredParts('account-tokens', target)
  return objectPath('core', 'serviceaccounts', namespace, name)
}
/** Where the account's form waits while there is none: Cordon may stop between the two halves. */
const notePathOf = (target: EntityId): string => {
  const [namespace, , uid] = requiredParts('account-tokens', target)
  return objectPath('core', 'configmaps', namespace, `cordon-${uid}`)
}

/** What an account is without what the cluster gave it. Lists of secrets are left out: they name tokens that are dead. */
function formOf(target: EntityId, found: z.infer<typeof account>): JsonObject {
  const [namespace, name] = requiredParts('account-tokens', target)
  const { metadata, imagePullSecrets, automountServiceAccountToken } = found
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...annotations } = metadata.annotations ?? {}
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace, name, labels: metadata.labels ?? {}, annotations },
    ...(imagePullSecrets === null || imagePullSecrets === undefined ? {} : { imagePullSecrets }),
    ...(typeof automountServiceAccountToken === 'boolean' ? { automountServiceAccountToken } : {}),
  }
}

async function writeNote(access: Access, target: EntityId, form: JsonObject): Promise<void> {
  const [namespace, , uid] = requiredParts('account-tokens', target)
  const body: Json = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name: `cordon-${uid}` },
    data: { account: JSON.stringify(form) },
  }
  const response = await call(access, above(notePathOf(target)), { method: 'POST', body })
  // One that is there already was written by a try before this one.
  if (response.status !== 409) settle(response, 'a note of the account', hint)
}

/** Does an account of this uid still stand? Its tokens are good for as long. */
async function stateOf(context: Context, target: EntityId): Promise<'old' | 'new' | 'none'> {
  const [, , uid] = requiredParts('account-tokens', target)
  const found = await findObject(accessOf(context), pathOf(target), 'the service account')
  return found === undefined ? 'none' : found.uid === uid ? 'old' : 'new'
}

async function makeAnew(access: Access, target: EntityId): Promise<string> {
  const kept = await find(access, notePathOf(target), note, 'the note of the account')
  if (kept === undefined) throw refused(target, 'is gone, and nothing tells what it was like')
  const form = parseJson(kept.data.account)
  const made = await call(access, above(pathOf(target)), { method: 'POST', body: form })
  // Whoever looks after the cluster, or Kubernetes itself for `default`, may have been quicker.
  if (made.status !== 409) settle(made, 'the making of the account', hint)
  settle(await call(access, notePathOf(target), { method: 'DELETE' }), 'taking the note away', hint)
  return made.status === 409 ? 'deleted; another was made in its place' : 'deleted and made anew, with another uid'
}

/** Tokens that are bound to nothing end only with their account's uid: it is deleted and made again. */
export const accountRecreate = defineAction<KubernetesConfig>({
  verb: 'kubernetes.service-account.recreate',
  phase: 'revoke',
  title: 'Make a service account anew, so that all its tokens die',
  scopes: scopesTo('accounts', 'tokens'),
  retry: 'read-back',
  proofs: ['probed', 'read-back'],
  targetFor({ entity, role, attributes }) {
    if (partsOf('account-tokens', entity) !== undefined) return entity
    const { account, accountUid, uid } = attributes
    // A token by its id alone; its account is the one thing it dies with.
    if (partsOf('token', entity) !== undefined && typeof account === 'string' && typeof accountUid === 'string') {
      return nameAccountTokens(authorityOf(entity), ...account.split('/'), accountUid)
    }
    const parts = role === 'trigger' ? partsOf('serviceaccount', entity) : undefined
    return parts === undefined || typeof uid !== 'string'
      ? undefined
      : nameAccountTokens(authorityOf(entity), parts[0], parts[1], uid)
  },
  preview: () =>
    preview(
      ['accounts', 'tokens'],
      [
        'every token of the account is refused, those of running pods too: they fetch a new one within an hour, or when they are restarted',
        'its roles stay: bindings name the account, not its uid',
        'legacy token secrets of the account are deleted by Kubernetes',
      ],
      { residualMs: tokenCacheMs, proofs: ['probed', 'read-back'] },
    ),
  async apply(context, target) {
    const [namespace, name, uid] = requiredParts('account-tokens', target)
    const access = await guard(context, target, [nameAccount(context.authority, namespace, name)])
    const found = await find(access, pathOf(target), account, 'the service account')
    if (found !== undefined && found.metadata.uid !== uid) return { says: 'the account was made anew already' }
    if (found !== undefined) {
      await writeNote(access, target, formOf(target, found))
      await deleteObject(access, pathOf(target), uid, 'the account')
    }
    return { says: await makeAnew(access, target) }
  },
  readBack: async (context, target) => ((await stateOf(context, target)) === 'new' ? 'landed' : 'absent'),
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      if ((await stateOf(context, target)) === 'old')
        return { verdict: 'alive', says: 'the account still has its old uid' }
      return (
        (await tryLent(context, target)) ?? dead(context, 'the account has another uid: its old tokens are refused')
      )
    },
  },
})
