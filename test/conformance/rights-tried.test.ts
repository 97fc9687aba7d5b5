import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { silentDiagnose, type Clock, type Http, type HttpRequest, type HttpResponse } from '#kit'
import { VendorError, type CredentialUse } from '#sources/contract'

import { makeKey } from '../../lab/twins/anthropic/organization.ts'
import { makeAdminKey } from '../../lab/twins/openai/projects.ts'
import { checkSource } from '../../src/app/hands/check.ts'
import { createRegistry } from '../../src/app/registry.ts'
import type { SourceRecord } from '../../src/app/socket.ts'
import { foundCompany as anthropic } from './anthropic/company.ts'
import { openCordon as anthropicStages } from './anthropic/cordon.ts'
import { stateText } from './cordon.ts'
import { foundCompany as crowdstrike } from './crowdstrike/company.ts'
import { openCordon as crowdstrikeStages } from './crowdstrike/cordon.ts'
import { foundCompany as openai } from './openai/company.ts'
import { openCordon as openaiStages } from './openai/cordon.ts'
import { refusal } from './refused.ts'

const registry = createRegistry(undefined)

type Opened = { vendor: Vendor; twin: { state: object; wrongRequests: string[] } }
type Asked = { use: CredentialUse; method: string; url: URL; body: string }
type Vendor = {
  id: string
  config: unknown
  authority: string
  clock: Clock
  httpFor(use: CredentialUse): Http
  secrets: Record<CredentialUse, Record<string, string>>
}

/** What `source check` says, and every request it took. */
async function checked(
  vendor: Vendor,
  over: Partial<SourceRecord> = {},
  answer: (asked: Asked) => HttpResponse | undefined = () => undefined,
) {
  const { id, config, authority, clock, secrets, httpFor } = vendor
  const source: SourceRecord = {
    id: 'one',
    connector: id,
    config: JSON.stringify(config),
    authority,
    revision: 1,
    see: 'sealed',
    contain: 'sealed',
    ...over,
  }
  const asked: Asked[] = []
  const watched = (use: CredentialUse): Http => ({
    async request(url, request: HttpRequest = {}) {
      const one = { use, method: request.method ?? 'GET', url: new URL(url), body: String(request.body ?? '') }
      asked.push(one)
      const given = answer(one)
      return given ?? httpFor(use).request(url, request)
    },
  })
  const found = await checkSource(source, {
    clock,
    diagnose: silentDiagnose,
    sources: [source],
    secretsOf: (_, use) => secrets[use],
    open(_, use) {
      const entry = registry.find(id)
      assert.ok(entry)
      const parsed: unknown = entry.connector.config.parse(config)
      return { entry, connector: entry.connector, config: parsed, http: watched(use) }
    },
  })
  const verbs = (registry.find(id)?.actions ?? []).map(({ verb }) => verb)
  const tries = registry.find(id)?.connector.rightTries?.tries ?? []
  const changes = asked.filter(({ method, url }) => method !== 'GET' && isChange(url, method))
  return { ...found, asked, verbs, tries, changes }
}
/** CrowdStrike asks for rows by POST, too. */
const isChange = ({ pathname }: URL, method: string): boolean =>
  method === 'DELETE' || !/\/(devices\/v2|alerts\/v1|token)$/.test(pathname)

const falcon = async (t: TestContext, lacks: readonly string[] = []) => {
  const company = await crowdstrike()
  t.after(() => company.twin.close())
  const { config, clock, secrets, twin } = company
  const stages = crowdstrikeStages(company)
  t.after(() => stages.close())
  const sealed = { see: { clientSecret: secrets.see }, contain: { clientSecret: secrets.contain } }
  const vendor: Vendor = {
    id: 'crowdstrike',
    config,
    authority: twin.state.cid,
    clock,
    httpFor: stages.httpFor,
    secrets: sealed,
  }
  const acts = twin.state.clients.get(config.containClientId ?? '')
  assert.ok(acts)
  acts.scopes = acts.scopes.filter((scope) => !lacks.includes(scope))
  return { vendor, twin }
}
const platform = async (t: TestContext, permissions: 'all' | 'read' = 'all') => {
  const company = await openai()
  t.after(() => company.twin.close())
  const { config, clock, twin, root } = company
  const contain = { adminKey: makeAdminKey(twin.org, root.id, 'acts', permissions).value }
  const secrets = { ...company.secrets, contain }
  const stages = openaiStages({ ...company, secrets })
  t.after(() => stages.close())
  const vendor: Vendor = {
    id: 'openai',
    config,
    authority: twin.state.organization,
    clock,
    httpFor: stages.httpFor,
    secrets,
  }
  return { vendor, twin }
}
const claude = async (t: TestContext, isAdmin = true) => {
  const company = await anthropic()
  t.after(() => company.twin.close())
  const { config, clock, twin, labels, root } = company
  const value = makeKey(twin.org, 'no admin', { workspace: labels.id, by: root.id }).value
  const secrets = isAdmin ? company.secrets : { ...company.secrets, contain: { adminKey: value } }
  const stages = anthropicStages({ ...company, secrets })
  t.after(() => stages.close())
  const vendor: Vendor = {
    id: 'anthropic',
    config,
    authority: twin.state.organization,
    clock,
    httpFor: stages.httpFor,
    secrets,
  }
  return { vendor, twin }
}

