import assert from 'node:assert/strict'

import { entityId, type EntityId } from '#model'

import { addFederation } from '../../../lab/twins/entra/apps.ts'
import { appRoleIdOf } from '../../../lab/twins/entra/permissions.ts'
import { graphOf, textOf } from '../../../lab/twins/entra/state.ts'
import { azureCliAppId } from '../../../lab/twins/entra/tokens.ts'
import { secondMs, settlesMs } from '../../../src/connectors/entra/actions/user-sessions-revoke.ts'
import { delayOf, type ActionCase } from '../actions.ts'
import { passwords, roles, type Company } from './company.ts'
import {
  asApp,
  asAppByCertificate,
  asOutsider,
  pipelineOf,
  ask,
  byPassword,
  byRefresh,
  everyScope,
  textIn,
} from './thief.ts'

export const at = ({ twin }: Company, kind: 'identity' | 'credential' | 'resource' | 'app', native: string): EntityId =>
  entityId(kind, twin.state.tenant, native)
export const clientOf = (app: { app: Record<string, unknown> }): string => textIn(app.app, 'appId')

/** The stolen session of an administrator: a refresh token, as malware takes it from a browser or a command line. */
export function sessionOf({ twin, ada }: Company, user = ada, password = passwords.ada) {
  const opened = twin.browse({ user, password, code: null, app: azureCliAppId, scope: everyScope })
  assert.ok(opened !== undefined, 'the thief signs in')
  return opened
}
const post = async (
  company: Company,
  path: string,
  body: Parameters<typeof ask>[3],
): Promise<Record<string, unknown>> => {
  const answer = await ask(`${company.twin.url}${path}`, sessionOf(company).accessToken, 'POST', body)
  assert.ok(answer.status < 300, `${path}: ${answer.status}`)
  return answer.body
}
const reference = ({ twin }: Company, id: string) => ({ '@odata.id': `${twin.url}/v1.0/directoryObjects/${id}` })
/** May Grace, with a token as fresh as her session, do what only an administrator may? */
const graceSeesUsers = async (company: Company, refreshToken: string): Promise<boolean> => {
  const { token } = await byRefresh(company, refreshToken)
  return (await ask(`${company.twin.url}/v1.0/users`, token)).status === 200
}

