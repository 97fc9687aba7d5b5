import { generateKeyPairSync } from 'node:crypto'

import type { JsonObject } from '#kit'

import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { makeApp, makeGrant, makeKey, makeSecret } from '../../../lab/twins/okta/apps.ts'
import { makeAssignment, makeGroup, makeZone } from '../../../lab/twins/okta/directory.ts'
import type { Row } from '../../../lab/twins/okta/state.ts'
import { startOktaTwin, type OktaTwin } from '../../../lab/twins/okta/twin.ts'
import { makeFactor, makeUser } from '../../../lab/twins/okta/users.ts'
import { oktaConfig, oktaConnector, type OktaConfig } from '#connectors/okta'

export type Company = {
  twin: OktaTwin
  clock: TwinClock
  config: OktaConfig
  /** Private keys of Cordon's two apps. */
  keys: { see: string; contain: string }
  ada: Row
  grace: Row
  root: Row
  engineers: Row
  admins: Row
  wiki: Row
  crm: Row
  robot: Row
  robotSecret: Row
  nightly: Row
  nightlyKeys: Row[]
  nightlyGrant: Row
  cordonSees: Row
  cordonActs: Row
}

export const passwords = { ada: 'EXAMPLE-ada-1', grace: 'EXAMPLE-grace-1', root: 'EXAMPLE-root-1' }
export const startMs = Date.UTC(2026, 2, 24, 12)

const oauthApp = (label: string, method: string, grants: string[], more: JsonObject = {}): JsonObject => ({
  name: 'oidc_client',
  label,
  signOnMode: 'OPENID_CONNECT',
  credentials: { oauthClient: { token_endpoint_auth_method: method } },
  settings: { oauthClient: { grant_types: grants, application_type: 'service', response_types: ['token'] } },
  ...more,
})

/** A small company at Okta: three people, two groups, an app with secrets, and the two apps Cordon uses. */
export async function foundCompany(over: Partial<OktaConfig> = {}): Promise<Company> {
  const clock = new TwinClock(startMs - 40 * 86_400_000)
  const twin = await startOktaTwin({ clock })
  const { org, state } = twin
  const person = (first: string, last: string, password: string): Row => {
    const login = `${first.toLowerCase()}@brightwater.example`
    return makeUser(org, { login, email: login, firstName: first, lastName: last, userType: 'employee' }, password)
  }
  const root = person('Root', 'Admin', passwords.root)
  const ada = person('Ada', 'Byron', passwords.ada)
  const grace = person('Grace', 'Hopper', passwords.grace)
  const engineers = makeGroup(org, 'Engineers')
  const admins = makeGroup(org, 'Helpers of administrators')
  state.members.set(engineers.id, new Set([ada.id, grace.id]))
  state.members.set(admins.id, new Set([root.id]))
  makeAssignment(org, root.id, 'SUPER_ADMIN')
  makeAssignment(org, ada.id, 'SUPER_ADMIN')
  makeAssignment(org, admins.id, 'HELP_DESK_ADMIN')
  makeFactor(org, root.id, 'token:software:totp', 'GOOGLE')
  makeZone(org, 'Office')

  const logout = { status: 'ENABLED', supportType: 'FULL', protocol: 'GLOBAL_TOKEN_REVOCATION' }
  const wiki = makeApp(org, {
    ...oauthApp('Wiki', 'none', ['authorization_code', 'refresh_token']),
    universalLogout: logout,
  })
  const crm = makeApp(org, { name: 'salesforce', label: 'CRM', signOnMode: 'SAML_2_0' })
  for (const app of [wiki, crm]) {
    const assigned = [ada, grace].map(
      (user) => [user.id, { id: user.id, scope: 'USER', status: 'ACTIVE', created: user['created'] ?? null }] as const,
    )
    state.appUsers.set(app.id, new Map(assigned))
  }
  state.appGroups.set(crm.id, new Map([[engineers.id, { id: engineers.id, priority: 0 }]]))
  const robot = makeApp(org, oauthApp('Robot', 'client_secret_basic', ['client_credentials']))
  const robotSecret = makeSecret(org, robot.id)
  const nightly = makeApp(org, oauthApp('Nightly', 'private_key_jwt', ['client_credentials']))
  const nightlyKeys = ['nightly-1', 'nightly-2'].map((kid) => makeKey(org, nightly.id, keyPair(kid).jwk))
  makeAssignment(org, nightly.id, 'READ_ONLY_ADMIN')
  const consent = { scopeId: 'okta.users.read', issuer: twin.url, user: null, by: root.id }
  const nightlyGrant = makeGrant(org, nightly, consent)

  const config = (see: string, contain: string) =>
    oktaConfig.parse({ orgUrl: twin.url, clientId: see, containClientId: contain, ...over })
  const cordonApp = (use: 'see' | 'contain') => {
    const app = makeApp(org, oauthApp(`Cordon (${use})`, 'private_key_jwt', ['client_credentials']))
    makeAssignment(org, app.id, use === 'see' ? 'READ_ONLY_ADMIN' : 'SUPER_ADMIN')
    const scopes = oktaConnector.role?.(config(app.id, 'other'), use)?.scopes ?? []
    for (const { name } of scopes) makeGrant(org, app, { scopeId: name, issuer: twin.url, user: null, by: root.id })
    const { key, jwk } = keyPair(`cordon-${use}`)
    makeKey(org, app.id, jwk)
    return { app, key }
  }
  const [see, contain] = [cordonApp('see'), cordonApp('contain')]
  clock.pass(40 * 86_400_000)
  return {
    twin,
    clock,
    config: config(see.app.id, contain.app.id),
    keys: { see: see.key, contain: contain.key },
    ada,
    grace,
    root,
    engineers,
    admins,
    wiki,
    crm,
    robot,
    robotSecret,
    nightly,
    nightlyKeys,
    nightlyGrant,
    cordonSees: see.app,
    cordonActs: contain.app,
  }
}

/** `key`: private half as PEM; `jwk`: public half as Okta takes it. */
export function keyPair(kid: string): { key: string; jwk: JsonObject } {
  const known = pairs.get(kid)
  if (known !== undefined) return known
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { kty = '', n = '', e = '' } = publicKey.export({ format: 'jwk' })
  const pair = {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    jwk: { kty, n, e, kid },
  }
  pairs.set(kid, pair)
  return pair
}
const pairs = new Map<string, { key: string; jwk: JsonObject }>()
