import { formatTime } from '#kit'
import type { EntityId } from '#model'
import { defineAction, type Probed } from '#respond/contract'

import { one } from '../activity-row.ts'
import { scopesTo } from '../auth.ts'
import type { GoogleConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import { accessOf, dead, guard, preview, requiredParts, type Context } from './context.ts'
import { eventsNamed } from './log.ts'

/** Where an administrator takes a client's domain-wide delegation away. */
export const delegationUrl = 'https://admin.google.com/ac/owl/domainwidedelegation'

const uses = ['customer', 'log'] as const
const everyMs = 60_000
const withinMs = 10 * 60_000
const logKeptMs = 180 * 24 * 3_600_000

/** No API lists or ends domain-wide delegation: the step waits for a person, and the admin log tells what they did. */
export const delegationRemove = defineAction<GoogleConfig>({
  verb: 'google.delegation.remove',
  phase: 'revoke',
  title: 'See that a domain-wide delegation is taken away',
  scopes: scopesTo(...uses),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('delegation', entity) === undefined ? undefined : entity),
  preview: (target) =>
    preview(
      uses,
      [
        `an administrator deletes client \`${partsOf('delegation', target)?.[0] ?? target}\` at ${delegationUrl}: Google has no call for it`,
        'what the client does in the name of users stops within an hour, with its last access token',
        'whoever holds a key of the service account keeps it: delete the key in its project as well',
      ],
      { residualMs: 3_600_000 },
    ),
  async apply(context, target) {
    requiredParts('delegation', target)
    await guard(context, target)
    return { says: `waits for an administrator: delete the client at ${delegationUrl}` }
  },
  async readBack(context, target) {
    return (await lastChange(context, target))?.isRemoved === true ? 'landed' : 'absent'
  },
  // A person does it, and the log is slow: nothing is won by asking sooner.
  probe: { everyMs, soonestMs: everyMs, withinMs, run: probe },
})

async function lastChange(
  context: Context,
  target: EntityId,
): Promise<{ atMs: number; isRemoved: boolean } | undefined> {
  const [client] = requiredParts('delegation', target)
  const sinceMs = context.clock.nowMs() - logKeptMs
  const told: { atMs: number; isRemoved: boolean }[] = []
  for (const name of ['REMOVE_API_CLIENT_ACCESS', 'AUTHORIZE_API_CLIENT_ACCESS']) {
    const events = await eventsNamed(accessOf(context), 'admin', name, sinceMs)
    const mine = events.filter(({ parameters }) => one(parameters, 'API_CLIENT_NAME') === client)
    told.push(...mine.map(({ atMs }) => ({ atMs, isRemoved: name === 'REMOVE_API_CLIENT_ACCESS' })))
  }
  return told.sort((a, b) => b.atMs - a.atMs)[0]
}

async function probe(context: Context, target: EntityId): Promise<Probed> {
  const [client] = requiredParts('delegation', target)
  const last = await lastChange(context, target)
  if (last?.isRemoved === true) {
    return dead(context, `the admin log tells that the delegation was taken away at ${formatTime(last.atMs)}`)
  }
  return { verdict: 'alive', says: `client \`${client}\` may act as any user: delete it at ${delegationUrl}` }
}
