import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'

import { canonicalJson, parseJson, systemClock } from '#kit'
import { litellmConfig, litellmConnector, litellmOrigins, type LitellmConfig } from '#connectors/litellm'

import { operationIds } from '../../lab/twins/litellm/operations.ts'
import { sliceOf } from '../../scripts/slice-api.ts'
import { openStages } from '../conformance/cordon.ts'
import { skipProxy, startProxy } from './litellm-proxy.ts'

const options = { skip: skipProxy }
const masterKey = 'sk-EXAMPLE-master'
const upstreamKey = 'sk-EXAMPLE-upstream-0123456789'

const prompt = 'EXAMPLE-prompt'
const reply = 'EXAMPLE-answer'
/** Calls go out in batches, every five seconds. */
const sentMsMax = 60_000

let url = ''
const closing: (() => unknown)[] = []
/** Bodies that the proxy sent where its calls go. */
const deliveries: string[] = []
async function sentWithin(ms: number): Promise<string[]> {
  for (const untilMs = Date.now() + ms; deliveries.length === 0 && Date.now() < untilMs;) {
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return deliveries
}
let stop = (): void => undefined
const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' ? (address?.port ?? 0) : 0)
    })
  })

before(async () => {
  if (skipProxy !== false) return
  const sink = createHttpServer((request, response) => {
    void text(request).then((body) => {
      deliveries.push(body)
      response.end()
    })
  })
  closing.push(() => sink.close())
  const receiver = `http://127.0.0.1:${await listening(sink)}`
  ;({ url, stop } = await startProxy(
    `model_list:
  - model_name: gpt-4o
    litellm_params: {model: openai/gpt-4o-mini, api_key: ${upstreamKey}, api_base: "http://127.0.0.1:9/v1", mock_response: ${reply}}
  - model_name: claude
    litellm_params: {model: anthropic/claude-sonnet-4, litellm_credential_name: anthropic-prod}
credential_list:
  - credential_name: anthropic-prod
    credential_values: {api_key: ${upstreamKey}}
    credential_info: {custom_llm_provider: anthropic}
litellm_settings:
  callbacks: [generic_api]
general_settings:
  master_key: ${masterKey}
`,
    { GENERIC_LOGGER_ENDPOINT: receiver },
  ))
})
after(() => {
  stop()
  for (const close of closing) close()
})

/** Cordon's own stages around the real proxy. */
function openCordon(key: string, over: Partial<LitellmConfig> = {}) {
  const config = litellmConfig.parse({ url, database: false, hosts: ['gateway-1'], requests: 'push', ...over })
  const cordon = openStages({
    connector: litellmConnector,
    config,
    authority: new URL(url).host,
    clock: systemClock,
    origins: litellmOrigins(config),
    secretsOf: () => ({ key }),
  })
  closing.push(cordon.close)
  return cordon
}
const checkAs = (key: string, over: Partial<LitellmConfig> = {}) =>
  litellmConnector.check(openCordon(key, over).pullContext())

test("the twin's description is what this proxy serves, unaltered", options, async () => {
  const whole = parseJson(await (await fetch(`${url}/openapi.json`)).text())
  const cut = `${canonicalJson(sliceOf(whole, operationIds))}\n`
  assert.equal(cut, readFileSync('lab/twins/litellm/fixtures/api.json', 'utf8'))
})

test('check says which release runs, and that there is no database', options, async () => {
  const { says, missing } = await checkAs(masterKey)
  assert.match(says.join(), /LiteLLM 1\.99\.4, without a database/)
  assert.deepEqual(missing, [])
  await assert.rejects(checkAs(masterKey, { database: true }), { code: 'ERR_VENDOR_REFUSED' })
})

test('of a real proxy: what it holds is named, and the release that runs leads there', options, async () => {
  const cordon = openCordon(masterKey)
  const items = await cordon.pull('inventory')
  assert.deepEqual(
    items.flatMap(({ unmapped }) => unmapped ?? []),
    [],
  )
  const authority = cordon.authority.replace(':', '%3a')
  const edges = items
    .flatMap((item) => item.edges)
    .map(({ src, type, dst }) => `${src} ${type} ${dst}`.replaceAll(authority, 'G'))
  for (const edge of [
    'package:pypi:litellm@1.99.4 INSTALLED_ON host:G:gateway',
    'host:host:gateway-1 CONTAINS resource:G:gateway',
    'resource:G:gateway STORES credential:G:master-key',
    'resource:G:gateway STORES credential:G:upstream/credential/anthropic-prod',
  ]) {
    assert.ok(edges.includes(edge), edge)
  }
  const own = edges.filter((edge) => edge.includes('STORES credential:G:upstream/deployment/'))
  assert.equal(own.length, 1, 'one deployment has a key of its own')
  const log = cordon.logged.map(({ raw }) => raw).join('\n')
  for (const part of [upstreamKey, upstreamKey.slice(-4), masterKey]) assert.ok(!log.includes(part), 'no part of a key')
})

test('a call that the real proxy sends is told, and neither its prompt nor its answer is kept', options, async () => {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${masterKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: prompt }] }),
  })
  assert.match(await answer.text(), new RegExp(reply))
  const [sent = ''] = await sentWithin(sentMsMax)
  assert.ok(sent.includes(prompt) && sent.includes(reply), 'the proxy sends both')
  const cordon = openCordon(masterKey)
  const items = await cordon.receive('callback', sent)
  const kept = cordon.logged.map(({ raw }) => raw).join('\n')
  for (const part of [prompt, reply, upstreamKey, masterKey]) assert.ok(!kept.includes(part), part)
  const [touch] = items.flatMap(({ touches }) => touches)
  const authority = cordon.authority.replace(':', '%3a')
  assert.equal(touch?.resource, `resource:${authority}:model/gpt-4o`)
  assert.equal(touch?.credential, `credential:${authority}:master-key`)
  assert.equal(touch?.origin, '127.0.0.1')
  assert.ok(Math.abs(touch.atMs - Date.now()) < sentMsMax)
})

test('a key that is none is refused', options, async () => {
  // Without a database it is a 400: there is nowhere to look the key up.
  await assert.rejects(checkAs('sk-EXAMPLE-of-nobody'), {
    code: 'ERR_VENDOR_REFUSED',
    message: /answered 400/,
  })
})
