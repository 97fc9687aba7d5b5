import { CordonError, toErrorRecord } from '#kit'

import type { Problem } from './contract/index.ts'

export class ApiError extends CordonError<
  | 'ERR_API_SIGN_IN'
  | 'ERR_API_FORBIDDEN'
  | 'ERR_API_NOT_FOUND'
  | 'ERR_API_METHOD'
  | 'ERR_API_SHAPE'
  | 'ERR_API_SIZE'
  | 'ERR_API_BOOTSTRAP_OVER'
  | 'ERR_API_EXISTS'
  | 'ERR_API_BUSY'
  | 'ERR_API_LAST_ADMIN'
  | 'ERR_API_HOST'
  | 'ERR_API_LISTEN'
> {}

/** HTTP status by code; codes not listed are the caller's fault when they name a place or hint, else ours. */
const statuses: Record<string, number> = {
  ERR_API_SIGN_IN: 401,
  ERR_API_FORBIDDEN: 403,
  ERR_API_NOT_FOUND: 404,
  ERR_API_SHAPE: 400,
  ERR_API_SIZE: 413,
  ERR_API_BOOTSTRAP_OVER: 410,
  ERR_API_EXISTS: 409,
  ERR_API_BUSY: 503,
  ERR_API_LAST_ADMIN: 409,
  ERR_API_HOST: 421,
  ERR_INTAKE_SIGNATURE: 401,
  ERR_INTAKE_REPLAY: 401,
  ERR_INTAKE_SLOW: 408,
  ERR_INTAKE_TOO_LARGE: 413,
  ERR_SCIM_ABSENT: 404,
  ERR_SCIM_TAKEN: 409,
  ERR_SCIM_VERSION: 412,
  ERR_SCIM_FULL: 507,
  ERR_SCIM_METHOD: 405,
  ERR_API_METHOD: 405,
  ERR_POSTURE_EXCEPTED: 409,
  ERR_POSTURE_FULL: 409,
  ERR_IDENTITY_FULL: 507,
  ERR_TRIM_STAGE: 409,
  ERR_REVIEW_FULL: 409,
  ERR_REVIEW_STATE: 409,
  ERR_REVIEW_OWN: 403,
  ERR_REVIEW_REVIEWER: 403,
  ERR_LEASE_HELD: 409,
  ERR_LEASE_OPEN: 409,
  ERR_LEASE_FULL: 409,
  ERR_LEASE_STATE: 409,
  ERR_SIGNAL_OFF: 404,
  ERR_SIGNAL_ABSENT: 404,
  ERR_SIGNAL_FULL: 409,
  ERR_SIGNAL_TOO_OFTEN: 429,
  ERR_STORE_FULL: 507,
  ERR_STORE_IO: 503,
  ERR_STORE_BUSY: 503,
  ERR_STORE_CLOSED: 503,
  ERR_RPC_CLOSED: 503,
  ERR_INTERNAL: 500,
}

export function toProblem(error: unknown): Problem {
  const record = toErrorRecord(error)
  const status = statuses[record.code] ?? (/NOT_FOUND|UNKNOWN/.test(record.code) ? 404 : record.retryable ? 503 : 400)
  return {
    type: `urn:cordon:error:${record.code.toLowerCase().replaceAll('_', '-')}`,
    title: record.code,
    status,
    code: record.code,
    // What failed inside is for the operator's diagnostics, not for the caller.
    detail: record.code === 'ERR_INTERNAL' ? 'something failed inside Cordon; its diagnostics name it' : record.message,
    ...(record.hint === undefined ? {} : { hint: record.hint }),
    ...(record.place === undefined ? {} : { place: record.place }),
    ...(record.retryable ? { retryable: true } : {}),
  }
}
