import { canonicalJson, formatTime, parseJson } from '#kit'
import { defineAction, previewStep, type Applied } from '#respond/contract'

import type { Access } from '../client.ts'
import { AwsError, type AwsConfig } from '../config.ts'
import { keyIdOf, principalOf } from '../names.ts'
import { conditionIn, statementsIn } from '../rights/policy.ts'
import {
  acting,
  dead,
  findPrincipal,
  probeEveryMs,
  probeWithinMs,
  propagationMs,
  sidOf,
  type Context,
  type Found,
} from './context.ts'
import { inlinePolicy } from './inline-policy.ts'
import { cutReserved, isReservedRole, readReserved, undoReserved } from './reserved-role.ts'

const policy = inlinePolicy('role', 'CordonRevokeOlderSessions')
const { scopes } = policy

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
  preview: () =>
    previewStep(
      scopes,
      [
        'every session of this role that was issued before now is refused, whoever holds it',
        'who may assume the role gets a new session at once: deny who stole the way in first',
        'a role of Identity Center takes no policy in the account: it is denied from the organisation instead',
        'undo lets older sessions that have not expired work again: keep it as long as a session of the role may live',
      ],
      { reversible: true, residualMs: propagationMs },
    ),
  async apply(context, target) {
    const { access, found: role } = await policy.resolve(context, target)
    if (role.arn.includes(':role/aws-service-role/')) {
      throw new AwsError('ERR_AWS_REFUSED', 'AWS lets nobody deny a service-linked role', {
        hint: 'its sessions end by themselves; look at the service that uses it',
      })
    }
    if (isReservedRole(role)) return cutReserved(context, role, cutOf(context))
    const before = await read(access, role)
    if (before?.sid === cutOf(context))
      return { says: 'older sessions were denied by this step before', ...undoOf(before.text) }
    const document = canonicalJson({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: cutOf(context),
          Effect: 'Deny',
          Action: '*',
          Resource: '*',
          Condition: { DateLessThan: { 'aws:TokenIssueTime': formatTime(context.clock.nowMs()) } },
        },
      ],
    })
    await policy.put(access, role, document)
    return { says: 'sessions issued before now are denied', ...undoOf(before?.text) }
  },
  /** The statement carries the step's own key: a cut of an earlier incident is not taken for this one. */
  async readBack(context, target) {
    const { access, found: role } = await policy.resolve(context, target)
    return (await beforeOf(context, access, role)) === undefined ? 'absent' : 'landed'
  },
  async undo(context, target, undoState) {
    const { access, found: role } = await policy.resolve(context, target)
    const entry = undoState?.['entry']
    if (typeof entry === 'string') return undoReserved(context, entry)
    const before = undoState?.['before']
    if (typeof before === 'string') await policy.put(access, role, before)
    else await policy.remove(access, role)
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const access = await acting(context, scopes)
      const role = await findPrincipal(access, target)
      if (role === undefined) return dead(context, 'the role is gone, and its sessions with it')
      const beforeText = await beforeOf(context, access, role)
      return beforeText !== undefined
        ? dead(context, `the role is denied every session issued before ${beforeText}`)
        : { verdict: 'alive', says: 'the role denies no older sessions' }
    },
  },
})

const undoOf = (before: string | undefined): Pick<Applied, 'undoState'> => ({ undoState: { before: before ?? null } })

/** The time before which this step denied the role's sessions; undefined where it did not. */
async function beforeOf(context: Context, access: Access, role: Found): Promise<string | undefined> {
  if (isReservedRole(role)) return readReserved(context, cutOf(context))
  const now = await read(access, role)
  return now?.sid === cutOf(context) ? now.beforeText : undefined
}

const cutOf = (context: Context): string => sidOf('Cordon', context)

async function read(access: Access, role: Found) {
  const text = await policy.read(access, role)
  if (text === undefined) return undefined
  const [statement = {}] = statementsIn(parseJson(text))
  const beforeText = conditionIn(statement, 'DateLessThan', 'aws:TokenIssueTime') ?? 'an unknown time'
  return { text, sid: statement['Sid'], beforeText }
}
