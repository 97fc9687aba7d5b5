import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction, type Probed } from '#respond/contract'

import { scopesToAct } from '../auth.ts'
import { call, find, segment, type Access } from '../client.ts'
import { OpenaiError, type OpenaiConfig } from '../config.ts'
import { nameKey, nameServiceAccount, nameUser, partsOf, within } from '../names.ts'
import {
  accessOf,
  dead,
  findAdminKey,
  guard,
  isOwnKey,
  preview,
  probeEveryMs,
  probeWithinMs,
  projectsToAsk,
  refused,
  requiredParts,
  settleDeletion,
  tryLent,
  type Context,
} from './context.ts'

const projectKey = z.object({
  id: z.string(),
  owner: z
    .object({
      type: z.string().nullish(),
      user: z.object({ id: z.string().nullish() }).nullish(),
      service_account: z.object({ id: z.string().nullish() }).nullish(),
    })
    .nullish(),
})

type Found = { path: string; owners: EntityId[]; account: string | undefined; isOwn: boolean }

/** INVARIANT: asked for by id, which is never given anew. Admin keys first: their ids are of the same kind. */
async function findKey(context: Context, target: EntityId): Promise<Found | undefined> {
  const access = accessOf(context)
  const { authority } = context
  const [id, told] = requiredParts('key', target)
  if (told === '') {
    const key = await findAdminKey(access, id)
    if (key !== undefined && key.id === id) {
      const owners = key.owner?.id === null || key.owner?.id === undefined ? [] : [nameUser(authority, key.owner.id)]
      const path = `/organization/admin_api_keys/${segment(id)}`
      return { path, owners, account: undefined, isOwn: isOwnKey(context, key) }
    }
  }
  for await (const project of projectsToAsk(access, told)) {
    const found = await findIn(access, authority, project, id)
    if (found !== undefined) return found
  }
  return undefined
}

async function findIn(access: Access, authority: string, project: string, id: string): Promise<Found | undefined> {
  const path = `/organization/projects/${segment(project)}/api_keys/${segment(id)}`
  const key = await find(access, projectKey, path, 'the key')
  if (key === undefined || key.id !== id) return undefined
  const account = key.owner?.service_account?.id ?? undefined
  const user = key.owner?.user?.id
  const owners = [
    ...(user === null || user === undefined ? [] : [nameUser(authority, user)]),
    ...(account === undefined ? [] : [nameServiceAccount(authority, account)]),
  ]
  return { path, owners, account, isOwn: false }
}

/** A key of a project or of the organisation. OpenAI has no way to switch one off for a while: it is deleted for good. */
export const keyDelete = defineAction<OpenaiConfig>({
  verb: 'openai.key.delete',
  phase: 'revoke',
  title: 'Delete an API key',
  scopes: scopesToAct,
  retry: 'idempotent',
  proofs: ['probed', 'read-back'],
  targetFor({ entity, attributes }) {
    if (partsOf('key', entity) === undefined || attributes['ownerKind'] === 'service') return undefined
    return within(entity, attributes['project'])
  },
  preview: (_, { name, keyKind }) =>
    preview(
      [
        `what runs with the ${keyKind === 'admin' ? 'admin ' : ''}key${typeof name === 'string' ? ` \`${name}\`` : ''} is refused from the next call on`,
        'its value is gone for good: whoever needs one gets a new key',
        'files, fine-tuned models and batches that were made with it stay',
      ],
      { proofs: ['probed', 'read-back'] },
    ),
  async apply(context, target) {
    const [id] = requiredParts('key', target)
    const access = guard(context, target, [nameKey(context.authority, id)])
    const found = await findKey(context, target)
    if (found === undefined) return { says: 'there was no such key any more' }
    if (found.isOwn) throw refused(target, "is Cordon's own")
    if (found.account !== undefined) {
      throw new OpenaiError('ERR_OPENAI_REFUSED', 'the key belongs to a service account, and goes with it alone', {
        hint: `contain \`${nameServiceAccount(context.authority, found.account)}\``,
      })
    }
    const response = await call(access, 'DELETE', found.path)
    const outcome = settleDeletion(response, 'the deletion of the key', 'delete it in the console: Settings > API keys')
    return { says: outcome === 'gone' ? 'there was no such key any more' : 'key deleted' }
  },
  async readBack(context, target) {
    return (await findKey(context, target)) === undefined ? 'landed' : 'absent'
  },
  probe: { everyMs: probeEveryMs, withinMs: probeWithinMs, run: probe },
})

async function probe(context: Context, target: EntityId): Promise<Probed> {
  if ((await findKey(context, target)) !== undefined) return { verdict: 'alive', says: 'OpenAI still lists the key' }
  const [id, told] = requiredParts('key', target)
  const value = context.lent(nameKey(context.authority, id)) ?? context.lent(target)
  if (value === undefined) return dead(context, 'OpenAI lists the key no more, in no project and among no admin keys')
  return tryLent(
    context,
    value,
    told === '' && value.startsWith('sk-admin') ? '/organization/projects?limit=1' : '/models',
  )
}