export const cases: readonly ActionCase<Company>[] = [
  {
    verb: 'entra.user.disable',
    isRestored: true,
    set: async (company) => ({
      target: at(company, 'identity', `user/${company.ada.id}`),
      works: async () => (await byPassword(company, 'ada@brightwater.example', passwords.ada)).status === 200,
    }),
  },
  {
    verb: 'entra.password.replace',
    delay: delayOf('auditDelayMs', 'the audit log'),
    isRestored: false,
    set: async (company) => ({
      target: at(company, 'identity', `user/${company.ada.id}`),
      works: async () => (await byPassword(company, 'ada@brightwater.example', passwords.ada)).status === 200,
    }),
  },
  {
    verb: 'entra.user.sessions.revoke',
    // From the time that Microsoft writes down, in whole seconds.
    delay: { of: 'the minutes that Microsoft may take', ms: () => settlesMs - secondMs },
    isRestored: false,
    async set(company) {
      const { refreshToken } = sessionOf(company)
      // Behind the time the log takes to tell of it.
      company.clock.pass(6 * 60_000)
      return {
        target: at(company, 'identity', `user/${company.ada.id}`),
        works: async () => (await byRefresh(company, refreshToken)).status === 200,
      }
    },
  },
  {
    verb: 'entra.secret.remove',
    isRestored: false,
    set: async (company) => ({
      target: at(
        company,
        'credential',
        `secret/application/${company.robot.app.id}/${textOf(company.robotSecret.key, 'keyId')}`,
      ),
      works: async () => (await asApp(company, clientOf(company.robot), company.robotSecret.value)).status === 200,
    }),
  },
  {
    verb: 'entra.certificate.remove',
    isRestored: false,
    set: async (company) => ({
      target: at(
        company,
        'credential',
        `certificate/application/${company.nightly.app.id}/${textOf(company.nightlyCertificate, 'keyId')}`,
      ),
      works: async () =>
        (await asAppByCertificate(company, clientOf(company.nightly), company.nightlyKey.pem)).status === 200,
    }),
  },
  {
    verb: 'entra.federated-credential.remove',
    isRestored: true,
    async set(company) {
      const { twin, robot } = company
      const { issuer, subject, assertion } = pipelineOf(company)
      addFederation(twin.tenant, robot.app, {
        name: 'ci-main',
        issuer,
        subject,
        audiences: ['api://AzureADTokenExchange'],
      })
      return {
        target: at(company, 'credential', `federated-credential/${robot.app.id}/ci-main`),
        works: async () => (await asOutsider(company, clientOf(robot), await assertion())).status === 200,
      }
    },
  },
  {
    verb: 'entra.grant.revoke',
    isRestored: true,
    async set(company) {
      const { twin, ada, notes } = company
      const scope = 'Mail.Read offline_access'
      const opened = twin.browse({ user: ada, password: passwords.ada, code: null, app: textOf(notes, 'appId'), scope })
      return {
        target: at(company, 'credential', `grant/${notes.id}/${ada.id}/${graphOf(twin.state).id}`),
        works: async () => (await byRefresh(company, opened?.refreshToken ?? '')).status === 200,
      }
    },
  },
  {
    verb: 'entra.app.disable',
    isRestored: true,
    set: async (company) => ({
      target: at(company, 'app', clientOf(company.robot)),
      works: async () => (await asApp(company, clientOf(company.robot), company.robotSecret.value)).status === 200,
    }),
  },
  {
    verb: 'entra.method.remove',
    isRestored: false,
    async set(company) {
      const made = await post(company, `/v1.0/users/${company.grace.id}/authentication/temporaryAccessPassMethods`, {
        lifetimeInMinutes: 60,
      })
      const pass = textIn(made, 'temporaryAccessPass')
      // Named as the log names it: by the time of its making.
      return {
        target: at(company, 'credential', `method/${company.grace.id}/at=${company.clock.nowMs()}`),
        works: async () => (await byPassword(company, 'grace@brightwater.example', pass)).status === 200,
      }
    },
  },
  {
    verb: 'entra.membership.remove',
    // A group that holds roles.
    alsoNeeds: ['RoleManagement.ReadWrite.Directory'],
    isRestored: true,
    async set(company) {
      const { admins, grace } = company
      await post(company, `/v1.0/groups/${admins.id}/members/$ref`, reference(company, grace.id))
      const { refreshToken } = sessionOf(company, grace, passwords.grace)
      return {
        target: at(company, 'resource', `membership/${admins.id}/${grace.id}`),
        works: () => graceSeesUsers(company, refreshToken),
      }
    },
  },
  {
    verb: 'entra.owner.remove',
    isRestored: true,
    async set(company) {
      const { nightly, grace } = company
      await post(company, `/v1.0/applications/${nightly.app.id}/owners/$ref`, reference(company, grace.id))
      const path = `/v1.0/applications/${nightly.app.id}/addPassword`
      const { accessToken } = sessionOf(company, grace, passwords.grace)
      return {
        target: at(company, 'resource', `owner/${nightly.app.id}/${grace.id}`),
        works: async () =>
          (await ask(`${company.twin.url}${path}`, accessToken, 'POST', { passwordCredential: {} })).status === 200,
      }
    },
  },
  {
    verb: 'entra.app-role.remove',
    isRestored: true,
    async set(company) {
      const { twin, robot } = company
      const graph = graphOf(twin.state)
      const appRoleId = appRoleIdOf(twin.state, 'Device.Read.All')
      const body = { principalId: robot.sp.id, resourceId: graph.id, appRoleId }
      await post(company, `/v1.0/servicePrincipals/${graph.id}/appRoleAssignedTo`, body)
      return {
        target: at(company, 'resource', `app-role/${robot.sp.id}/${graph.id}/${appRoleId}`),
        works: async () => {
          const { token } = await asApp(company, clientOf(robot), company.robotSecret.value)
          return (await ask(`${twin.url}/v1.0/devices`, token)).status === 200
        },
      }
    },
  },
  {
    verb: 'entra.role.unassign',
    isRestored: true,
    async set(company) {
      const { grace } = company
      const body = { principalId: grace.id, roleDefinitionId: roles.userAdministrator, directoryScopeId: '/' }
      await post(company, '/v1.0/roleManagement/directory/roleAssignments', body)
      const { refreshToken } = sessionOf(company, grace, passwords.grace)
      return {
        target: at(company, 'resource', `role-assignment/${grace.id}/${roles.userAdministrator}`),
        works: () => graceSeesUsers(company, refreshToken),
      }
    },
  },
  {
    verb: 'entra.device.disable',
    isRestored: true,
    async set(company) {
      const { twin, ada, laptop } = company
      const attempt = { user: ada, password: passwords.ada, code: null, app: azureCliAppId, scope: everyScope }
      const opened = twin.browse({ ...attempt, device: laptop.id })
      return {
        target: at(company, 'resource', `device/${laptop.id}`),
        works: async () => (await byRefresh(company, opened?.refreshToken ?? '')).status === 200,
      }
    },
  },
]
