import { defineAction, previewStep } from '#respond/contract'

import { readSession, remove } from '../admin.ts'
import type { OidcConfig } from '../config.ts'
import { idOf } from '../names.ts'
import { accessOf, probeEveryMs, probeWithinMs, requiredId } from './context.ts'

export const sessionEnd = defineAction<OidcConfig>({
  verb: 'oidc.session.end',
  phase: 'end-sessions',
  title: 'End a browser session at the issuer',
  scopes: ['admin: sessions'],
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (idOf('session', entity) === undefined ? undefined : entity),
  preview: () =>
    previewStep(
      ['admin: sessions'],
      [
        'the browser is signed out at the issuer and has to sign in again',
        'applications that keep sessions of their own stay signed in',
      ],
    ),
  async apply(context, target) {
    const outcome = await remove(accessOf(context), 'sessions', requiredId('session', target))
    return { says: outcome === 'absent' ? 'the session was gone already' : 'session removed at the issuer' }
  },
  async readBack(context, target) {
    const { state } = await readSession(accessOf(context), requiredId('session', target))
    return state === 'gone' ? 'landed' : 'absent'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const { state } = await readSession(accessOf(context), requiredId('session', target))
      return state === 'live'
        ? { verdict: 'alive', says: 'the issuer still lists the session' }
        : {
            verdict: 'dead',
            proof: { kind: 'read-back', says: 'the issuer no longer has the session', where: [context.authority] },
          }
    },
  },
})
