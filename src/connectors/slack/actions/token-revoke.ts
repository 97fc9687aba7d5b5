import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction, type Probed, type ReadBack } from '#respond/contract'

import { readSlack } from '../answers.ts'
import { authorityIn, call, readLent, type Access, type Self } from '../client.ts'
import { ownApps, SlackError, type SlackConfig } from '../config.ts'
import { nameIdentity, partsOf } from '../names.ts'
import { appOfToken } from './app.ts'
import { accessOf, dead, guard, preview, probeEveryMs, probeWithinMs, refused, type Context } from './context.ts'

/** Slack's page has `revoked`, its client's types do not. */
const revoked = z.object({ revoked: z.boolean().optional() })

/**
 * Revokes one token by its value, on every plan: Slack has no other name for a token. Its app stays, and so do its other
 * tokens; a token that an attacker's installation made goes with the app instead.
 */
export const tokenRevoke = defineAction<SlackConfig>({
  verb: 'slack.token.revoke',
  phase: 'revoke',
  title: 'Revoke a token by its value',
  scopes: [],
  retry: 'idempotent',
  proofs: ['probed'],
  targetFor: ({ entity, role }) => (appOfToken(entity) !== undefined && role !== 'descendant' ? entity : undefined),
  preview: (target) =>
    preview(
      [],
      [
        'the value of the token is needed: lend it to the incident',
        partsOf('bot-token', target) === undefined
          ? 'the app acts for this user no more, until the user lets it again'
          : "the app's bot is switched off and leaves its channels, until the app is installed again",
      ],
      { proofs: ['probed'] },
    ),
  async apply(context, target) {
    const user = partsOf('user-token', target)?.[1]
    const hit = user === undefined ? [] : [nameIdentity(context.authority, user)]
    const { access } = await guard(context, target, ['enterprise', 'business', 'basic'], hit)
    const value = requiredValue(context, target)
    const speaks = await readLent(access, value)
    if (speaks === undefined) return { says: 'Slack takes the token no more' }
    assertIsToken(context, target, speaks)
    return revoke(access, value)
  },
  async readBack(context, target): Promise<ReadBack> {
    const value = context.lent(target)
    if (value === undefined) return 'unknown'
    return (await readLent(accessOf(context), value)) === undefined ? 'landed' : 'absent'
  },
  probe: { everyMs: probeEveryMs, withinMs: probeWithinMs, run: probe },
})

async function revoke(access: Access, value: string) {
  const { revoked: isDone } = readSlack(revoked, await call(access, 'auth.revoke', {}, value), 'the revocation')
  if (isDone !== false) return { says: 'revoked with its value' }
  throw new SlackError('ERR_SLACK_REFUSED', 'Slack says that it did not revoke the token', {
    hint: 'uninstall the app, or rotate the token in its settings',
  })
}

function requiredValue(context: Context, target: EntityId): string {
  const value = context.lent(target)
  if (value !== undefined) return value
  throw new SlackError('ERR_SLACK_NEEDS', 'the value of the token is needed to revoke it', {
    hint: 'lend the value to the incident, or uninstall the app',
  })
}

/** INVARIANT: a lent value is used on one token only: what it speaks for must be what the target names, and never Cordon. */
function assertIsToken(context: Context, target: EntityId, speaks: Self): void {
  if (authorityIn(speaks) !== context.authority) throw refused(target, 'is of another organisation than the lent value')
  const user = partsOf('user-token', target)?.[1]
  if (user !== undefined && speaks.user_id !== user) throw refused(target, 'is of another user than the lent value')
  if (user === undefined && !speaks.bot_id) throw refused(target, "is a bot's token, and the lent value is not")
  const app = speaks.app_id
  if (app === null || app === undefined) return
  if (ownApps(context.config).includes(app)) throw refused(target, "is Cordon's own")
  if (app !== appOfToken(target)) throw refused(target, 'is of another app than the lent value')
}

async function probe(context: Context, target: EntityId): Promise<Probed> {
  const value = context.lent(target)
  if (value === undefined) return { verdict: 'unknown', says: 'no value was lent, and Slack shows no state of a token' }
  return (await readLent(accessOf(context), value)) === undefined
    ? dead(context, 'tried at Slack with the value: refused', 'probed')
    : { verdict: 'alive', says: 'Slack still takes the lent value' }
}
