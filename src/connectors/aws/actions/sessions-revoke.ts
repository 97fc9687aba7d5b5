import { canonicalJson, formatTime, isObject, parseJson } from '#kit'
import type { EntityId } from '#model'
import { defineAction, type Applied } from '#respond/contract'

import { find, query, type Access } from '../client.ts'
import { AwsError, type AwsConfig } from '../config.ts'
import { keyIdOf, principalOf } from '../names.ts'
import { textAt } from '../xml.ts'
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
  type Found,
} from './context.ts'

const policyName = 'CordonRevokeOlderSessions'
const scopes = [
  'iam:GetRolePolicy',
  'iam:PutRolePolicy',
  'iam:DeleteRolePolicy',
  'iam:GetAccessKeyLastUsed',
  ...findActions,
] as const

/**
 * AWS's own way to end sessions of a role ("Revoking IAM role temporary security credentials"): an inline deny of all that
 * was issued before now. It hits every session of the role, good ones too; they assume it again.
 */
export const sessionsRevoke = defineAction<AwsConfig>({
  verb: 'aws.sessions.revoke',
  phase: 'end-sessions',
  title: 'Deny all sessions of a role issued before now',
  scopes,
  retry: 'read-back',
  proofs: ['read-back'],
  targetFor({ entity, identity }) {
    if (keyIdOf(entity)?.startsWith('ASIA') !== true || identity === null) return undefined
    return principalOf(identity)?.noun === 'role' ? identity : undefined
  },
  preview: () => ({
    effects: [
      'every session of this role that was issued before now is refused, whoever holds it',
      'who may assume the role gets a new session at once: deny who stole the way in first',
      'undo lets older sessions that have not expired work again: keep it as long as a session of the role may live',
    ],
    reversible: true,
    undoWithinMs: null,
    residualMs: propagationMs,
    scopes: [...scopes],
    proofs: ['read-back'],
  }),
  async apply(context, target) {
    const { access, role } = await resolve(context, target)
    if (role.arn.includes(':role/aws-service-role/')) {
      throw new AwsError('ERR_AWS_REFUSED', 'AWS lets nobody deny a service-linked role', {
        hint: 'its sessions end by themselves; look at the service that uses it',
      })
    }
    const before = await read(access, role)
    if (before?.sid === sidOf(context))
      return { says: 'older sessions were denied by this step before', ...undoOf(before.text) }
    const document = canonicalJson({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: sidOf(context),
          Effect: 'Deny',
          Action: '*',
          Resource: '*',
          Condition: { DateLessThan: { 'aws:TokenIssueTime': formatTime(context.clock.nowMs()) } },
        },
      ],
    })
    await query(access, 'iam', 'PutRolePolicy', {
      RoleName: role.name,
      PolicyName: policyName,
      PolicyDocument: document,
    })
    return { says: 'sessions issued before now are denied', ...undoOf(before?.text) }
  },
  /** The statement carries the step's own key: a cut of an earlier incident is not taken for this one. */
  async readBack(context, target) {
    const { access, role } = await resolve(context, target)
    return (await read(access, role))?.sid === sidOf(context) ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    const { access, role } = await resolve(context, target)
    const before = undoState?.['before']
    const name = { RoleName: role.name, PolicyName: policyName }
    if (typeof before === 'string') await query(access, 'iam', 'PutRolePolicy', { ...name, PolicyDocument: before })
    else await find(access, 'iam', 'DeleteRolePolicy', name)
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const access = await acting(context, scopes)
      const role = await findPrincipal(access, target)
      if (role === undefined) return dead(context, 'the role is gone, and its sessions with it')
      const now = await read(access, role)
      return now?.sid === sidOf(context)
        ? dead(context, `the role denies every session issued before ${now.beforeText}`)
        : { verdict: 'alive', says: 'the role denies no older sessions' }
    },
  },
})

async function resolve(context: Context, target: EntityId): Promise<{ access: Access; role: Found }> {
  const access = await acting(context, scopes)
  const role = await requirePrincipal(context, access, target)
  if (role.noun !== 'role') throw new AwsError('ERR_AWS_TARGET', `\`${target}\` is no role`)
  return { access, role }
}

const undoOf = (before: string | undefined): Pick<Applied, 'undoState'> => ({ undoState: { before: before ?? null } })

/** A Sid takes letters and digits alone. */
const sidOf = ({ key }: Context): string => `Cordon${key.replace(/[^A-Za-z0-9]/g, '')}`

async function read(access: Access, { name }: Found) {
  const result = await find(access, 'iam', 'GetRolePolicy', { RoleName: name, PolicyName: policyName })
  const encoded = textAt(result, 'PolicyDocument')
  if (encoded === undefined) return undefined
  const text = decodeURIComponent(encoded)
  const document = parseJson(text)
  const [statement] = isObject(document) && Array.isArray(document['Statement']) ? document['Statement'] : []
  const { Sid: sid, Condition: condition } = isObject(statement) ? statement : {}
  const dates = isObject(condition) ? condition['DateLessThan'] : undefined
  const issued = isObject(dates) ? dates['aws:TokenIssueTime'] : undefined
  const beforeText = typeof issued === 'string' ? issued : 'an unknown time'
  return { text, sid, beforeText }
}
