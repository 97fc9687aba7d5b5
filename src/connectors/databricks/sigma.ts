import type { SigmaSort } from '#sources/contract'

export const sorts: readonly SigmaSort[] = [
  {
    product: 'databricks',
    category: 'cloud',
    service: 'audit',
    fields: [
      'accountId',
      'actionName',
      'auditLevel',
      'eventId',
      'identityMetadata.*',
      'requestId',
      'requestParams.*',
      'response.errorMessage',
      'response.result',
      'response.statusCode',
      'serviceName',
      'sessionId',
      'sourceIPAddress',
      'timestamp',
      'userAgent',
      'userIdentity.email',
      'userIdentity.subjectName',
      'version',
      'workspaceId',
    ],
    holds: (record) => 'serviceName' in record,
  },
]
