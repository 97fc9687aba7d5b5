import assert from 'node:assert/strict'
import { test } from 'node:test'

import { utf8 } from '#kit'
import { validateOcsf } from '#model/ocsf'
import { scrubJson } from '#classify'
import { litellmConnector } from '#connectors/litellm'
import { projectEvent } from '#project'
import { parseUpload } from '#sources'
import { isStreamOn } from '#sources/contract'

import { fingerprinterOf } from '../../simulation/log-keys.ts'

const nowMs = Date.UTC(2026, 2, 24, 12)
const hash = 'a'.repeat(64)
/** The form of LiteLLM 1.99.4's `StandardLoggingPayload`, with all that a caller may put into it. */
const payload = {
  id: 'chatcmpl-1',
  trace_id: 't-1',
  session_id: 's-1',
  call_type: 'acompletion',
  stream: true,
  response_cost: 0.002,
  status: 'success',
  custom_llm_provider: 'openai',
  total_tokens: 16,
  prompt_tokens: 7,
  completion_tokens: 9,
  startTime: nowMs / 1000 - 2.5,
  endTime: nowMs / 1000,
  completionStartTime: nowMs / 1000 - 1,
  model: 'gpt-4o-mini',
  model_id: 'd-1',
  model_group: 'gpt-4o',
  api_base: 'https://api.openai.com/v1?key=PRIVATE',
  metadata: {
    user_api_key_hash: hash,
    user_api_key_user_id: 'ada',
    user_api_key_user_email: 'PRIVATE@example.com',
    user_api_key_team_id: 'team-1',
    requester_ip_address: '203.0.113.66',
    requester_metadata: { anything: 'PRIVATE' },
    requester_custom_headers: { 'x-secret': 'PRIVATE' },
    mcp_tool_call_metadata: null,
  },
  end_user: 'customer-7',
  requester_ip_address: '',
  user_agent: 'openai-python/2',
  messages: [{ role: 'user', content: 'PRIVATE prompt' }],
  response: { choices: [{ message: { content: 'PRIVATE answer' } }] },
  model_parameters: { system: 'PRIVATE' },
  error_str: 'PRIVATE',
  error_information: {
    error_class: 'RateLimitError',
    error_code: '429',
    error_message: 'PRIVATE',
    traceback: 'PRIVATE',
  },
  hidden_params: { api_base: 'PRIVATE' },
}
const callback = litellmConnector.streams.find(({ name }) => name === 'callback')
assert.ok(callback?.kind === 'push' && callback.keep !== undefined)
const { keep } = callback

const upload = (records: unknown[]) =>
  parseUpload(utf8(JSON.stringify(records)), {
    tenant: 't_default',
    source: 'gateway',
    stream: 'callback',
    batch: 'b-1',
    partial: 'keep',
    nowMs,
    scrub: (json) => scrubJson(json, fingerprinterOf('example')).text,
    keep,
  })

test('a call that the proxy sends is cut to what is kept before it is written, and says who reached what', () => {
  const { events, bad } = upload([payload])
  assert.deepEqual(bad, [])
  const [event] = events
  assert.ok(event)
  assert.ok(!event.raw.includes('PRIVATE'), event.raw)
  assert.equal(event.eventAtMs, nowMs - 2500)
  const { ocsf, touches } = projectEvent(
    { ...event, tenant: 't_default', offset: 1, source: 'gateway', arrivedAtMs: nowMs },
    { connector: 'litellm', authority: 'gateway.example.com', normalize: litellmConnector.normalize },
  )
  assert.deepEqual(ocsf.flatMap(validateOcsf), [])
  assert.deepEqual(touches, [
    {
      identity: 'identity:gateway.example.com:user/ada',
      credential: `credential:gateway.example.com:key/${hash}`,
      resource: 'resource:gateway.example.com:model/gpt-4o',
      verb: 'read',
      atMs: nowMs - 2500,
      records: null,
      origin: '203.0.113.66',
    },
  ])
})

test('sent twice it has one id; what is no call is refused by its line, and the others are taken', () => {
  const { events, bad, badCount } = upload([payload, { hello: 'PRIVATE' }, { ...payload, id: 'chatcmpl-2' }])
  assert.equal(events.length, 2)
  assert.equal(badCount, 1)
  assert.ok(!JSON.stringify(bad).includes('PRIVATE'))
  assert.equal(upload([payload]).events[0]?.id, events[0]?.id)
})

test('polled or pushed: one of the two is on, never both', () => {
  for (const how of ['poll', 'push'] as const) {
    const config = litellmConnector.config.parse({ url: 'https://gateway.example.com', requests: how })
    const on = litellmConnector.streams.filter((stream) => isStreamOn(stream, config)).map(({ name }) => name)
    assert.deepEqual(on, how === 'poll' ? ['inventory', 'requests'] : ['inventory', 'callback'])
  }
})
