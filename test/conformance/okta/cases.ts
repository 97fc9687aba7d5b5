import assert from 'node:assert/strict'

import type { Json } from '#kit'
import { entityId, type EntityId } from '#model'
import { oktaActions, oktaOrigins, type OktaConfig } from '#connectors/okta'
import { signAssertion, signingKey } from '../../../src/sources/http/assertion.ts'

import { makeApp, makeGrant } from '../../../lab/twins/okta/apps.ts'
import { makeFactor } from '../../../lab/twins/okta/users.ts'
import { textOf } from '../../../lab/twins/okta/state.ts'
import { customServer } from '../../../lab/twins/okta/sign-in.ts'
import { defineTrial, delayOf, type ActionCase } from '../actions.ts'
import { stateText } from '../cordon.ts'
import { foundCompany, keyPair, passwords, type Company } from './company.ts'
import { openCordon } from './cordon.ts'
import { ask, basic, idIn, meAt, signIn, tokenAt, withApiToken, withSession } from './thief.ts'

type Case = ActionCase<Company> & { config?: Partial<OktaConfig> }

const at = (company: Company, kind: 'identity' | 'credential' | 'resource' | 'app', native: string): EntityId =>
  entityId(kind, company.twin.state.org, native)
const ada = { username: 'ada@brightwater.example', password: passwords.ada }
const grace = { username: 'grace@brightwater.example', password: passwords.grace }

async function sessionOf({ twin }: Company, who: Record<string, Json> = ada): Promise<string> {
  const sid = await signIn(twin.url, who)
  assert.ok(sid !== undefined, 'the thief signs in')
  return sid
}
const seesUsers = async ({ twin }: Company, sid: string): Promise<boolean> =>
  (await ask(`${twin.url}/api/v1/users`, withSession(sid))).status === 200

/** What the holder of a service app's private key is told at the token endpoint. */
async function asNightly({ twin, nightly, clock }: Company, kid: string): Promise<{ status: number; token: string }> {
  const tokenUrl = `${twin.url}/oauth2/v1/token`
  const claims = { iss: nightly.id, sub: nightly.id, aud: tokenUrl }
  const assertion = await signAssertion(signingKey(keyPair(kid).key), claims, { keyId: kid }, clock.nowMs(), 300)
  return tokenAt(tokenUrl, {
    grant_type: 'client_credentials',
    scope: 'okta.users.read',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  })
}
const asRobot = ({ twin, robot }: Company, secret: string) =>
  tokenAt(
    `${twin.url}/oauth2/${customServer}/v1/token`,
    { grant_type: 'client_credentials', scope: 'orders:read' },
    basic(robot.id, secret),
  )

/** The thief gives Grace the organisation; `role`: as the target calls it. */
async function organizationAdmin(company: Company, role: string) {
  const thiefs = withSession(await sessionOf(company))
  await ask(`${company.twin.url}/api/v1/users/${company.grace.id}/roles`, thiefs, 'POST', { type: 'ORG_ADMIN' })
  const sid = await sessionOf(company, grace)
  return {
    target: at(company, 'resource', `role-assignment/${company.grace.id}/${role}`),
    works: () => seesUsers(company, sid),
  }
}

