import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction, type Probed } from '#respond/contract'
import { isTold, segment } from '#sources/contract'

import { scopesToAct } from '../auth.ts'
import { call, members, organizationPath, pagesOf } from '../client.ts'
import type { HuggingfaceConfig } from '../config.ts'
import { nameUser, partsOf } from '../names.ts'
import { organizationIn, readLent } from '../whoami.ts'
import {
  accessOf,
  dead,
  guard,
  previewStep,
  probeEveryMs,
  probeWithinMs,
  refused,
  requiredParts,
  requirePlan,
  settingsUrl,
  settle,
  type Context,
} from './context.ts'

const scopes = scopesToAct.tokens
const row = z.object({
  _id: z.string(),
  owner: z.object({ _id: z.string().nullish(), name: z.string().nullish() }),
  authorization: z.object({ status: z.string() }).nullish(),
})
type Token = z.output<typeof row>

/** INVARIANT: asked for by id, which is never given anew, among all tokens, those that are revoked too. */
async function findToken(context: Context, target: EntityId): Promise<Token | undefined> {
  const [id] = requiredParts('token', target)
  const path = `${organizationPath(context.config)}/settings/tokens`
  const query = `?${new URLSearchParams({ limit: '100', q: 'status:all' }).toString()}`
  for await (const rows of pagesOf(accessOf(context), row, path, query, 'the list of tokens')) {
    const found = rows.find(({ _id }) => _id === id)
    if (found !== undefined) return found
  }
  return undefined
}

const isClosed = ({ authorization }: Token): boolean => ['revoked', 'denied'].includes(authorization?.status ?? '')

/** Whose the token is: it is spared, and Cordon's own, with them. */
async function ownerOf(context: Context, { owner }: Token): Promise<EntityId[]> {
  if (isTold(owner._id)) return [nameUser(context.authority, owner._id)]
  for await (const { _id, user } of members(accessOf(context))) {
    if (user === owner.name) return [nameUser(context.authority, _id)]
  }
  return []
}

/**
 * Takes a member's token the organisation, and nothing else: it is its owner's, and lives on wherever else they may go. An
 * administrator cannot take their own.
 */
export const tokenRevoke = defineAction<HuggingfaceConfig>({
  verb: 'huggingface.token.revoke',
  phase: 'revoke',
  title: 'Revoke a token for this organisation',
  scopes,
  retry: 'idempotent',
  proofs: ['probed', 'read-back'],
  targetFor: ({ entity }) => (partsOf('token', entity) === undefined ? undefined : entity),
  preview: (_, { name }) =>
    previewStep(
      scopes,
      [
        `what works with ${typeof name === 'string' ? `\`${name}\`` : 'the token'} is refused by everything of this organisation`,
        'elsewhere the token lives on until its owner deletes it (https://huggingface.co/settings/tokens); the Hub writes to them',
        'for good: its owner makes a new one',
      ],
      { proofs: ['probed', 'read-back'] },
    ),
  async apply(context, target) {
    const access = await guard(context, target)
    requirePlan(context, 'enterprise', 'to revoke a token')
    const token = await findToken(context, target)
    if (token === undefined) throw refused(target, 'is in no list of this organisation')
    if (isClosed(token)) return { says: `the token was ${token.authorization?.status ?? 'revoked'} already` }
    await guard(context, target, await ownerOf(context, token))
    const path = `${organizationPath(access.config)}/settings/tokens/${segment(token._id)}/revoke`
    const hint = `revoke it by hand: ${settingsUrl(context, 'tokens')}`
    settle(await call(access, 'POST', path), 'the revocation of the token', hint)
    return { says: 'revoked for this organisation' }
  },
  async readBack(context, target) {
    const token = await findToken(context, target)
    return token === undefined ? 'unknown' : isClosed(token) ? 'landed' : 'absent'
  },
  probe: { everyMs: probeEveryMs, withinMs: probeWithinMs, run: probe },
})

async function probe(context: Context, target: EntityId): Promise<Probed> {
  const token = await findToken(context, target)
  if (token === undefined) return { verdict: 'unknown', says: 'the Hub lists no such token' }
  const value = context.lent(target)
  if (value === undefined) {
    return isClosed(token)
      ? dead(context, 'the Hub lists the token as revoked here; elsewhere its owner may still use it')
      : { verdict: 'alive', says: 'the Hub lists the token as good' }
  }
  return isClosed(token)
    ? tryLent(context, value)
    : { verdict: 'alive', says: 'the Hub lists the token as good, whatever the lent value does' }
}

/** From where the thief stands, and harmless: what the value says of itself. */
async function tryLent(context: Context, value: string): Promise<Probed> {
  const me = await readLent(accessOf(context), value)
  if (me === undefined) return dead(context, 'tried at the Hub with the value: 401', 'probed')
  const held = organizationIn(me, context)
  if (held === undefined || held.securityRestrictions?.includes('token-revoked') === true) {
    return dead(context, 'tried at the Hub with the value: it opens nothing of this organisation', 'probed')
  }
  return {
    verdict: 'alive',
    says: 'the lent value still opens the organisation, though its token is listed as revoked',
  }
}
