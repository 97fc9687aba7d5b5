import { z } from 'zod'

import { authorityOf, type EntityId } from '#model'
import { defineAction, isWhole, type Probed } from '#respond/contract'

import { scopesToAct } from '../auth.ts'
import { call, find, segment } from '../client.ts'
import type { OpenaiConfig } from '../config.ts'
import { nameServiceAccount, partsOf, within } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  projectsToAsk,
  requiredParts,
  settleDeletion,
  tryLent,
  type Context,
} from './context.ts'

const account = z.object({ id: z.string() })

async function findPath(context: Context, target: EntityId): Promise<string | undefined> {
  const access = accessOf(context)
  const [id, told] = requiredParts('service-account', target)
  for await (const project of projectsToAsk(access, told)) {
    const path = `/organization/projects/${segment(project)}/service_accounts/${segment(id)}`
    const found = await find(access, account, path, 'the service account')
    if (found !== undefined && found.id === id) return path
  }
  return undefined
}

/** The only way OpenAI gives to end a key of a service account. */
export const serviceAccountDelete = defineAction<OpenaiConfig>({
  verb: 'openai.service-account.delete',
  phase: 'revoke',
  title: 'Delete a service account with all its keys',
  scopes: scopesToAct,
  retry: 'idempotent',
  proofs: ['probed', 'read-back'],
  targetFor({ entity, role, attributes }) {
    if (partsOf('service-account', entity) !== undefined) {
      return isWhole(role) ? within(entity, attributes['project']) : undefined
    }
    const { ownerKind, owner, project } = attributes
    const isAccounts = partsOf('key', entity) !== undefined && ownerKind === 'service' && typeof owner === 'string'
    const id = isAccounts ? /:service-account\/([^/]+)$/.exec(owner)?.[1] : undefined
    return id === undefined ? undefined : within(nameServiceAccount(authorityOf(entity), id), project)
  },
  preview: () =>
    preview(
      [
        'every key of this service account is refused from the next call on, not the stolen one alone: OpenAI deletes them together',
        'account and keys are gone for good: whoever needs one gets a new account',
      ],
      { proofs: ['probed', 'read-back'] },
    ),
  async apply(context, target) {
    const [id] = requiredParts('service-account', target)
    const access = guard(context, target, [nameServiceAccount(context.authority, id)])
    const path = await findPath(context, target)
    if (path === undefined) return { says: 'there was no such service account any more' }
    const response = await call(access, 'DELETE', path)
    const outcome = settleDeletion(
      response,
      'the deletion of the service account',
      'delete it in the console: the project > Service accounts',
    )
    return { says: outcome === 'gone' ? 'there was no such account any more' : 'service account deleted with its keys' }
  },
  async readBack(context, target) {
    return (await findPath(context, target)) === undefined ? 'landed' : 'absent'
  },
  probe: { everyMs: probeEveryMs, withinMs: probeWithinMs, run: probe },
})

async function probe(context: Context, target: EntityId): Promise<Probed> {
  if ((await findPath(context, target)) !== undefined) {
    return { verdict: 'alive', says: 'OpenAI still lists the service account' }
  }
  const value = context.lent(target)
  return value === undefined
    ? dead(context, 'OpenAI lists the service account no more, in no project')
    : tryLent(context, value, '/models')
}
