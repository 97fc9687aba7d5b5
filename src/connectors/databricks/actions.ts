import { activityOfVerb, typesBy, type TypeOf } from '#sources/contract'

// Actions by service: https://docs.databricks.com/admin/account-settings/audit-logs

export type Action = TypeOf<
  | 'authentication'
  | 'account_change'
  | 'user_access'
  | 'group_management'
  | 'entity_management'
  | 'datastore_activity'
  | 'web_resources_activity'
  | 'file_hosting'
  | 'api_activity'
>

/** Whatever the service: an action of such a name is the same everywhere. */
const named: ReadonlyMap<string, Action> = new Map<string, Action>([
  ...typesBy('authentication', {
    logon: `login samlLogin oidcBrowserLogin oidcTokenAuthorization aadBrowserLogin aadTokenLogin jwtLogin tokenLogin certLogin
      jumpLogin pwLogin passwordLogin mfaLogin googleLogin oneTimePasscodeLogin inHouseOAuthClientAuthentication
      accountInHouseOAuthClientAuthentication accountLoginCodeAuthentication passwordVerifyAuthentication
      federatedIdentityLogin workloadIdentityLogin`,
    logoff: 'logout',
    other: 'IpAccessDenied accountIpAclsValidationFailed ipAccessDenied privateAccessDenied',
  }),
  ...typesBy('account_change', {
    create: 'add createUser addUser createServicePrincipal addServicePrincipal',
    delete: 'delete deleteUser removeUser deleteServicePrincipal removeServicePrincipal',
    disable: 'deactivateUser deactivateServicePrincipal',
    enable: 'activateUser reactivateUser',
    password_change: 'changePassword',
    password_reset: 'resetPassword',
    mfa_factor_enable: 'mfaAddKey',
    mfa_factor_disable: 'mfaDeleteKey',
    other: 'updateUser updateServicePrincipal validateEmail acceptTos sendTos',
  }),
  ...typesBy('user_access', {
    assign_privileges: `setAdmin setAccountAdmin changeAccountOwner modifyUserRole addUserToAdminGroup grant changeOwner putAcl
      createAcl transferOwnership changeRunAs`,
    revoke_privileges: 'removeAdmin removeAccountAdmin revoke deleteAcl',
    other: `updatePermissions changePermissions updateRoleAssignment changeDbTokenAcl changePasswordAcl changeServicePrincipalAcls
      changeClusterAcl changeClusterPolicyAcl changeInstancePoolAcl changeJobAcl resetJobAcl changePipelineAcls
      changeWorkspaceAcl changeQueryAcl changeDashboardAcl changeWarehouseAcls changeEndpointAcls changeIamRoleAcl
      changeRegisteredModelAcl changeExperimentAcl changeFeatureTableAcl updateSharePermissions changePermissionsOnObject`,
  }),
  ...typesBy('group_management', {
    create: 'createGroup',
    delete: 'removeGroup deleteGroup',
    add_user: 'addPrincipalToGroup addPrincipalsToGroup',
    remove_user: 'removePrincipalFromGroup removePrincipalsFromGroup',
    other: 'updateGroup renameGroup',
  }),
  ...typesBy('entity_management', {
    create:
      'generateDbToken mintOAuthToken mintOAuthAuthorizationCode createSecretForServicePrincipal createIpAccessList',
    update:
      'updateDbToken workspaceConfEdit updateWorkspaceSettings updateAccountSettings updateIpAccessList setSetting',
    delete: 'revokeDbToken garbageCollectDbToken deleteSecretForServicePrincipal deleteIpAccessList deleteSetting',
    other: 'reachMaxQuotaDbToken',
  }),
  ...typesBy('datastore_activity', {
    query:
      'commandSubmit commandFinish executeFastQuery executeAdhocQuery executeSavedQuery executeWidgetQuery runCommand submitCommand',
    read: `generateTemporaryTableCredential deltaSharingQueryTable deltaSharingQueriedTable deltaSharingQueryTableChanges
      deltaSharingQueriedTableChanges`,
  }),
  ...typesBy('web_resources_activity', {
    export: `downloadPreviewResults downloadLargeResults downloadFullResults downloadQueryResult exportNotebook workspaceExport
      downloadNotebook exportQueryResult downloadDashboardResult`,
    import: 'importNotebook workspaceImport',
  }),
])

/** Of services that hold files. */
const onFiles: ReadonlyMap<string, Action> = new Map(
  typesBy('file_hosting', {
    download: 'read filesGet getFile downloadFile generateTemporaryVolumeCredential generateTemporaryPathCredential',
    upload: 'put create addBlock filesPut uploadFile',
    delete: 'filesDelete deleteFile filesDeleteDirectory',
    move: 'move rename',
    open: 'filesHead getStatus list listDirectory filesGetDirectory',
    other: 'mount unmount mkdirs close updateMount filesCreateDirectory',
  }),
)
const fileServices = new Set(['dbfs', 'filesystem', 'workspaceFiles'])
const credentialsOfFiles = /^generateTemporary(?:Volume|Path)Credential$/

/** Undefined: an act whose name does not begin with a verb that we know. */
export function actionOf(service: string, action: string): Action | undefined {
  if (fileServices.has(service) || credentialsOfFiles.test(action)) {
    const file =
      onFiles.get(action) ?? (action === 'delete' ? ({ of: 'file_hosting', activity: 'delete' } as const) : undefined)
    if (file !== undefined) return file
  }
  // `delete` and `add` are people's only where people are kept.
  const isPlain = /^(?:add|delete|create|update)$/.test(action)
  const known = isPlain && service !== 'accounts' ? undefined : named.get(action)
  if (known !== undefined) return known
  const activity = activityOfVerb(action) ?? moreVerbs.find(([of]) => of.test(action))?.[1]
  return activity === undefined ? undefined : { of: 'api_activity', activity }
}

const moreVerbs: readonly (readonly [RegExp, 'create' | 'read' | 'update' | 'delete'])[] = [
  [/^(?:schedule|trigger|register|publish|bind|pin|begin|attempt|approve|subscribe|link|mint)/i, 'create'],
  [/^(?:open|retrieve|poll|check|validate|test|discover|sample|lookup|load)/i, 'read'],
  [/^(?:reset|reconfigure|refresh|repair|transition|touch|log|rotate|sync|apply|configure|reject)/i, 'update'],
  [/^(?:trash|unpublish|unbind|unpin|permanentDelete|expire|evict|unlink|unsubscribe)/i, 'delete'],
]
