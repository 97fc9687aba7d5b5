import { formatTime, isObject } from '#kit'
import type { EntityId } from '#model'
import { defineAction, type ActionContext, type Probed } from '#respond/contract'

import { hasAdmin, readToken } from '../admin.ts'
import { assertIsToken, refuseUnless } from '../client.ts'
import { OidcError, type OidcConfig } from '../config.ts'
import { idOf } from '../names.ts'
import { accessOf, probeEveryMs, probeWithinMs, requiredId } from './context.ts'
import { expirySkewMs } from './token-revoke.ts'

/** A self-contained token dies where it is used, or not at all: its id goes on the resource server's list. */
export const jwtDeny = defineAction<OidcConfig>({
  verb: 'oidc.jwt.deny',
  phase: 'deny',
  title: 'Have the resource server refuse a self-contained token',
  scopes: ['resource server: deny list'],
  retry: 'idempotent',
  proofs: ['probed', 'read-back', 'expired'],
  targetFor: ({ entity, attributes }) =>
    idOf('token', entity) !== undefined && attributes['selfContained'] === true && attributes['deniable'] === true
      ? entity
      : undefined,
  preview(_, { expiresAtMs }) {
    const until = typeof expiresAtMs === 'number' ? ` (${formatTime(expiresAtMs)})` : ''
    return {
      effects: [
        `the resource server refuses this token until it would have expired${until}`,
        'other resource servers that accept the same audience are not told',
      ],
      reversible: true,
      undoWithinMs: null,
      residualMs: 0,
      scopes: ['resource server: deny list'],
      proofs: ['probed', 'read-back'],
    }
  },
  async apply(context, target) {
    const { jti, expiresAtMs } = await resolve(context, target)
    const response = await callList(context, 'PUT', jti, { expiresAtMs })
    refuseUnless(response, 'the resource server')
    return { says: 'id put on the deny list of the resource server', undoState: { jti } }
  },
  async readBack(context, target) {
    const { jti } = await resolve(context, target)
    return (await isDenied(context, jti)) ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    const jti = undoState?.['jti']
    const response = await callList(
      context,
      'DELETE',
      typeof jti === 'string' ? jti : (await resolve(context, target)).jti,
    )
    if (response.status !== 404) refuseUnless(response, 'the resource server')
  },
  probe: { everyMs: probeEveryMs, withinMs: probeWithinMs, run: probe },
})

async function probe(context: ActionContext<OidcConfig>, target: EntityId): Promise<Probed> {
  const { jti, expiresAtMs } = await resolve(context, target)
  const where = [new URL(denylistOf(context).url).host]
  const residual = expiresAtMs === null ? {} : { expiresAtMs }
  if (expiresAtMs !== null && context.clock.nowMs() >= expiresAtMs + expirySkewMs) {
    return { verdict: 'dead', proof: { kind: 'expired', says: `expired at ${formatTime(expiresAtMs)}`, where } }
  }
  const value = context.lent(target)
  const { probeUrl } = denylistOf(context)
  if (value !== undefined && probeUrl !== undefined) {
    const response = await context.http.request(probeUrl, {
      headers: { authorization: `Bearer ${value}` },
      signal: context.signal,
    })
    if (response.status === 401 || response.status === 403) {
      const says = `tried at the resource server with the value: ${response.status}`
      return { verdict: 'dead', proof: { kind: 'probed', says, where } }
    }
    const verdict = response.status < 300 ? 'alive' : 'unknown'
    return { verdict, says: `the resource server answers ${response.status} to the value`, ...residual }
  }
  return (await isDenied(context, jti))
    ? { verdict: 'dead', proof: { kind: 'read-back', says: 'the resource server lists its id as denied', where } }
    : { verdict: 'alive', says: 'the resource server does not list its id', ...residual }
}

async function resolve(
  context: ActionContext<OidcConfig>,
  target: EntityId,
): Promise<{ jti: string; expiresAtMs: number | null }> {
  const access = accessOf(context)
  const ref = requiredId('token', target)
  const value = context.lent(target)
  const known =
    value === undefined
      ? hasAdmin(access)
        ? await readToken(access, ref)
        : undefined
      : await assertIsToken(access, value, ref)
  if (known === undefined || known.jti === null) {
    throw new OidcError('ERR_OIDC_NEEDS', `the id (\`jti\`) of token \`${ref}\` is not known`, {
      hint: 'lend the value to the incident, or set `adminUrl`',
    })
  }
  return { jti: known.jti, expiresAtMs: known.expiresAtMs }
}

async function isDenied(context: ActionContext<OidcConfig>, jti: string): Promise<boolean> {
  const response = await callList(context, 'GET', jti)
  if (response.status === 404) return false
  refuseUnless(response, 'the resource server')
  const body = response.json()
  return isObject(body) && body['denied'] === true
}

function denylistOf({ config }: ActionContext<OidcConfig>): NonNullable<OidcConfig['resourceDenylist']> {
  if (config.resourceDenylist === undefined) {
    throw new OidcError('ERR_OIDC_NEEDS', 'this source names no deny list of a resource server', {
      hint: 'set `resourceDenylist`; until then self-contained tokens live until they expire',
    })
  }
  return config.resourceDenylist
}

function callList(
  context: ActionContext<OidcConfig>,
  method: 'GET' | 'PUT' | 'DELETE',
  jti: string,
  body?: Record<string, number | null>,
) {
  const token = context.contain['denyToken']
  return context.http.request(`${denylistOf(context).url.replace(/\/+$/, '')}/${encodeURIComponent(jti)}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: context.signal,
  })
}
