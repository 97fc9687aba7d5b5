import type { Dialect, Exchange, Problem } from './contract/index.ts'

/** How a standard says no. What Cordon knows of the fault is in the problem; each dialect takes what it has a word for. */
export const dialects: Record<Dialect, (problem: Problem) => Exchange> = {
  /** RFC 8935, 2.3: a 400 with a code of its registry; other statuses are HTTP's own. */
  set: (problem) => ({
    status: problem.code === 'ERR_VENDOR_DELIVERY' ? 400 : problem.status,
    headers: { 'content-type': 'application/json', ...(problem.retryable === true ? { 'retry-after': '30' } : {}) },
    body: { err: setCode(problem), description: said(problem) },
  }),
  /** RFC 7644, 3.12. */
  scim: (problem) => ({
    status: problem.status,
    headers: {
      'content-type': 'application/scim+json',
      ...(problem.retryable === true ? { 'retry-after': '30' } : {}),
    },
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(problem.status),
      ...(scimTypes[problem.code] === undefined ? {} : { scimType: scimTypes[problem.code] }),
      detail: said(problem),
    },
  }),
}

/** Both standards have one text for people: it holds the place and the way out, too. */
const said = ({ code, place, detail, hint }: Problem): string =>
  [code === 'ERR_API_SHAPE' ? place : undefined, detail, hint].filter((part) => part !== undefined).join(': ')

const scimTypes: Readonly<Record<string, string | undefined>> = {
  ERR_SCIM_FILTER: 'invalidFilter',
  ERR_SCIM_PATH: 'invalidPath',
  ERR_SCIM_TARGET: 'noTarget',
  ERR_SCIM_VALUE: 'invalidValue',
  ERR_SCIM_SYNTAX: 'invalidSyntax',
  ERR_SCIM_MUTABILITY: 'mutability',
  ERR_SCIM_TAKEN: 'uniqueness',
  ERR_API_SHAPE: 'invalidSyntax',
}

const setCodes = new Set([
  'invalid_request',
  'invalid_key',
  'invalid_issuer',
  'invalid_audience',
  'authentication_failed',
  'access_denied',
])

function setCode({ code, status, place }: Problem): string {
  if (code === 'ERR_VENDOR_DELIVERY' && place !== undefined && setCodes.has(place)) return place
  if (status === 401) return 'authentication_failed'
  return status === 403 ? 'access_denied' : 'invalid_request'
}
