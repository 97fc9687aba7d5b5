import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import type { Json } from '#kit'
import { entityId, type EntityId } from '#model'
import { oktaActions, oktaOrigins, type OktaConfig } from '#connectors/okta'
import { signAssertion, signingKey } from '../../../src/sources/http/assertion.ts'

import { makeFactor } from '../../../lab/twins/okta/users.ts'
import { textOf } from '../../../lab/twins/okta/state.ts'
import { customServer } from '../../../lab/twins/okta/sign-in.ts'
import { lostAt, stateText } from '../cordon.ts'
import { foundCompany, keyPair, passwords, type Company } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { ask, basic, idIn, meAt, signIn, tokenAt, withApiToken, withSession } from './thief.ts'

/** One verb, what a thief has, and whether it still opens something: asked at the vendor, never at Cordon. */
type Case = {
  verb: string
  config?: Partial<OktaConfig>
  set(company: Company): Promise<{ target: EntityId; works(): Promise<boolean>; lent?: string }>
  /** Does undo give the thief's way back, too? */
  isRestored: boolean
}

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
    verb: 'okta.role.unassign',
    isRestored: true,
    async set(company) {
      const { twin } = company
      const thiefs = withSession(await sessionOf(company))
      await ask(`${twin.url}/api/v1/users/${company.grace.id}/roles`, thiefs, 'POST', { type: 'ORG_ADMIN' })
      const sid = await sessionOf(company, grace)
      return {
        target: at(company, 'resource', `role-assignment/${company.grace.id}/organization%20administrator`),
        works: () => seesUsers(company, sid),
      }
    },
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

const open: Company[] = []
after(() => Promise.all(open.map(({ twin }) => twin.close())))

async function begin({ config, set, verb }: Case) {
  const company = await foundCompany(config)
  open.push(company)
  const cordon = openCordon(company)
  const { target, works, lent } = await set(company)
  const context = (over: Parameters<typeof cordon.context>[0] = {}) =>
    cordon.context({ lent: (asked) => (asked === target ? lent : undefined), ...over })
  const settled = (): void => company.clock.pass(2 * company.twin.settings.logDelayMs)
  settled()
  return { company, cordon, action: actionOf(verb), target, works, context, settled }
}

const stateOf = ({ twin }: Company): string => stateText(twin.state)
/** A successor is made before the change, and has landed. */
const isChange = ({ pathname }: URL, method: string): boolean =>
  method !== 'GET' && !/\/token$|\/secrets$/.test(pathname)
function assertTrue({ twin }: Company): void {
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
}

test('every verb has a case', () => {
  assert.deepEqual(cases.map(({ verb }) => verb).sort(), oktaActions.map(({ verb }) => verb).sort())
})

for (const one of cases) {
  test(`${one.verb}: the thief is refused, twice is once, undo gives back what it says`, async () => {
    const { company, action, target, works, context, settled } = await begin(one)
    assert.equal(await works(), true, 'it opens something before')
    settled()
    assert.notEqual((await action.probe.run(context(), target)).verdict, 'dead')
    assert.equal(await action.readBack?.(context(), target), 'absent')
    const first = await action.apply(context(), target)
    settled()
    assert.equal(await works(), false, 'refused')
    assert.equal(await action.readBack?.(context(), target), 'landed')
    const probed = await action.probe.run(context(), target)
    assert.equal(probed.verdict, 'dead', JSON.stringify(probed))
    if (probed.verdict === 'dead') assert.ok(action.proofs.includes(probed.proof.kind))

    const before = stateOf(company)
    await action.apply(context(), target)
    assert.equal(stateOf(company), before, 'twice is once')

    await action.undo?.(context(), target, first.undoState)
    assert.equal(await works(), one.isRestored, 'after undo')
    assert.equal(action.undo !== undefined || !one.isRestored, true)
    const { preview } = action
    assert.equal(preview(target, {}).reversible, action.undo !== undefined, 'the preview says whether it can be undone')
    assertTrue(company)
  })

  test(`${one.verb}: a crash before it or behind it is told apart by reading back`, async () => {
    for (const when of ['before', 'behind'] as const) {
      const { company, cordon, action, target, works, context, settled } = await begin(one)
      const lost = lostAt(oktaOrigins(company.config), when, isChange)
      const crashing = cordon.httpFor('contain', lost)
      await assert.rejects(async () => action.apply(context({ http: crashing }), target), { code: 'ERR_HTTP_NETWORK' })
      settled()
      assert.equal(await action.readBack?.(context(), target), when === 'before' ? 'absent' : 'landed', when)
      assert.equal(await works(), when === 'before', when)
      if (when === 'behind') continue
      await action.apply(context(), target)
      settled()
      assert.equal(await action.readBack?.(context(), target), 'landed')
      assert.equal(await works(), false)
      assertTrue(company)
    }
  })

  test(`${one.verb}: neither Cordon's own nor another org's is touched`, async () => {
    const { company, action, target, context } = await begin(one)
    const before = stateOf(company)
    await assert.rejects(action.apply(context({ isOwn: (entity) => entity === target }), target), {
      code: 'ERR_OKTA_TARGET',
    })
    const [kind = '', , ...native] = target.split(':')
    const elsewhere = entityId(kind as 'identity', '00oelsewhere00000001', native.join(':'))
    await assert.rejects(action.apply(context(), elsewhere), { code: 'ERR_OKTA_TARGET' })
    await assert.rejects(action.apply(context({ authority: '00oelsewhere00000001' }), elsewhere), {
      code: 'ERR_OKTA_TARGET',
    })
    assert.equal(stateOf(company), before)
  })
}
