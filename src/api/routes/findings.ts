import { toldFinding, toldFindings } from '#respond'

import { ApiError } from '../error.ts'
import type { RouteHandlers } from './call.ts'

export const findingRoutes: RouteHandlers<'finding.list' | 'finding.show' | 'rule.reload'> = {
  'finding.list': ({ services: { reader, tenant }, query }) =>
    Promise.resolve({ findings: toldFindings(reader, tenant, query) }),
  'finding.show': ({ services: { reader, tenant }, params }) => {
    const id = params['finding'] ?? ''
    const found = toldFinding(reader, tenant, id)
    if (found === undefined)
      throw new ApiError('ERR_API_NOT_FOUND', `no finding \`${id}\``, { hint: '`cordon finding list` shows them' })
    return Promise.resolve(found)
  },
  'rule.reload': ({ services }) => {
    services.reloadRules()
    return Promise.resolve({ ok: true as const })
  },
}
