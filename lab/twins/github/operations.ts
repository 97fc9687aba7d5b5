/**
 * Operations of GitHub's REST API that the twin serves, by the ids of GitHub's own description.
 * `fixtures/api.json` was cut out of `generated/ghec.json` of the npm package `@octokit/openapi` 23.0.2 (MIT) by
 * `scripts/slice-api.ts`.
 */
export const operationIds =
  `actions/delete-self-hosted-runner-from-org actions/delete-self-hosted-runner-from-repo actions/disable-workflow
  actions/enable-workflow actions/force-cancel-workflow-run actions/get-self-hosted-runner-for-org
  actions/get-self-hosted-runner-for-repo actions/get-workflow actions/get-workflow-run
  actions/create-or-update-repo-secret actions/create-repo-variable actions/get-repo-public-key actions/get-repo-secret
  actions/get-environment-public-key actions/get-environment-secret actions/create-or-update-environment-secret
  actions/get-environment-variable actions/create-environment-variable actions/update-environment-variable
  actions/get-org-public-key actions/get-org-secret actions/create-or-update-org-secret actions/get-org-variable
  actions/create-org-variable actions/update-org-variable codespaces/get-repo-public-key codespaces/get-repo-secret
  codespaces/create-or-update-repo-secret dependabot/get-repo-public-key dependabot/get-repo-secret
  dependabot/create-or-update-repo-secret
  actions/get-repo-variable actions/update-repo-variable actions/list-environment-secrets actions/list-org-secrets actions/list-repo-organization-secrets
  actions/list-repo-secrets actions/list-repo-workflows actions/list-selected-repos-for-org-secret
  actions/list-self-hosted-runners-for-org actions/list-self-hosted-runners-for-repo
  apps/create-installation-access-token apps/get-installation apps/revoke-installation-access-token
  credentials/revoke dependency-graph/export-sbom enterprise-apps/delete-installation orgs/get orgs/get-audit-log
  orgs/get-membership-for-user orgs/get-webhook orgs/list-app-installations orgs/list-members
  orgs/list-outside-collaborators orgs/list-pat-grant-repositories orgs/list-pat-grants
  orgs/list-saml-sso-authorizations orgs/list-webhooks orgs/remove-membership-for-user
  orgs/remove-outside-collaborator orgs/remove-saml-sso-authorization orgs/set-membership-for-user
  orgs/update-pat-access orgs/update-webhook repos/get rate-limit/get repos/add-collaborator repos/create-deploy-key
  repos/create-webhook repos/delete-deploy-key repos/get-all-environments repos/get-webhook repos/list-collaborators
  repos/list-deploy-keys repos/list-for-org repos/list-teams repos/list-webhooks repos/remove-collaborator
  repos/update-webhook secret-scanning/list-alerts-for-org teams/add-or-update-membership-for-user-in-org
  teams/get-membership-for-user-in-org teams/list teams/list-members-in-org teams/remove-membership-for-user-in-org
  users/get-authenticated users/get-by-id`.split(/\s+/)
