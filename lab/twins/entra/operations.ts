/**
 * Operations of Microsoft Graph that the twin serves. Shapes are Microsoft's own (`@microsoft/microsoft-graph-types`);
 * paths, parameters and permissions are those of its reference pages, since the packages carry no description of them.
 */
export type Told = {
  /** `METHOD /v1.0/path`. */
  at: string
  query?: readonly string[]
  /** Type of the body; `Reference` is `{"@odata.id": …}`. */
  body?: string
  /** Type of the answer; `Type[]` is a list in `value`. Absent: 204 and no body. */
  gives?: string
  status?: number
  /** Application permissions, any one of which will do; the first is the least. */
  needs: readonly string[]
  /** Delegated permissions, where they are called otherwise. */
  delegated?: readonly string[]
}

const list = ['$select', '$filter', '$top', '$skiptoken', '$count', '$orderby', '$expand']
const one = ['$select', '$expand']
const delta = ['$select', '$deltatoken', '$skiptoken', '$top']

const seesUsers = ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All']
const writesUsers = ['User.ReadWrite.All', 'Directory.ReadWrite.All']
/** Each but the last two for one field. */
const changesUsers = ['User.EnableDisableAccount.All', 'User-PasswordProfile.ReadWrite.All', ...writesUsers]
const endsSessions = ['User.RevokeSessions.All', ...writesUsers]
const seesMethods = ['UserAuthenticationMethod.Read.All', 'UserAuthenticationMethod.ReadWrite.All']
const writesMethods = ['UserAuthenticationMethod.ReadWrite.All']
const seesGroups = [
  'GroupMember.Read.All',
  'GroupMember.ReadWrite.All',
  'Group.Read.All',
  'Group.ReadWrite.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
]
const writesMembers = ['GroupMember.ReadWrite.All', 'Group.ReadWrite.All', 'Directory.ReadWrite.All']
const seesRoles = ['RoleManagement.Read.Directory', 'RoleManagement.ReadWrite.Directory', 'Directory.Read.All']
const writesRoles = ['RoleManagement.ReadWrite.Directory']
const seesApps = ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All']
const writesApps = ['Application.ReadWrite.All', 'Directory.ReadWrite.All']
const writesAppRoles = ['AppRoleAssignment.ReadWrite.All']
const seesGrants = [
  'DelegatedPermissionGrant.Read.All',
  'DelegatedPermissionGrant.ReadWrite.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
]
const writesGrants = ['DelegatedPermissionGrant.ReadWrite.All', 'Directory.ReadWrite.All']
const seesDevices = ['Device.Read.All', 'Device.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All']
const writesDevices = ['Device.ReadWrite.All', 'Directory.ReadWrite.All']
const seesPolicies = ['Policy.Read.All', 'Policy.ReadWrite.ConditionalAccess']
const seesAudit = ['AuditLog.Read.All']

