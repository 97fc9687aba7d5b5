import { canonicalJson, isObject, parseJson } from '#kit'
import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { actAs, organizationScopes } from '../auth.ts'
import { json, type Access } from '../client.ts'
import { AwsError, type AwsConfig } from '../config.ts'
import { principalOf } from '../names.ts'
import { findPolicy, listAll, policyKind, readContent } from '../organization.ts'
import {
  acting,
  dead,
  findActions,
  findPrincipal,
  probeEveryMs,
  probeWithinMs,
  propagationMs,
  requirePrincipal,
  type Context,
} from './context.ts'

const scopes = Object.keys(organizationScopes)
/** A service control policy holds 5,120 characters; ARNs of 64 principals of ordinary names fit. */
const contentCharsMax = 5_120
/** Others that change the same policy at the same time: read, write, read again. */
const writesMax = 4

const policyName = ({ authority }: Context): string => `cordon-contain-${authority}`
const contentOf = (arns: readonly string[]): string =>
  canonicalJson({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'CordonContain',
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { ArnEquals: { 'aws:PrincipalArn': [...arns].sort() } },
      },
    ],
  })

/**
 * The outer deny, first of all steps: laid over the account from outside, it beats whatever the thief may still do with
 * IAM inside, and holds for keys, sessions, console and presigned URLs of the principal alike.
 */
export const principalDeny = defineAction<AwsConfig>({
  verb: 'aws.principal.deny',
  phase: 'deny',
  title: 'Deny a principal everything from the organisation',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity, role, identity, credentialKind }) {
    if (principalOf(entity) !== undefined)
      return role === 'descendant-entity' || role === 'trigger' ? entity : undefined
    // A role is shared by many sessions: they are ended by their age, and the role itself goes on.
    if (credentialKind === null || identity === null || principalOf(identity)?.noun !== 'user') return undefined
    return identity
  },
  preview: () => ({
    effects: [
      'every call of this principal is refused in the whole account: keys, sessions, console, presigned URLs',
      'what it runs already goes on running',
      'undo lets unexpired sessions work again',
    ],
    reversible: true,
    undoWithinMs: null,
    residualMs: propagationMs,
    scopes,
    proofs: ['read-back'],
  }),
  async apply(context, target) {
    const { arn } = await requirePrincipal(
      context,
      await acting(context, [...findActions, 'iam:GetAccessKeyLastUsed']),
      target,
    )
    const access = await organization(context)
    const before = await readArns(access, policyName(context))
    if (before?.arns.includes(arn) === true) {
      await attach(access, before.id, context.authority)
      return { says: 'was denied already', undoState: { arn } }
    }
    await change(context, access, (arns) => [...new Set([...arns, arn])])
    return { says: 'put on the service control policy of the account', undoState: { arn } }
  },
  async readBack(context, target) {
    return (await isDenied(context, target)) ? 'landed' : 'absent'
  },
  async undo(context, _target, undoState) {
    const arn = undoState?.['arn']
    if (typeof arn !== 'string') return
    await change(context, await organization(context), (arns) => arns.filter((one) => one !== arn))
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await isDenied(context, target))
        ? dead(context, 'a service control policy attached to the account denies it everything')
        : { verdict: 'alive', says: 'no service control policy of Cordon names it' }
    },
  },
})

async function organization(context: Context): Promise<Access> {
  const { organizationRoleArn } = context.config
  if (organizationRoleArn === undefined) {
    throw new AwsError('ERR_AWS_NEEDS', 'this source has no role in the management account', {
      hint: 'set `organizationRoleArn`; until then keys are switched off and users denied from inside the account',
    })
  }
  if (organizationRoleArn.includes(`::${context.authority}:`)) {
    throw new AwsError('ERR_AWS_REFUSED', 'service control policies do not hold in the management account itself', {
      hint: 'keys are switched off and users denied from inside the account',
    })
  }
  return actAs(context, organizationRoleArn, [{ Effect: 'Allow', Action: scopes, Resource: '*' }])
}

async function readArns(access: Access, name: string): Promise<{ id: string; arns: string[] } | undefined> {
  const id = await findPolicy(access, name)
  if (id === undefined) return undefined
  const document = parseJson((await readContent(access, id)) ?? '{}')
  const statements = isObject(document) && Array.isArray(document['Statement']) ? document['Statement'] : []
  const arns = statements.flatMap((one) => {
    const condition = isObject(one) && isObject(one['Condition']) ? one['Condition']['ArnEquals'] : undefined
    const held = isObject(condition) ? condition['aws:PrincipalArn'] : undefined
    return Array.isArray(held) ? held.map(String) : typeof held === 'string' ? [held] : []
  })
  return { id, arns }
}

/** Read, changed, written, and read again: another step may have written in between. */
async function change(context: Context, access: Access, edit: (arns: string[]) => string[]): Promise<void> {
  for (let write = 0; write < writesMax; write++) {
    const now = await readArns(access, policyName(context))
    const arns = edit(now?.arns ?? [])
    if (now === undefined && arns.length === 0) return
    if (now !== undefined && arns.length === now.arns.length && arns.every((arn) => now.arns.includes(arn))) {
      if (arns.length > 0) await attach(access, now.id, context.authority)
      return
    }
    await put(access, context, now?.id, arns)
  }
  throw new AwsError('ERR_AWS_REFUSED', 'the service control policy is changed by others again and again', {
    retryable: true,
  })
}

async function put(access: Access, context: Context, id: string | undefined, arns: readonly string[]): Promise<void> {
  const Content = contentOf(arns)
  if (Content.length > contentCharsMax) {
    throw new AwsError('ERR_AWS_REFUSED', `${arns.length} principals are more than one service control policy holds`, {
      hint: 'undo the deny of those whose keys are gone, or deny the whole account by a policy of your own',
    })
  }
  if (id === undefined) {
    const body = {
      Name: policyName(context),
      Description: 'Principals that Cordon contains',
      Type: policyKind,
      Content,
    }
    // Another step made it since it was looked for: it is read and changed in the next round.
    const made = await json(access, 'organizations', 'CreatePolicy', body, { absent: ['DuplicatePolicyException'] })
    const policy = made?.['Policy']
    const summary = isObject(policy) ? policy['PolicySummary'] : undefined
    const madeId = isObject(summary) ? summary['Id'] : undefined
    if (typeof madeId === 'string') await attach(access, madeId, context.authority)
    return
  }
  // An empty list would deny nobody; AWS does not take one.
  if (arns.length > 0) {
    await json(access, 'organizations', 'UpdatePolicy', { PolicyId: id, Content })
    return
  }
  const gone = { absent: ['PolicyNotAttachedException', 'PolicyNotFoundException'] }
  await json(access, 'organizations', 'DetachPolicy', { PolicyId: id, TargetId: context.authority }, gone)
  await json(access, 'organizations', 'DeletePolicy', { PolicyId: id }, gone)
}

async function attach(access: Access, id: string, account: string): Promise<void> {
  const absent = ['DuplicatePolicyAttachmentException']
  await json(access, 'organizations', 'AttachPolicy', { PolicyId: id, TargetId: account }, { absent })
}

async function isDenied(context: Context, target: EntityId): Promise<boolean> {
  const found = await findPrincipal(await acting(context, findActions), target)
  if (found === undefined) return false
  const access = await organization(context)
  const now = await readArns(access, policyName(context))
  if (now?.arns.includes(found.arn) !== true) return false
  const attached = await listAll(
    access,
    'ListPoliciesForTarget',
    { TargetId: context.authority, Filter: policyKind },
    'Policies',
  )
  return attached.some((row) => row['Id'] === now.id)
}