const cases: Case[] = [
  {
    verb: 'okta.user.suspend',
    isRestored: true,
    set: async (company) => ({
      target: at(company, 'identity', company.ada.id),
      works: async () => (await signIn(company.twin.url, ada)) !== undefined,
    }),
  },
  {
    verb: 'okta.user.sessions.end',
    delay: delayOf('logDelayMs', 'the System Log'),
    isRestored: false,
    async set(company) {
      const sid = await sessionOf(company)
      return {
        target: at(company, 'identity', company.ada.id),
        works: async () => (await meAt(company.twin.url, withSession(sid))) === 200,
      }
    },
  },
  {
    verb: 'okta.user.universal-logout',
    config: { universalLogoutByRisk: true },
    isRestored: false,
    async set(company) {
      const { twin, wiki } = company
      twin.state.hasRiskPolicy = true
      const opened = await ask(`${twin.url}/app/${wiki.id}/sso`, withSession(await sessionOf(company)))
      const inApp = { authorization: `Session ${idIn(opened.body)}` }
      return {
        target: at(company, 'identity', company.ada.id),
        works: async () => (await ask(`${twin.url}/app/${wiki.id}/data`, inApp)).status === 200,
      }
    },
  },
  {
    verb: 'okta.grant.revoke',
    isRestored: false,
    async set(company) {
      const { twin, wiki } = company
      const sid = await sessionOf(company)
      const { grants } = twin.consent(sid, wiki, ['okta.users.read.self'])
      const url = `${twin.url}/oauth2/v1/authorize?client_id=${wiki.id}&prompt=none&scope=okta.users.read.self`
      return {
        target: at(company, 'credential', `grant/${company.ada.id}/${grants[0] ?? ''}`),
        works: async () => (await ask(url, withSession(sid))).status === 200,
      }
    },
  },
  {
    verb: 'okta.app-grant.revoke',
    isRestored: true,
    set: async (company) => ({
      target: at(company, 'credential', `app-grant/${company.nightly.id}/${company.nightlyGrant.id}`),
      works: async () => (await asNightly(company, 'nightly-1')).status === 200,
    }),
  },
  {
    verb: 'okta.token.revoke',
    isRestored: false,
    async set(company) {
      const { twin, wiki } = company
      const { refreshToken, id } = twin.consent(await sessionOf(company), wiki, ['okta.users.read.self'])
      const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
      return {
        target: at(company, 'credential', `refresh-token/${company.ada.id}/${wiki.id}/${id}`),
        works: async () => (await tokenAt(`${twin.url}/oauth2/v1/token`, form)).status === 200,
      }
    },
  },
  {
    verb: 'okta.api-token.revoke',
    isRestored: false,
    async set(company) {
      const { id, value } = company.twin.makeApiToken(await sessionOf(company), 'backup')
      return {
        target: at(company, 'credential', `api-token/${id}`),
        works: async () => (await meAt(company.twin.url, withApiToken(value))) === 200,
        lent: value,
      }
    },
  },
  {
    verb: 'okta.client-secret.deactivate',
    isRestored: true,
    set: async (company) => ({
      target: at(company, 'credential', `client-secret/${company.robot.id}/${company.robotSecret.id}`),
      works: async () => (await asRobot(company, textOf(company.robotSecret, 'client_secret'))).status === 200,
    }),
  },
  {
    verb: 'okta.client-key.deactivate',
    isRestored: true,
    set: async (company) => ({
      target: at(company, 'credential', `client-key/${company.nightly.id}/${company.nightlyKeys[1]?.id ?? ''}`),
      works: async () => (await asNightly(company, 'nightly-2')).status === 200,
    }),
  },
  {
    verb: 'okta.app.deactivate',
    isRestored: true,
    set: async (company) => ({
      target: at(company, 'app', company.robot.id),
      works: async () => (await asRobot(company, textOf(company.robotSecret, 'client_secret'))).status === 200,
    }),
  },
  {
    verb: 'okta.factor.remove',
    isRestored: false,
    async set(company) {
      const { twin } = company
      const sid = await sessionOf(company)
      makeFactor(twin.org, company.ada.id, 'token:software:totp', 'OKTA')
      company.clock.pass(3_600_000)
      const url = `${twin.url}/api/v1/users/${company.ada.id}/factors`
      const { body } = await ask(url, withSession(sid), 'POST', {
        factorType: 'token:software:totp',
        provider: 'GOOGLE',
      })
      const passCode = twin.state.factors.get(idIn(body))?.passCode ?? ''
      // Named as the log names it: by the time of enrolment.
      return {
        target: at(company, 'credential', `factor/${company.ada.id}/at=${company.clock.nowMs()}`),
        works: async () => (await signIn(twin.url, { ...ada, passCode })) !== undefined,
      }
    },
  },
  {
    verb: 'okta.membership.remove',
    isRestored: true,
    async set(company) {
      const { twin, admins } = company
      const thiefs = withSession(await sessionOf(company))
      await ask(`${twin.url}/api/v1/groups/${admins.id}/users/${company.grace.id}`, thiefs, 'PUT')
      const sid = await sessionOf(company, grace)
      return {
        target: at(company, 'resource', `membership/${admins.id}/${company.grace.id}`),
        works: () => seesUsers(company, sid),
      }
    },
  },
  {
    verb: 'okta.assignment.remove',
    isRestored: true,
    async set(company) {
      const { twin } = company
      const portal = makeApp(twin.org, { name: 'portal', label: 'Portal', signOnMode: 'SAML_2_0' })
      const thiefs = withSession(await sessionOf(company))
      const assigned = { id: company.grace.id, scope: 'USER', profile: { team: 'pay' } }
      await ask(`${twin.url}/api/v1/apps/${portal.id}/users`, thiefs, 'POST', assigned)
      const sid = await sessionOf(company, grace)
      return {
        target: at(company, 'resource', `assignment/${portal.id}/${company.grace.id}`),
        works: async () => (await ask(`${twin.url}/app/${portal.id}/sso`, withSession(sid))).status === 200,
      }
    },
  },
  {
    verb: 'okta.role.unassign',
    isRestored: true,
    set: (company) => organizationAdmin(company, 'organization%20administrator'),
  },
  {
    name: 'as the inventory names it',
    verb: 'okta.role.unassign',
    isRestored: true,
    set: (company) => organizationAdmin(company, 'ORG_ADMIN'),
  },
  {
    verb: 'okta.idp.deactivate',
    isRestored: true,
    async set(company) {
      const { twin } = company
      const thiefs = withSession(await sessionOf(company))
      const idp = await ask(`${twin.url}/api/v1/idps`, thiefs, 'POST', { type: 'OIDC', name: 'Partner' })
      const id = idIn(idp.body)
      return {
        target: at(company, 'resource', `idp/${id}`),
        works: async () => (await signIn(twin.url, { username: grace.username, idp: id })) !== undefined,
      }
    },
  },
  {
    verb: 'okta.password.expire',
    config: { expirePasswords: true },
    isRestored: false,
    set: async (company) => ({
      target: at(company, 'identity', company.ada.id),
      works: async () => (await signIn(company.twin.url, ada)) !== undefined,
    }),
  },
]

export const trial = defineTrial({
  actions: oktaActions,
  cases,
  found: (one) => foundCompany(one?.config),
  cordon: openCordon,
  hold({ twin: { org, state, url }, cordonActs, root }, scopes) {
    for (const [id, grant] of state.grants) if (grant['clientId'] === cordonActs.id) state.grants.delete(id)
    for (const scopeId of scopes) makeGrant(org, cordonActs, { scopeId, issuer: url, user: null, by: root.id })
  },
  origins: ({ config }) => oktaOrigins(config),
  // A successor is made before the change, and has landed.
  isChange: ({ pathname }, method) => method !== 'GET' && !/\/token$|\/secrets$/.test(pathname),
  settle: ({ clock, twin }) => clock.pass(2 * twin.settings.logDelayMs),
  heldBy: ({ twin }) => stateText(twin.state),
  refusesToo: { foreignSource: true },
  refusal: 'ERR_OKTA_TARGET',
  elsewhere: '00oelsewhere00000001',
})
