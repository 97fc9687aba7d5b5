/** What Cordon and its thief ask of OpenAI, by the `operationId` of OpenAI's own description. */
export const operationIds: readonly string[] = `
  list-users retrieve-user modify-user delete-user
  list-user-role-assignments assign-user-role unassign-user-role
  list-invites inviteUser retrieve-invite delete-invite
  list-groups list-group-users list-group-role-assignments
  list-projects create-project retrieve-project archive-project
  list-project-users create-project-user retrieve-project-user delete-project-user
  list-project-user-role-assignments assign-project-user-role unassign-project-user-role
  list-project-groups
  list-project-service-accounts create-project-service-account retrieve-project-service-account
  delete-project-service-account CreateanAPIkeyforaserviceaccount
  list-project-api-keys retrieve-project-api-key delete-project-api-key
  retrieve-project-model-permissions update-project-model-permissions delete-project-model-permissions
  admin-api-keys-list admin-api-keys-create admin-api-keys-get admin-api-keys-delete
  listOrganizationCertificates list-audit-logs
  usage-completions usage-embeddings usage-moderations usage-images usage-audio-speeches usage-audio-transcriptions
  listModels listFiles listVectorStores listAssistants listPaginatedFineTuningJobs createEmbedding
`
  .trim()
  .split(/\s+/)
