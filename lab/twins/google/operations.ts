/** One operation of Google's, as the twin accepts it: anything else in a request is a violation. */
export type Operation = {
  /** Name in Google's client library: `directory tokens.delete`. */
  id: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  query?: readonly string[]
  /** Fields a body may have; absent: no body. */
  body?: readonly string[]
  /** Any of them is enough. */
  scopes: readonly string[]
}

const auth = (name: string): string => `https://www.googleapis.com/auth/${name}`
const readOr = (name: string): string[] => [auth(name), auth(`${name}.readonly`)]
const base = '/admin/directory/v1'
const user = 'admin.directory.user'
const security = auth('admin.directory.user.security')
const roles = 'admin.directory.rolemanagement'
const group = 'admin.directory.group'

/** What every operation takes. */
export const standardQuery: readonly string[] = ['fields', 'alt', 'prettyPrint', 'quotaUser', 'key']

export const operations: readonly Operation[] = [
  {
    id: 'directory customers.get',
    method: 'GET',
    path: `${base}/customers/{customerKey}`,
    scopes: readOr('admin.directory.customer'),
  },
  {
    id: 'directory domains.list',
    method: 'GET',
    path: `${base}/customer/{customer}/domains`,
    scopes: readOr('admin.directory.domain'),
  },
  {
    id: 'directory orgunits.list',
    method: 'GET',
    path: `${base}/customer/{customerId}/orgunits`,
    query: ['type', 'orgUnitPath'],
    scopes: readOr('admin.directory.orgunit'),
  },
  {
    id: 'directory users.list',
    method: 'GET',
    path: `${base}/users`,
    query: [
      'customer',
      'domain',
      'maxResults',
      'orderBy',
      'pageToken',
      'projection',
      'query',
      'showDeleted',
      'sortOrder',
      'viewType',
    ],
    scopes: readOr(user),
  },
  {
    id: 'directory users.get',
    method: 'GET',
    path: `${base}/users/{userKey}`,
    query: ['projection', 'viewType'],
    scopes: readOr(user),
  },
  {
    id: 'directory users.patch',
    method: 'PATCH',
    path: `${base}/users/{userKey}`,
    body: ['suspended', 'password', 'changePasswordAtNextLogin', 'recoveryEmail', 'recoveryPhone'],
    scopes: [auth(user)],
  },
  {
    id: 'directory users.makeAdmin',
    method: 'POST',
    path: `${base}/users/{userKey}/makeAdmin`,
    body: ['status'],
    scopes: [auth(user)],
  },
  {
    id: 'directory users.signOut',
    method: 'POST',
    path: `${base}/users/{userKey}/signOut`,
    scopes: [auth(user), security],
  },
  { id: 'directory tokens.list', method: 'GET', path: `${base}/users/{userKey}/tokens`, scopes: [security] },
  { id: 'directory tokens.get', method: 'GET', path: `${base}/users/{userKey}/tokens/{clientId}`, scopes: [security] },
  {
    id: 'directory tokens.delete',
    method: 'DELETE',
    path: `${base}/users/{userKey}/tokens/{clientId}`,
    scopes: [security],
  },
  { id: 'directory asps.list', method: 'GET', path: `${base}/users/{userKey}/asps`, scopes: [security] },
  { id: 'directory asps.get', method: 'GET', path: `${base}/users/{userKey}/asps/{codeId}`, scopes: [security] },
  { id: 'directory asps.delete', method: 'DELETE', path: `${base}/users/{userKey}/asps/{codeId}`, scopes: [security] },
  {
    id: 'directory verificationCodes.list',
    method: 'GET',
    path: `${base}/users/{userKey}/verificationCodes`,
    scopes: [security],
  },
  {
    id: 'directory verificationCodes.invalidate',
    method: 'POST',
    path: `${base}/users/{userKey}/verificationCodes/invalidate`,
    scopes: [security],
  },
  {
    id: 'directory twoStepVerification.turnOff',
    method: 'POST',
    path: `${base}/users/{userKey}/twoStepVerification/turnOff`,
    scopes: [security],
  },
  {
    id: 'directory groups.list',
    method: 'GET',
    path: `${base}/groups`,
    query: ['customer', 'domain', 'maxResults', 'orderBy', 'pageToken', 'query', 'sortOrder', 'userKey'],
    scopes: readOr(group),
  },
  { id: 'directory groups.get', method: 'GET', path: `${base}/groups/{groupKey}`, scopes: readOr(group) },
  {
    id: 'directory members.list',
    method: 'GET',
    path: `${base}/groups/{groupKey}/members`,
    query: ['includeDerivedMembership', 'maxResults', 'pageToken', 'roles'],
    scopes: [...readOr(group), ...readOr(`${group}.member`)],
  },
  {
    id: 'directory members.get',
    method: 'GET',
    path: `${base}/groups/{groupKey}/members/{memberKey}`,
    scopes: [...readOr(group), ...readOr(`${group}.member`)],
  },
  {
    id: 'directory members.insert',
    method: 'POST',
    path: `${base}/groups/{groupKey}/members`,
    body: ['id', 'email', 'role', 'type'],
    scopes: [auth(group), auth(`${group}.member`)],
  },
  {
    id: 'directory members.delete',
    method: 'DELETE',
    path: `${base}/groups/{groupKey}/members/{memberKey}`,
    scopes: [auth(group), auth(`${group}.member`)],
  },
  {
    id: 'directory roles.list',
    method: 'GET',
    path: `${base}/customer/{customer}/roles`,
    query: ['maxResults', 'pageToken'],
    scopes: readOr(roles),
  },
  {
    id: 'directory roleAssignments.list',
    method: 'GET',
    path: `${base}/customer/{customer}/roleassignments`,
    query: ['includeIndirectRoleAssignments', 'maxResults', 'pageToken', 'roleId', 'userKey'],
    scopes: readOr(roles),
  },
  {
    id: 'directory roleAssignments.insert',
    method: 'POST',
    path: `${base}/customer/{customer}/roleassignments`,
    body: ['roleId', 'assignedTo', 'scopeType', 'orgUnitId', 'condition'],
    scopes: [auth(roles)],
  },
  {
    id: 'directory roleAssignments.delete',
    method: 'DELETE',
    path: `${base}/customer/{customer}/roleassignments/{roleAssignmentId}`,
    scopes: [auth(roles)],
  },
  {
    id: 'reports activities.list',
    method: 'GET',
    path: '/admin/reports/v1/activity/users/{userKey}/applications/{applicationName}',
    query: [
      'actorIpAddress',
      'customerId',
      'endTime',
      'eventName',
      'filters',
      'groupIdFilter',
      'maxResults',
      'orgUnitID',
      'pageToken',
      'startTime',
    ],
    scopes: [auth('admin.reports.audit.readonly')],
  },
]

export type Matched = { operation: Operation; parameters: Record<string, string> }

export function match(method: string, pathname: string): Matched | undefined {
  const parts = pathname.split('/')
  for (const operation of operations) {
    const template = operation.path.split('/')
    if (operation.method !== method || template.length !== parts.length) continue
    const parameters: Record<string, string> = {}
    const fits = template.every((part, n) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1]
      const value = parts[n] ?? ''
      if (name === undefined) return part === value
      parameters[name] = decodeURIComponent(value)
      return value !== ''
    })
    if (fits) return { operation, parameters }
  }
  return undefined
}
