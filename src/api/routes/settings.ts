import type { Loosening } from '#respond'

import { ApiError } from '../error.ts'
import type { RouteHandlers } from './call.ts'

const ok = { ok: true as const }

export const settingRoutes: RouteHandlers<
  | 'loosening.list'
  | 'loosening.consent'
  | 'loosening.cancel'
  | 'protection.list'
  | 'protection.add'
  | 'protection.remove'
> = {
  'loosening.list': ({ services }) =>
    Promise.resolve({
      loosenings: services.responder.loosenings(services.tenant).map(({ loosening, ...waiting }) => ({
        ...waiting,
        kind: loosening.kind,
        says: sayLoosening(loosening),
      })),
    }),
  'loosening.consent': async ({ services, principal, params, body }) => {
    if (body.consent.loosening !== params['loosening']) {
      throw new ApiError('ERR_API_SHAPE', 'the consent names another loosening', { place: 'body: consent.loosening' })
    }
    if (body.consent.approver !== principal.id) {
      throw new ApiError(
        'ERR_API_FORBIDDEN',
        `\`${principal.id}\` sent a consent signed as \`${body.consent.approver}\``,
      )
    }
    return services.responder.consent(services.tenant, body)
  },
  'loosening.cancel': async ({ services, principal, params }) => {
    await services.responder.cancelLoosening(services.tenant, params['loosening'] ?? '', principal.id)
    return ok
  },
  'protection.list': ({ services }) =>
    Promise.resolve({ protections: services.responder.protectedEntities(services.tenant) }),
  'protection.add': async ({ services, principal, body }) => {
    await services.responder.protect(services.tenant, { entity: body.entity, why: 'break-glass' }, principal.id)
    return ok
  },
  'protection.remove': ({ services, principal, body }) =>
    services.responder.unprotect(services.tenant, body.entity, principal.id),
}

function sayLoosening(loosening: Loosening): string {
  switch (loosening.kind) {
    case 'ladder':
      return `\`${loosening.rung.verb}\` goes from ${loosening.from} to ${loosening.rung.rung}`
    case 'approver':
      return `\`${loosening.name}\` may approve with key \`${loosening.keyId}\``
    case 'unprotect':
      return `\`${loosening.entity}\` is no longer protected (${loosening.why})`
  }
}
