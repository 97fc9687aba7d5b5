import assert from 'node:assert/strict'
import { test } from 'node:test'

import { nothingNormalized, ocsfEvent, type LoggedEvent, type OcsfEvent } from '#model'
import { aiServiceAt, aiServiceOfPackage, aiServices } from '#classify'

import { projectEvent } from './index.ts'

const atMs = Date.UTC(2026, 2, 24, 12)
const event: LoggedEvent = {
  id: 'evt_aaaaaaaa',
  tenant: 't_default',
  offset: 7,
  source: 'dns',
  stream: 'log',
  eventAtMs: atMs,
  arrivedAtMs: atMs,
  raw: '{}',
}
const projected = (...ocsf: OcsfEvent[]) =>
  projectEvent(event, { connector: 'lab', authority: 'office', normalize: () => ({ ...nothingNormalized(), ocsf }) })
const device = { hostname: 'laptop-7', type_id: 3 } as const
const asked = (hostname: string, more: object = {}) =>
  ocsfEvent('dns_activity', 'query', atMs, { name: 'resolver' }, { query: { hostname }, device, ...more })

test('a machine that talks to an AI service is told, with who and from where, and nothing that aims an action', () => {
  const item = projected(
    asked('API.openai.com.', { actor: { user: { uid: 'u-7' } } }),
    ocsfEvent('network_activity', 'open', atMs, { name: 'flow' }, { dst_endpoint: { hostname: 'claude.ai' }, device }),
    ocsfEvent(
      'http_activity',
      'post',
      atMs,
      { name: 'proxy' },
      {
        http_request: { url: { hostname: 'otter.ai' } },
        src_endpoint: { ip: '192.0.2.7' },
      },
    ),
  )
  assert.deepEqual(
    item.touches.map(({ identity, credential, resource, verb, records, origin }) => [
      identity,
      credential,
      resource,
      verb,
      records,
      origin,
    ]),
    [
      ['identity:office:u-7', null, 'resource:office:egress/openai.com', 'share', null, 'laptop-7'],
      [null, null, 'resource:office:egress/anthropic.com', 'share', null, 'laptop-7'],
      [null, null, 'resource:office:egress/otter.ai', 'share', null, '192.0.2.7'],
    ],
  )
  assert.deepEqual(item.edges, [])
  assert.deepEqual(item.facts[0]?.attributes, { kind: 'egress', name: 'OpenAI', domain: 'openai.com' })
})

test('a name that only ends alike, a query that failed and any other class say nothing', () => {
  assert.deepEqual(projected(asked('notopenai.com'), asked('openai.com.evil.example')).touches, [])
  assert.deepEqual(projected(asked('api.openai.com', { status_id: 2 })).touches, [])
  const other = { ...asked('api.openai.com'), class_uid: 4002 + 2000, category_uid: 6 }
  assert.deepEqual(projected(other).touches, [])
  assert.equal(projected({ ...asked('openai.com'), time: Number.NaN }).touches.length, 0, 'no time the store can hold')
})

test('the list names each domain and each package once, and why and from where', () => {
  const domains = aiServices.flatMap((service) => service.domains)
  const packages = aiServices.flatMap((service) => service.packages ?? [])
  assert.ok(domains.length > 30)
  assert.equal(new Set(domains).size, domains.length)
  assert.equal(new Set(packages).size, packages.length)
  for (const service of aiServices) {
    assert.equal(aiServiceAt(`x.${service.domain}`), service, service.domain)
    assert.match(service.from, /^https:\/\//)
    assert.ok(service.why.length > 10)
  }
  for (const name of packages) assert.ok(aiServiceOfPackage(name))
})
