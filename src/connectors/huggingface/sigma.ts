import type { SigmaShape } from '#sources/contract'

/** Fields of an entry of the organisation's audit log, as its export has them. */
export const auditSigma: SigmaShape = {
  product: 'huggingface',
  category: 'application',
  service: 'audit',
  fields: [
    '_id',
    'author._id',
    'author.type',
    'author.user',
    'createdAt',
    'data',
    'data.*',
    'ip',
    'location.country',
    'message',
    'oauth.clientId',
    'oauth.name',
    'token.deleted',
    'token.id',
    'token.role',
    'type',
    'userAgent',
  ],
}
