import type { SigmaShape } from '#sources/contract'

import { knownAuditTypes } from './audit-types.ts'

/** Fields of an entry of the audit log: details lie under the name of its type. */
export const auditSigma: SigmaShape = {
  product: 'openai',
  category: 'application',
  service: 'audit',
  fields: [
    'actor.api_key.*',
    'actor.session.*',
    'actor.type',
    'effective_at',
    'id',
    'project.id',
    'project.name',
    'type',
    ...knownAuditTypes().map((type) => `${type}.*`),
  ],
}
