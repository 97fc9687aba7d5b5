import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { isObject, parseJson, type Json, type JsonObject } from '#kit'
import { entityId } from '#model'
import { entraActions, entraConnector, type EntraConfig } from '#connectors/entra'

import { openDescription } from '../../../lab/twins/kit/openapi.ts'
import { certificate } from '../entra/company.ts'
import { requestSuite, type RequestPlug } from './suite.ts'

const tenant = '7e57e57e-0000-4000-8000-000000000001'
const config = entraConnector.config.parse(entraConnector.example)
const { pem } = certificate('requests', Date.now())
const id = '11111111-1111-4111-8111-111111111111'

/**
 * The twin's description, in OpenAPI's own form. Any one of an operation's permissions is enough; lists are made up without
 * a next page, which would lead nowhere.
 */
function documentOf(text: string): JsonObject {
  const slice = parseJson(text.replaceAll(/"@odata\.(next|delta)Link":\{"type":"string"\},/g, ''))
  const { operations, schemas } = isObject(slice) ? slice : {}
  const paths: Record<string, JsonObject> = {}
  for (const [operationId, one] of Object.entries(isObject(operations) ? operations : {})) {
    const { parameters, body, responses, scopes } = one as JsonObject
    const [method, path] = ['method', 'path'].map((key) => (one as Record<string, string>)[key])
    if (method === undefined || path === undefined) continue
    const content = (schema: Json): Json => (schema === null ? {} : { content: { 'application/json': { schema } } })
    const described: JsonObject = {
      operationId,
      parameters: parameters ?? [],
      ...(body === null ? {} : { requestBody: { required: true, ...(content(body ?? null) as JsonObject) } }),
      responses: Object.fromEntries(
        Object.entries(responses as JsonObject).map(([status, schema]) => [status, content(schema)]),
      ),
      security: (scopes as string[]).map((scope) => ({ oauth: [scope] })),
    }
    paths[path] = { ...paths[path], [method.toLowerCase()]: described }
  }
  return { paths, schemas: schemas ?? {}, components: { securitySchemes: { oauth: { type: 'oauth2' } } } }
}

const target = (kind: 'identity' | 'credential' | 'resource', native: string) => ({
  target: entityId(kind, tenant, native),
})
const token = { access_token: 'EXAMPLE', expires_in: 3600, token_type: 'Bearer' }
const list = (...value: JsonObject[]): JsonObject => ({ value })

const plug: RequestPlug<EntraConfig> = {
  connector: entraConnector,
  actions: entraActions,
  description: openDescription(
    documentOf(readFileSync(new URL('../../../lab/twins/entra/fixtures/api.json', import.meta.url), 'utf8')),
  ),
  config,
  authority: tenant,
  origins: ['https://graph.microsoft.com', 'https://login.microsoftonline.com'],
  secrets: { see: { credential: pem }, contain: { credential: pem } },
  targets: {
    'entra.user.disable': target('identity', `user/${id}`),
    'entra.password.replace': target('identity', `user/${id}`),
    'entra.user.sessions.revoke': target('identity', `user/${id}`),
    'entra.secret.remove': target('credential', `secret/application/${id}/${id}`),
    'entra.certificate.remove': target('credential', `certificate/sp/${id}/${id}`),
    'entra.federated-credential.remove': target('credential', `federated-credential/${id}/ci-main`),
    'entra.grant.revoke': target('credential', `grant/${id}/all/${id}`),
    'entra.app.disable': target('identity', `sp/${id}`),
    'entra.method.remove': target('credential', `method/${id}/${id}`),
    'entra.membership.remove': target('resource', `membership/${id}/${id}`),
    'entra.owner.remove': target('resource', `owner/${id}/${id}`),
    'entra.app-role.remove': target('resource', `app-role/${id}/${id}/${id}`),
    'entra.role.unassign': target('resource', `role-assignment/${id}/${id}`),
    'entra.device.disable': target('resource', `device/${id}`),
  },
  // What is found has to be the target, or nothing is done to it.
  answers: {
    revokeSignInSessions: { value: true },
    [`POST /${tenant}/oauth2/v2.0/token`]: token,
    getApplication: { id, appId: id, passwordCredentials: [{ keyId: id }], keyCredentials: [] },
    getServicePrincipal: { id, appId: id, accountEnabled: true, keyCredentials: [{ keyId: id }] },
    getUser: { id, accountEnabled: true },
    getDevice: { id, accountEnabled: true },
    listGrants: list({ id, clientId: id, resourceId: id, consentType: 'AllPrincipals' }),
    listFederations: list({ id, name: 'ci-main', issuer: 'https://ci.example', subject: 's', audiences: ['a'] }),
    listMethods: list({ '@odata.type': '#microsoft.graph.fido2AuthenticationMethod', id }),
    listMembers: list({ id }),
    listAppOwners: list({ id }),
    listAppRoleAssignedTo: list({ id, principalId: id, appRoleId: id, resourceId: id }),
    listRoleAssignments: list({ id, principalId: id, roleDefinitionId: id }),
  },
}

for (const { name, run } of requestSuite(plug)) test(name, run)
