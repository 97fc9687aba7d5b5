import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'

import { auth as googleAuth, admin } from '@googleapis/admin'

import { operations } from '../../../lab/twins/google/index.ts'
import { makeRig, SteppingClock, type Rig } from './rig.ts'

// The oracle is Google's own client library: its request code, and the shapes its types declare.
let rig: Rig
before(async () => {
  rig = await makeRig(new SteppingClock())
})
after(() => rig.twin.close())

const scopes = (): string[] => [...(rig.world.delegations.get(rig.accounts.contain.client)?.scopes ?? [])]

/** Signs in as Google's library does; its address is replaced by the twin's, and its clock is the real one. */
async function clientOf() {
  const token = rig.world.mint({
    client: rig.accounts.contain.client,
    user: rig.actor.id,
    scopes: scopes(),
    isDelegated: true,
  })
  const session = new googleAuth.OAuth2()
  session.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 })
  const options = { auth: session, rootUrl: `${rig.twin.url}/`, retry: false } as const
  return {
    directory: admin({ version: 'directory_v1', ...options }),
    reports: admin({ version: 'reports_v1', ...options }),
  }
}

test('every operation of the twin is Google’s: method, path and query as its library has them', () => {
  const require = createRequire(import.meta.url)
  const folder = require.resolve('@googleapis/admin').replace(/index\.js$/, '')
  const texts = ['directory_v1', 'reports_v1'].map((name) => ({
    code: readFileSync(`${folder}${name}.js`, 'utf8'),
    types: readFileSync(`${folder}${name}.d.ts`, 'utf8'),
  }))
  assert.ok(operations.length >= 25)
  for (const { id, method, path, query = [], body = [] } of operations) {
    const { code, types } = texts[id.startsWith('directory ') ? 0 : 1] ?? { code: '', types: '' }
    const route = new RegExp(`'${path.replace(/[{}/+]/g, '\\$&')}'\\)[^\\n]*\\n\\s*method: '${method}'`)
    assert.match(code, route, id)
    const [resource = '', call = ''] = (id.split(' ')[1] ?? '').split('.')
    const upper = (text: string): string => text[0]?.toUpperCase() + text.slice(1).toLowerCase()
    const declared = blockOf(types, `Params$Resource$${upper(resource)}$${upper(call)}`)
    for (const name of query) assert.match(declared, new RegExp(`^\\s*'?${name}'?\\??:`, 'm'), `${id} takes ${name}`)
    if (body.length > 0) assert.match(declared, /requestBody\?:/, `${id} takes a body`)
  }
})

/** Text of an interface in a declaration file. */
function blockOf(types: string, name: string): string {
  const start = types.indexOf(`interface ${name} `)
  assert.ok(start >= 0, `Google's types have ${name}`)
  return types.slice(start, types.indexOf('\n    }', start))
}

test('Google’s client reads the twin page by page', async () => {
  const { directory, reports } = await clientOf()
  for (let n = 0; n < 7; n++) rig.people.hire(`Person ${String.fromCharCode(65 + n)}`)
  const seen: string[] = []
  let pageToken: string | undefined
  do {
    const { data } = await directory.users.list({
      customer: 'my_customer',
      maxResults: 3,
      ...(pageToken === undefined ? {} : { pageToken }),
    })
    seen.push(...(data.users ?? []).map(({ id }) => id ?? ''))
    pageToken = data.nextPageToken ?? undefined
  } while (pageToken !== undefined)
  assert.deepEqual(seen.toSorted(), [...rig.world.users.keys()].toSorted())
  const { data: customer } = await directory.customers.get({ customerKey: 'my_customer' })
  assert.equal(customer.id, rig.authority)

  const user = rig.people.hire('Ada Example')
  const app = rig.people.publish('Notes AI')
  rig.people.consent(user, app.client, ['https://mail.google.com/'])
  const { data: tokens } = await directory.tokens.list({ userKey: user.id })
  assert.deepEqual(
    tokens.items?.map(({ clientId, scopes }) => [clientId, scopes]),
    [[app.client, ['https://mail.google.com/']]],
  )
  const before = await reports.activities.list({ userKey: 'all', applicationName: 'token', maxResults: 10 })
  assert.equal(before.data.items, undefined, 'the row lags')
  rig.clock.pass(2 * 3_600_000)
})

test('Google’s client hears errors in the shape it knows', async () => {
  const { directory, reports } = await clientOf()
  const { data } = await reports.activities.list({ userKey: 'all', applicationName: 'token', eventName: 'authorize' })
  assert.equal(data.items?.[0]?.events?.[0]?.name, 'authorize')
  const reasonOf = (error: unknown): { code: unknown; reason: unknown } => {
    const { status, response } = error as {
      status?: number
      response?: { data?: { error?: { errors?: { reason: string }[] } } }
    }
    return { code: status, reason: response?.data?.error?.errors?.[0]?.reason }
  }
  const fails = (call: Promise<unknown>) => call.then(() => assert.fail('must fail'), reasonOf)
  assert.deepEqual(await fails(directory.tokens.get({ userKey: rig.looker.id, clientId: 'none' })), {
    code: 404,
    reason: 'notFound',
  })
  rig.twin.disturb('rate-limit')
  assert.deepEqual(await fails(directory.users.get({ userKey: rig.looker.id })), {
    code: 403,
    reason: 'rateLimitExceeded',
  })
  rig.twin.disturb('backend-error')
  assert.deepEqual(await fails(directory.users.get({ userKey: rig.looker.id })), { code: 503, reason: 'backendError' })
  assert.deepEqual(
    await fails(
      reports.activities.list({ userKey: 'all', applicationName: 'admin', eventName: 'ADD_TO_BLOCKED_OAUTH2_APPS' }),
    ),
    { code: 400, reason: 'invalid' },
  )
  assert.deepEqual(rig.twin.violations, [])
})

test('a token without the scope, and an administrator who is none, are refused', async () => {
  const { directory } = await clientOf()
  const weak = new googleAuth.OAuth2()
  const mint = (user: string, scopes: string[]): string =>
    rig.world.mint({ client: 'x', user, scopes, isDelegated: true })
  const status = async (token: string): Promise<number> => {
    weak.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 })
    const client = admin({ version: 'directory_v1', auth: weak, rootUrl: `${rig.twin.url}/`, retry: false })
    return client.users.get({ userKey: rig.looker.id }).then(
      ({ status }) => status,
      (error: { status: number }) => error.status,
    )
  }
  assert.equal((await directory.users.get({ userKey: rig.looker.id })).status, 200)
  assert.equal(await status(mint(rig.actor.id, ['https://www.googleapis.com/auth/drive'])), 403)
  assert.equal(await status(mint(rig.people.hire('Nobody Special').id, scopes())), 403)
  assert.equal(await status('EXAMPLE-nothing'), 401)
})
