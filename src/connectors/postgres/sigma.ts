import type { SigmaShape } from '#sources/contract'

/** Fields of a line of the server's log as it is kept; `audit` is what pgaudit says. */
export const logSigma: SigmaShape = {
  product: 'postgresql',
  category: 'database',
  service: 'log',
  fields: [
    'application_name',
    'audit.class',
    'audit.command',
    'audit.id',
    'audit.object',
    'audit.objectType',
    'audit.rows',
    'audit.type',
    'dbname',
    'error_severity',
    'kind',
    'line_num',
    'message',
    'pid',
    'ps',
    'remote_host',
    'remote_port',
    'resolved.*',
    'session_id',
    'state_code',
    'statement',
    'timestamp',
    'user',
  ],
}
