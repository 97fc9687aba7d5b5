import assert from 'node:assert/strict'
import { test } from 'node:test'

import { signV4 } from './sigv4.ts'

/** AWS's published test suite for Signature Version 4 (aws-sig-v4-test-suite), by its names. */
const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const nowMs = Date.UTC(2015, 7, 30, 12, 36)
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const vectors = [
  ['get-vanilla', 'GET', '/', {}, '', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-vanilla-query-order-key-case',
    'GET',
    '/?Param2=value2&Param1=value1',
    {},
    '',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'get-vanilla-utf8-query',
    'GET',
    '/?ሴ=bar',
    {},
    '',
    '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  ],
  ['post-vanilla', 'POST', '/', {}, '', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'post-x-www-form-urlencoded',
    'POST',
    '/',
    form,
    'Param1=value1',
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
] as const

for (const [name, method, path, headers, body, signature] of vectors) {
  test(`signs as AWS's vector ${name} says`, () => {
    const url = new URL(path, 'https://example.amazonaws.com')
    const scope = { service: 'service', region: 'us-east-1' } as const
    const { authorization } = signV4({ url, method, headers, body }, keys, scope, nowMs)
    assert.equal(/Signature=(\w+)$/.exec(authorization ?? '')?.[1], signature)
  })
}

test('a session token is sent and signed', () => {
  const request = { url: new URL('https://sts.amazonaws.com/'), method: 'POST', headers: form, body: 'Action=X' }
  const scope = { service: 'sts', region: 'us-east-1' } as const
  const signed = signV4(request, { ...keys, sessionToken: 'EXAMPLE' }, scope, nowMs)
  assert.equal(signed['x-amz-security-token'], 'EXAMPLE')
  assert.match(signed['authorization'] ?? '', /SignedHeaders=content-type;host;x-amz-date;x-amz-security-token/)
})
