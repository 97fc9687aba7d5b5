import { defineAction } from '#respond/contract'

import { callScim } from '../client.ts'
import { SlackError, type Plan, type SlackConfig } from '../config.ts'
import { userOf } from '../names.ts'
import { accessOf, dead, guard, preview, probeEveryMs, probeWithinMs, requiredUser } from './context.ts'
import { readActive } from './user.ts'

const scopes = ['admin'] as const
const plans: readonly Plan[] = ['enterprise', 'business']
const patch = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/** First of all steps on a user: no new session begins while the old ones are ended. */
export const userDeactivate = defineAction<SlackConfig>({
  verb: 'slack.user.deactivate',
  phase: 'revoke',
  title: 'Deactivate a user (SCIM)',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity, role, attributes }) {
    if (role !== 'trigger' && role !== 'descendant-entity') return undefined
    // A bot is no member: it goes with its app.
    return userOf(entity) !== undefined && attributes['kind'] !== 'service' ? entity : undefined
  },
  preview: () =>
    preview(
      scopes,
      [
        'the user is signed out everywhere, and the tokens that apps hold in their name are revoked',
        'apps they installed keep their bot users, webhooks and slash commands, or are switched off with them: Slack decides by app',
        'undo activates the user again; tokens are not given back, and the same password or single sign-on opens the account',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    const id = requiredUser(target)
    const { access } = await guard(context, target, plans)
    const active = await readActive(access, id)
    if (active === undefined) return { says: 'SCIM knows no such user' }
    if (!active) return { says: 'the user was deactivated already' }
    const response = await callScim(access, 'DELETE', id)
    if (response.status !== 404) refuseScim(response.status, 'the deactivation')
    return { says: 'deactivated', undoState: { wasActive: true } }
  },
  async readBack(context, target) {
    return (await readActive(accessOf(context), requiredUser(target))) === true ? 'absent' : 'landed'
  },
  /** A user who was not active before stays so: undo takes back this step, not another's. */
  async undo(context, target, undoState) {
    if (undoState?.['wasActive'] !== true) return
    const id = requiredUser(target)
    const { access } = await guard(context, target, plans)
    if ((await readActive(access, id)) !== false) return
    const operation = { op: 'replace', path: 'active', value: true }
    const response = await callScim(access, 'PATCH', id, { schemas: [patch], Operations: [operation] })
    refuseScim(response.status, 'the activation')
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const active = await readActive(accessOf(context), requiredUser(target))
      return active === true
        ? { verdict: 'alive', says: 'SCIM lists the user as active' }
        : dead(context, active === undefined ? 'SCIM knows no such user' : 'SCIM lists the user as not active')
    },
  },
})

/** Owners are above SCIM: Slack lets nobody deactivate the primary one, nor SCIM one whom it does not manage. */
function refuseScim(status: number, what: string): void {
  if (status >= 200 && status < 300) return
  throw new SlackError('ERR_SLACK_REFUSED', `Slack refuses ${what} by SCIM with ${status}`, {
    hint: 'have an owner do it in the organisation settings; a primary owner hands the role over first',
    retryable: status >= 500,
  })
}
