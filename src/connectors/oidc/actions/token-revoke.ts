import { formatTime } from '#kit'
import type { EntityId } from '#model'
import { defineAction, type ActionContext, type Applied, type Probed, type ReadBack } from '#respond/contract'

import { hasAdmin, readToken, remove, type TokenState } from '../admin.ts'
import { assertIsToken, introspect, revoke, type SelfContained } from '../client.ts'
import { OidcError, type OidcConfig } from '../config.ts'
import { idOf } from '../names.ts'
import { accessOf, probeEveryMs, probeWithinMs, requiredId } from './context.ts'

/**
 * Kills one token. The admin extension is preferred: RFC 7009 on an access token also ends the refresh tokens of its
 * grant (measured, oidc-provider 9.13.3). A self-contained token has nothing at the issuer that could be removed; the
 * action then says so and the probe names the moment it dies by itself.
 */
export const tokenRevoke = defineAction<OidcConfig>({
  verb: 'oidc.token.revoke',
  phase: 'revoke',
  title: 'Revoke a token at its issuer',
  scopes: ['token revocation', 'admin: tokens'],
  retry: 'idempotent',
  proofs: ['introspected', 'read-back', 'expired'],
  targetFor({ entity, attributes }) {
    if (idOf('token', entity) === undefined) return undefined
    if (attributes['selfContained'] === true && attributes['deniable'] === true) return undefined
    // A refresh token's grant is revoked instead: that takes its whole family along.
    return attributes['tokenKind'] === 'refresh' && typeof attributes['grant'] === 'string' ? undefined : entity
  },
  preview(_, attributes) {
    const { expiresAtMs } = attributes
    const until = typeof expiresAtMs === 'number' ? ` until ${formatTime(expiresAtMs)}` : ' until it expires'
    const isSelfContained = attributes['selfContained'] === true
    return {
      effects: isSelfContained
        ? [`the issuer keeps nothing it could revoke: the token stays good${until}`]
        : [
            'the token stops working at once wherever it is checked with the issuer',
            'without the admin extension the refresh tokens of the same grant stop, too',
          ],
      reversible: false,
      undoWithinMs: null,
      residualMs: isSelfContained ? null : 0,
      scopes: ['token revocation', 'admin: tokens'],
      proofs: isSelfContained ? ['expired'] : ['introspected', 'read-back'],
    }
  },
  apply: applyRevoke,
  readBack,
  probe: { everyMs: probeEveryMs, withinMs: probeWithinMs, run: probe },
})

async function applyRevoke(context: ActionContext<OidcConfig>, target: EntityId): Promise<Applied> {
  const access = accessOf(context)
  const ref = requiredId('token', target)
  const value = context.lent(target)
  if (value !== undefined) await assertIsToken(access, value, ref)
  if (hasAdmin(access)) {
    const outcome = await remove(access, 'tokens', ref)
    if (outcome === 'removed') return { says: 'removed at the issuer by the admin extension' }
    if (outcome === 'unsupported') return { says: 'self-contained: the issuer keeps nothing to revoke' }
    if (value === undefined) {
      throw new OidcError('ERR_OIDC_TARGET', `the issuer knows no token \`${ref}\``, {
        hint: 'it was never given out by this issuer, or forgotten after its end',
      })
    }
  }
  if (value === undefined) {
    throw new OidcError('ERR_OIDC_NEEDS', 'the value of the token is needed to revoke it', {
      hint: 'lend the value to the incident, or set `adminUrl`',
    })
  }
  const before = await introspect(access, value)
  if (before !== 'unsupported' && !before.active) {
    // RFC 7662 section 2.2: the same answer for "dead" and for "not for your eyes". Only a token seen alive can be proven dead.
    throw new OidcError('ERR_OIDC_REFUSED', 'the issuer calls the token inactive before anything was done', {
      hint: 'it is dead already, or this client may not introspect it: set `adminUrl`, or allow the client to introspect',
    })
  }
  const outcome = await revoke(access, value)
  return {
    says:
      outcome === 'accepted'
        ? 'revoked with its value (RFC 7009)'
        : 'the issuer answers unsupported_token_type: self-contained, it keeps nothing to revoke',
  }
}

async function readBack(context: ActionContext<OidcConfig>, target: EntityId): Promise<ReadBack> {
  const access = accessOf(context)
  const ref = requiredId('token', target)
  if (hasAdmin(access)) {
    const state = await readToken(access, ref)
    if (state === undefined) return 'unknown'
    // Of a self-contained token there is nothing to land: applying again would change as little.
    return state.state === 'live' && state.format === 'opaque' ? 'absent' : 'landed'
  }
  const value = context.lent(target)
  if (value === undefined) return 'unknown'
  await assertIsToken(access, value, ref)
  const now = await introspect(access, value)
  if (now === 'unsupported') return 'landed'
  return now.active ? 'absent' : 'landed'
}

async function probe(context: ActionContext<OidcConfig>, target: EntityId): Promise<Probed> {
  const access = accessOf(context)
  const ref = requiredId('token', target)
  const state = hasAdmin(access) ? await readToken(access, ref) : undefined
  const value = context.lent(target)
  if (value !== undefined) {
    const claims = await assertIsToken(access, value, ref)
    if (claims !== undefined) return probeSelfContained(context, claims.expiresAtMs)
    const now = await introspect(access, value)
    if (now !== 'unsupported') return judge(context, now.active, state)
  }
  if (state === undefined) return { verdict: 'unknown', says: 'no value was lent and the issuer shows no state' }
  if (state.format === 'jwt') return probeSelfContained(context, state.expiresAtMs)
  if (state.state === 'expired') {
    return { verdict: 'dead', proof: { kind: 'expired', says: 'its time is over', where: [context.authority] } }
  }
  if (state.state === 'live') return { verdict: 'alive', says: 'the issuer still lists the token as good' }
  return {
    verdict: 'dead',
    proof: { kind: 'read-back', says: 'the issuer lists the token as revoked', where: [context.authority] },
  }
}

function judge(context: ActionContext<OidcConfig>, isActive: boolean, state: TokenState | undefined): Probed {
  if (isActive) return { verdict: 'alive', says: 'introspection answers active: true' }
  if (state?.state === 'live') {
    return { verdict: 'unknown', says: 'introspection says inactive, yet the issuer lists the token as good' }
  }
  return {
    verdict: 'dead',
    proof: {
      kind: 'introspected',
      says: 'asked with the value, the issuer answers active: false',
      where: [context.authority],
    },
  }
}

/** Resource servers forgive clocks that differ: until this long after `exp` a token may still open something. */
export const expirySkewMs = 60_000

/** Nobody but time kills it; `expiresAtMs` is its residual lifetime's end. */
export function probeSelfContained(
  context: ActionContext<OidcConfig>,
  expiresAtMs: SelfContained['expiresAtMs'],
): Probed {
  if (expiresAtMs !== null && context.clock.nowMs() >= expiresAtMs + expirySkewMs) {
    return {
      verdict: 'dead',
      proof: { kind: 'expired', says: `expired at ${formatTime(expiresAtMs)}`, where: [context.authority] },
    }
  }
  return {
    verdict: 'alive',
    says: 'self-contained: resource servers check it without asking the issuer; deny it there, roll the signing key, or wait',
    ...(expiresAtMs === null ? {} : { expiresAtMs }),
  }
}