const vendors: Record<string, (t: TestContext) => Promise<Opened>> = {
  crowdstrike: falcon,
  openai: platform,
  anthropic: claude,
}
for (const [id, open] of Object.entries(vendors))
  test(`${id}: each action's change is asked for once, by the credential to contain, of nobody; nothing changes`, async (t) => {
    const { vendor, twin } = await open(t)
    // But for what looking leaves behind: when a key was last used, tokens, places in lists.
    const held = (): string =>
      stateText({ ...twin.state, tokens: null, feeds: null, pointers: null }).replaceAll(/"last_used_at":\w+/g, '')
    const before = held()
    const { missing, says, changes, verbs, tries } = await checked(vendor)
    assert.deepEqual(missing, [])
    assert.deepEqual(tries.map(({ verb }) => verb).sort(), [...verbs].sort(), 'every action has its try')
    assert.equal(changes.length, verbs.length)
    for (const { use, url, body } of changes) {
      assert.equal(use, 'contain')
      assert.match(`${url.pathname}${url.search}${body}`, /0{24}|00000000-0000-0000-0000-000000000000/)
    }
    for (const verb of verbs) assert.equal(says.filter((line) => line.includes(`\`${verb}\``)).length, 1, verb)
    assert.ok(held() === before)
    assert.deepEqual(twin.wrongRequests, [])
    const nobodys = await checked(vendor, { contain: null })
    assert.deepEqual(nobodys.changes, [], 'never with the credential to look')
  })

test('crowdstrike: what a service answers shows the right; the gateway refuses without it, and the check says so', async (t) => {
  const whole = await checked((await falcon(t)).vendor)
  assert.ok(whole.says.some((line) => /has the rights for .*host\.contain.*client\.delete.*roles\.revoke/.test(line)))
  const lacking = await checked((await falcon(t, ['devices:write', 'usermgmt:read'])).vendor)
  assert.deepEqual(lacking.missing, [
    'the credential to contain lacks `devices:write`, needed for `crowdstrike.host.contain`',
    'the credential to contain lacks `usermgmt:read`, needed for `crowdstrike.user.roles.revoke`',
  ])
  assert.ok(lacking.says.some((line) => /has the rights for `crowdstrike\.client\.delete`:/.test(line)))
})

test('openai: a key that may only read is found; that one may write is never said, for OpenAI does not', async (t) => {
  const { missing } = await checked((await platform(t, 'read')).vendor)
  assert.equal(missing.length, 1)
  assert.match(missing[0] ?? '', /lacks `api\.management\.write`, needed for .*key\.delete.*project\.archive/)
  const { says } = await checked((await platform(t)).vendor)
  assert.ok(says.some((line) => /openai\.key\.delete.* is not known: it was not refused/.test(line)))
  assert.ok(!says.some((line) => line.startsWith('the credential to contain has')))
})

test('anthropic: a key that is no admin key is found before the breach', async (t) => {
  const { missing, changes } = await checked((await claude(t, false)).vendor)
  assert.deepEqual(missing, ['the vendor does not accept the credential to contain'])
  assert.deepEqual(changes, [])
})

const signed = { meta: { powered_by: 'device-api' } }
const answers: Record<string, () => HttpResponse> = {
  'a 429': () => refusal(429, signed),
  'a 503': () => refusal(503, signed),
  'a 401': () => refusal(401, signed),
  'a limit that the runtime gave up on': () => {
    throw new VendorError('ERR_VENDOR_LIMIT', 'no more calls', { retryable: true })
  },
  'an answer that nobody signed': () => refusal(404),
}
for (const [what, answer] of Object.entries(answers))
  test(`${what} to a change is not known: neither a right nor a want of one`, async (t) => {
    const { vendor } = await falcon(t)
    const { missing, says } = await checked(vendor, {}, ({ use, method, url }) =>
      use === 'contain' && method !== 'GET' && isChange(url, method) ? answer() : undefined,
    )
    assert.deepEqual(missing, [])
    assert.ok(says.some((line) => /host\.contain`.*client\.delete`.*roles\.revoke` is not known/.test(line)))
    assert.ok(!says.some((line) => line.startsWith('the credential to contain has')))
  })

test('where the vendor does know a thing of that id, no change is asked for', async (t) => {
  const { vendor, twin } = await falcon(t)
  const [one] = twin.state.devices.values()
  assert.ok(one)
  twin.state.devices.set('0'.repeat(32), { ...one, id: '0'.repeat(32) })
  const { says, changes } = await checked(vendor)
  assert.ok(says.some((line) => /host\.contain` is not known: the vendor knows a thing where none can be/.test(line)))
  assert.ok(!changes.some(({ url }) => url.pathname.includes('devices-actions')))
})