export const operations: Record<string, Told> = {
  listOrganization: {
    at: 'GET /v1.0/organization',
    query: one,
    gives: 'Organization[]',
    needs: ['Organization.Read.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  },
  getMe: { at: 'GET /v1.0/me', query: one, gives: 'User', needs: [], delegated: ['User.Read'] },
  listUsers: { at: 'GET /v1.0/users', query: list, gives: 'User[]', needs: seesUsers },
  deltaUsers: { at: 'GET /v1.0/users/delta', query: delta, gives: 'User[]', needs: seesUsers },
  getUser: { at: 'GET /v1.0/users/{id}', query: one, gives: 'User', needs: seesUsers },
  createUser: { at: 'POST /v1.0/users', body: 'User', gives: 'User', status: 201, needs: writesUsers },
  updateUser: { at: 'PATCH /v1.0/users/{id}', body: 'User', needs: changesUsers },
  revokeSignInSessions: {
    at: 'POST /v1.0/users/{id}/revokeSignInSessions',
    gives: 'Done',
    needs: endsSessions,
  },
  listMethods: {
    at: 'GET /v1.0/users/{id}/authentication/methods',
    query: one,
    gives: 'Method[]',
    needs: seesMethods,
  },
  createPhoneMethod: {
    at: 'POST /v1.0/users/{id}/authentication/phoneMethods',
    body: 'PhoneAuthenticationMethod',
    gives: 'PhoneAuthenticationMethod',
    status: 201,
    needs: writesMethods,
  },
  createPass: {
    at: 'POST /v1.0/users/{id}/authentication/temporaryAccessPassMethods',
    body: 'TemporaryAccessPassAuthenticationMethod',
    gives: 'TemporaryAccessPassAuthenticationMethod',
    status: 201,
    needs: writesMethods,
  },
  ...Object.fromEntries(
    [
      'phone',
      'fido2',
      'microsoftAuthenticator',
      'softwareOath',
      'temporaryAccessPass',
      'email',
      'windowsHelloForBusiness',
    ].map((kind) => [
      `delete ${kind}`,
      { at: `DELETE /v1.0/users/{id}/authentication/${kind}Methods/{method}`, needs: writesMethods },
    ]),
  ),
  listGroups: { at: 'GET /v1.0/groups', query: list, gives: 'Group[]', needs: seesGroups },
  deltaGroups: { at: 'GET /v1.0/groups/delta', query: delta, gives: 'Group[]', needs: seesGroups },
  getGroup: { at: 'GET /v1.0/groups/{id}', query: one, gives: 'Group', needs: seesGroups },
  listMembers: { at: 'GET /v1.0/groups/{id}/members', query: list, gives: 'DirectoryObject[]', needs: seesGroups },
  addMember: { at: 'POST /v1.0/groups/{id}/members/$ref', body: 'Reference', needs: writesMembers },
  removeMember: { at: 'DELETE /v1.0/groups/{id}/members/{member}/$ref', needs: writesMembers },
  listRoleDefinitions: {
    at: 'GET /v1.0/roleManagement/directory/roleDefinitions',
    query: list,
    gives: 'UnifiedRoleDefinition[]',
    needs: seesRoles,
  },
  listRoleAssignments: {
    at: 'GET /v1.0/roleManagement/directory/roleAssignments',
    query: list,
    gives: 'UnifiedRoleAssignment[]',
    needs: seesRoles,
  },
  createRoleAssignment: {
    at: 'POST /v1.0/roleManagement/directory/roleAssignments',
    body: 'UnifiedRoleAssignment',
    gives: 'UnifiedRoleAssignment',
    status: 201,
    needs: writesRoles,
  },
  deleteRoleAssignment: { at: 'DELETE /v1.0/roleManagement/directory/roleAssignments/{id}', needs: writesRoles },
  listEligible: {
    at: 'GET /v1.0/roleManagement/directory/roleEligibilityScheduleInstances',
    query: list,
    gives: 'UnifiedRoleEligibilityScheduleInstance[]',
    needs: [
      'RoleEligibilitySchedule.Read.Directory',
      'RoleManagement.Read.Directory',
      'RoleManagement.ReadWrite.Directory',
    ],
  },
  listApplications: { at: 'GET /v1.0/applications', query: list, gives: 'Application[]', needs: seesApps },
  getApplication: { at: 'GET /v1.0/applications/{id}', query: one, gives: 'Application', needs: seesApps },
  createApplication: {
    at: 'POST /v1.0/applications',
    body: 'Application',
    gives: 'Application',
    status: 201,
    needs: writesApps,
  },
  updateApplication: { at: 'PATCH /v1.0/applications/{id}', body: 'Application', needs: writesApps },
  addAppPassword: {
    at: 'POST /v1.0/applications/{id}/addPassword',
    body: 'AddPassword',
    gives: 'PasswordCredential',
    needs: writesApps,
  },
  removeAppPassword: { at: 'POST /v1.0/applications/{id}/removePassword', body: 'RemovePassword', needs: writesApps },
  listAppOwners: { at: 'GET /v1.0/applications/{id}/owners', query: list, gives: 'DirectoryObject[]', needs: seesApps },
  addAppOwner: { at: 'POST /v1.0/applications/{id}/owners/$ref', body: 'Reference', needs: writesApps },
  removeAppOwner: { at: 'DELETE /v1.0/applications/{id}/owners/{owner}/$ref', needs: writesApps },
  listFederations: {
    at: 'GET /v1.0/applications/{id}/federatedIdentityCredentials',
    query: list,
    gives: 'FederatedIdentityCredential[]',
    needs: seesApps,
  },
  createFederation: {
    at: 'POST /v1.0/applications/{id}/federatedIdentityCredentials',
    body: 'FederatedIdentityCredential',
    gives: 'FederatedIdentityCredential',
    status: 201,
    needs: writesApps,
  },
  removeFederation: {
    at: 'DELETE /v1.0/applications/{id}/federatedIdentityCredentials/{federation}',
    needs: writesApps,
  },
  listServicePrincipals: {
    at: 'GET /v1.0/servicePrincipals',
    query: list,
    gives: 'ServicePrincipal[]',
    needs: seesApps,
  },
  deltaServicePrincipals: {
    at: 'GET /v1.0/servicePrincipals/delta',
    query: delta,
    gives: 'ServicePrincipal[]',
    needs: seesApps,
  },
  getServicePrincipal: {
    at: 'GET /v1.0/servicePrincipals/{id}',
    query: one,
    gives: 'ServicePrincipal',
    needs: seesApps,
  },
  createServicePrincipal: {
    at: 'POST /v1.0/servicePrincipals',
    body: 'ServicePrincipal',
    gives: 'ServicePrincipal',
    status: 201,
    needs: writesApps,
  },
  updateServicePrincipal: { at: 'PATCH /v1.0/servicePrincipals/{id}', body: 'ServicePrincipal', needs: writesApps },
  addSpPassword: {
    at: 'POST /v1.0/servicePrincipals/{id}/addPassword',
    body: 'AddPassword',
    gives: 'PasswordCredential',
    needs: writesApps,
  },
  removeSpPassword: {
    at: 'POST /v1.0/servicePrincipals/{id}/removePassword',
    body: 'RemovePassword',
    needs: writesApps,
  },
  listSpOwners: {
    at: 'GET /v1.0/servicePrincipals/{id}/owners',
    query: list,
    gives: 'DirectoryObject[]',
    needs: seesApps,
  },
  listAppRoleAssignments: {
    at: 'GET /v1.0/servicePrincipals/{id}/appRoleAssignments',
    query: list,
    gives: 'AppRoleAssignment[]',
    needs: seesApps,
  },
  listAppRoleAssignedTo: {
    at: 'GET /v1.0/servicePrincipals/{id}/appRoleAssignedTo',
    query: list,
    gives: 'AppRoleAssignment[]',
    needs: seesApps,
  },
  createAppRoleAssignedTo: {
    at: 'POST /v1.0/servicePrincipals/{id}/appRoleAssignedTo',
    body: 'AppRoleAssignment',
    gives: 'AppRoleAssignment',
    status: 201,
    needs: writesAppRoles,
  },
  deleteAppRoleAssignedTo: {
    at: 'DELETE /v1.0/servicePrincipals/{id}/appRoleAssignedTo/{assignment}',
    needs: writesAppRoles,
  },
  listGrants: {
    at: 'GET /v1.0/oauth2PermissionGrants',
    query: list,
    gives: 'OAuth2PermissionGrant[]',
    needs: seesGrants,
  },
  createGrant: {
    at: 'POST /v1.0/oauth2PermissionGrants',
    body: 'OAuth2PermissionGrant',
    gives: 'OAuth2PermissionGrant',
    status: 201,
    needs: writesGrants,
  },
  deleteGrant: { at: 'DELETE /v1.0/oauth2PermissionGrants/{id}', needs: writesGrants },
  listDevices: { at: 'GET /v1.0/devices', query: list, gives: 'Device[]', needs: seesDevices },
  getDevice: { at: 'GET /v1.0/devices/{id}', query: one, gives: 'Device', needs: seesDevices },
  updateDevice: { at: 'PATCH /v1.0/devices/{id}', body: 'Device', needs: writesDevices },
  listPolicies: {
    at: 'GET /v1.0/identity/conditionalAccess/policies',
    query: list,
    gives: 'ConditionalAccessPolicy[]',
    needs: seesPolicies,
  },
  listLocations: {
    at: 'GET /v1.0/identity/conditionalAccess/namedLocations',
    query: list,
    gives: 'NamedLocation[]',
    needs: seesPolicies,
  },
  listRegistrations: {
    at: 'GET /v1.0/reports/authenticationMethods/userRegistrationDetails',
    query: list,
    gives: 'UserRegistrationDetails[]',
    needs: seesAudit,
  },
  listAudits: { at: 'GET /v1.0/auditLogs/directoryAudits', query: list, gives: 'DirectoryAudit[]', needs: seesAudit },
  // Sign-ins that are not interactive, and those of apps, are told by the beta endpoint alone.
  listSignIns: { at: 'GET /beta/auditLogs/signIns', query: list, gives: 'Beta.SignIn[]', needs: seesAudit },
}

/** What stands beside Microsoft's types: bodies of actions, and lists of several kinds. */
export const ownSchemas = {
  Reference: {
    type: 'object',
    required: ['@odata.id'],
    properties: {
      '@odata.id': { type: 'string', pattern: '^https?://[^/]+/(v1\\.0|beta)/directoryObjects/[0-9a-f-]{36}$' },
    },
  },
  AddPassword: { type: 'object', properties: { passwordCredential: { $ref: '#/schemas/PasswordCredential' } } },
  RemovePassword: { type: 'object', required: ['keyId'], properties: { keyId: { type: 'string' } } },
  Done: { type: 'object', properties: { '@odata.context': { type: 'string' }, value: { type: 'boolean' } } },
  Method: {
    anyOf: [
      'PhoneAuthenticationMethod',
      'Fido2AuthenticationMethod',
      'MicrosoftAuthenticatorAuthenticationMethod',
      'SoftwareOathAuthenticationMethod',
      'TemporaryAccessPassAuthenticationMethod',
      'PasswordAuthenticationMethod',
    ].map((name) => ({ $ref: `#/schemas/${name}` })),
  },
}
