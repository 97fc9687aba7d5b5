import { defineAction } from '#respond/contract'

import { hasAdmin, readGrant, remove } from '../admin.ts'
import { introspect, revoke } from '../client.ts'
import { OidcError, type OidcConfig } from '../config.ts'
import { idOf, nameGrant } from '../names.ts'
import { accessOf, probeEveryMs, probeWithinMs, requiredId } from './context.ts'
import { authorityOf } from '#model'

/** Kills the family: the refresh token and every opaque access token made from it. */
export const grantRevoke = defineAction<OidcConfig>({
  verb: 'oidc.grant.revoke',
  phase: 'revoke',
  title: 'Revoke a grant with its refresh and access tokens',
  scopes: ['admin: grants'],
  retry: 'idempotent',
  proofs: ['introspected', 'read-back'],
  targetFor({ entity, attributes }) {
    if (idOf('grant', entity) !== undefined) return entity
    const { grant, tokenKind } = attributes
    return idOf('token', entity) !== undefined && tokenKind === 'refresh' && typeof grant === 'string'
      ? nameGrant(authorityOf(entity), grant)
      : undefined
  },
  preview: () => ({
    effects: [
      'the refresh token and every opaque access token of this grant stop working',
      'the user or service has to sign in and consent again',
      'self-contained access tokens made from it stay good until they expire',
    ],
    reversible: false,
    undoWithinMs: null,
    residualMs: 0,
    scopes: ['admin: grants'],
    proofs: ['introspected', 'read-back'],
  }),
  async apply(context, target) {
    const access = accessOf(context)
    if (hasAdmin(access)) {
      await remove(access, 'grants', requiredId('grant', target))
      return { says: 'grant and its tokens removed at the issuer' }
    }
    const value = context.lent(target)
    if (value === undefined) {
      throw new OidcError('ERR_OIDC_NEEDS', 'the refresh token of the grant is needed to revoke it', {
        hint: 'lend its value to the incident, or set `adminUrl`',
      })
    }
    if ((await revoke(access, value)) === 'unsupported') {
      throw new OidcError('ERR_OIDC_REFUSED', 'the lent value is a self-contained token: it has no family to end')
    }
    return { says: 'refresh token revoked with its value (RFC 7009); the issuer ends its family' }
  },
  async readBack(context, target) {
    const access = accessOf(context)
    if (!hasAdmin(access)) return 'unknown'
    const { state } = await readGrant(access, requiredId('grant', target))
    return state === 'gone' ? 'landed' : 'absent'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const access = accessOf(context)
      const where = [context.authority]
      const value = context.lent(target)
      const isAnswered = value === undefined ? undefined : await introspect(access, value)
      if (isAnswered !== undefined && isAnswered !== 'unsupported' && isAnswered.active) {
        return { verdict: 'alive', says: 'introspection answers active: true for its refresh token' }
      }
      if (!hasAdmin(access)) {
        return isAnswered === undefined || isAnswered === 'unsupported'
          ? { verdict: 'unknown', says: 'no value was lent and the issuer shows no state' }
          : { verdict: 'dead', proof: { kind: 'introspected', says: 'its refresh token is inactive', where } }
      }
      const { state, liveTokens } = await readGrant(access, requiredId('grant', target))
      const opaque = liveTokens.filter((token) => token.format === 'opaque').length
      if (state === 'live') return { verdict: 'alive', says: 'the issuer still lists the grant' }
      if (opaque > 0) return { verdict: 'alive', says: `the grant is gone, ${opaque} of its tokens are not` }
      const left = liveTokens.length - opaque
      const rest = left === 0 ? '' : `; ${left} self-contained access tokens live on until they expire`
      return isAnswered === undefined
        ? { verdict: 'dead', proof: { kind: 'read-back', says: `grant and tokens are gone${rest}`, where } }
        : { verdict: 'dead', proof: { kind: 'introspected', says: `its refresh token is inactive${rest}`, where } }
    },
  },
})
