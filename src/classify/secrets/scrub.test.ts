import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { parseJson, parseOwnJson, seededInt, seededRandom, sha256, toHex } from '#kit'

import { detectors } from './detectors.ts'
import { canonicalSecret, scrub, scrubJson } from '../index.ts'
import { WordScanner } from './words.ts'

const ofSha256 = (hash: Uint8Array): string => `k1.${createHmac('sha256', 'example').update(hash).digest('base64url')}`
const fingerprint = { ofSha256, ofValue: (value: string) => ofSha256(createHash('sha256').update(value).digest()) }
const random = seededRandom(7)
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const of = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[seededInt(random, alphabet.length)]).join('')
const word = (length: number): string => `a1B${of(`${letters}0123456789`, length - 3)}`
const hex = (length: number): string => `a1${of('0123456789abcdef', length - 2)}`
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Made up anew in every run; the shapes are the vendors'. */
const secrets: Record<string, () => string> = {
  'cordon-key': () => `cdn_${word(16)}_${word(32)}`,
  'github-token': () => `ghp_${word(36)}`,
  'github-oauth': () => `gho_${word(36)}`,
  'github-server-token': () => `ghs_${word(36)}`,
  'github-fine-grained-token': () => `github_pat_${word(22)}_${word(59)}`,
  'gitlab-token': () => `glpat-${word(20)}`,
  'slack-bot-token': () => `xoxb-${of('123456789', 12)}-${of('123456789', 12)}-${word(24)}`,
  'slack-token': () => `xoxp-${of('123456789', 12)}-${of('123456789', 12)}-${of('123456789', 12)}-${hex(32)}`,
  'openai-key': () => `sk-proj-${word(60)}`,
  'secret-key': () => `sk-${word(48)}`,
  'anthropic-key': () => `sk-ant-api03-${word(93)}AA`,
  'google-api-key': () => `AIza${word(35)}`,
  'google-access-token': () => `ya29.${word(120)}`,
  'azure-client-secret': () => `${word(3)}8Q~${word(34)}`,
  'npm-token': () => `npm_${word(36)}`,
  'pypi-token': () => `pypi-AgEIcHlwaS5vcmc${word(150)}`,
  'stripe-key': () => `sk_live_${word(24)}`,
  'huggingface-token': () => `hf_${of(letters, 34)}`,
  jwt: () => `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url({ sub: word(12) })}.${word(43)}`,
  'private-key': () =>
    `-----BEGIN RSA PRIVATE KEY-----\n${word(64)}\n${word(64)}\n${word(20)}=\n-----END RSA PRIVATE KEY-----`,
  'vault-token': () => `hvs.${word(90)}`,
  'sendgrid-key': () => `SG.${word(22)}.${word(43)}`,
  'digitalocean-token': () => `dop_v1_${hex(64)}`,
}
const places: ((secret: string) => string)[] = [
  (s) => s,
  (s) => `key ${s} used`,
  (s) => `{"a":"${s}"}`,
  (s) => `curl https://api.example.com/v1?x=${s}&y=1`,
  (s) => `TOKEN=${s}; export TOKEN`,
  (s) => `line\n${s}\nline`,
]

test('every family is found in any place, and nothing of it is left', () => {
  for (const [kind, make] of Object.entries(secrets)) {
    for (const place of places) {
      const secret = make()
      const { text, found } = scrub(place(secret), fingerprint)
      assert.ok(!text.includes(secret.slice(-12)), `${kind}: ${text}`)
      assert.deepEqual(
        found.map((one) => one.fingerprint),
        [fingerprint.ofValue(canonicalSecret(kind, secret))],
        `${kind} in ${place('…')}`,
      )
      assert.equal(scrub(text, fingerprint).text, text, `${kind} is scrubbed once`)
    }
    assert.equal(scrub(`x ${make()} y`, fingerprint).found[0]?.kind, kind)
  }
})

test('in JSON, behind escapes and inside JSON in strings, all else stays byte for byte', () => {
  for (const [kind, make] of Object.entries(secrets)) {
    const secret = make()
    const inner = JSON.stringify({ message: `got ${secret}` })
    const escaped = Array.from(secret, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
    for (const json of [
      `{"n": 12345678901234567890,  "s":${JSON.stringify(secret)}, "n": 1e400}`,
      `{"n": 12345678901234567890,  "s":${JSON.stringify(inner)}, "n": 1e400}`,
      `{"n": 12345678901234567890,  "s":"${escaped}", "n": 1e400}`,
      `{"n": 12345678901234567890,  ${JSON.stringify(secret)}:true, "n": 1e400}`,
    ]) {
      const { text, found } = scrubJson(json, fingerprint)
      parseJson(text)
      assert.equal(found.length, 1, `${kind}: ${json}`)
      assert.ok(!JSON.stringify(parseOwnJson(text)).includes(secret.slice(-10)), `${kind}: ${text}`)
      assert.ok(text.startsWith('{"n": 12345678901234567890,  ') && text.endsWith(', "n": 1e400}'), text)
      if (kind !== 'private-key') assert.equal(found[0]?.fingerprint, fingerprint.ofValue(secret))
    }
  }
})

const fp = (value: string): string => `fp:${fingerprint.ofValue(value)}`

test('a field named for a secret gives up its value', () => {
  const cases: [json: string, scrubbed: string][] = [
    ['{"password":"correct horse"}', `{"password":"${fp('correct horse')}"}`],
    ['{"db":{"adminPassword":"Example-1"}}', `{"db":{"adminPassword":"${fp('Example-1')}"}}`],
    [
      '{"a":{"b":"c"},"l":["d"],"n":"e","password":"Example-7"}',
      `{"a":{"b":"c"},"l":["d"],"n":"e","password":"${fp('Example-7')}"}`,
    ],
    ['{"password":123456}', `{"password":"${fp('123456')}"}`],
    ['{"client_secret":"k3yEXAMPLE"}', `{"client_secret":"${fp('k3yEXAMPLE')}"}`],
    [
      '{"x-api-key":"3a16750d-d363-41a4-8ebd-035408f7730f"}',
      `{"x-api-key":"${fp('3a16750d-d363-41a4-8ebd-035408f7730f')}"}`,
    ],
    ['{"name":"DB_PASSWORD","value":"Example-2"}', `{"name":"DB_PASSWORD","value":"${fp('Example-2')}"}`],
    ['{"tokens":["abc123EXAMPLE","n"]}', `{"tokens":["${fp('abc123EXAMPLE')}","n"]}`],
    [
      '{"SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}',
      `{"SecretAccessKey":"${fp('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')}"}`,
    ],
    ['{"env":"PGPASSWORD=Example-3 psql"}', `{"env":"PGPASSWORD=${fp('Example-3')} psql"}`],
    ['{"q":"ALTER ROLE a PASSWORD \'Example-4\'"}', `{"q":"ALTER ROLE a PASSWORD '${fp('Example-4')}'"}`],
    ['{"u":"postgres://app:Example-5@db:5432/x"}', `{"u":"postgres://app:${fp('Example-5')}@db:5432/x"}`],
    ['{"u":"https:\\/\\/app:Example-6@db\\/x"}', `{"u":"https://app:${fp('Example-6')}@db/x"}`],
    [
      '{"h":"Authorization: Bearer abcdEXAMPLE0123456789"}',
      `{"h":"Authorization: Bearer ${fp('abcdEXAMPLE0123456789')}"}`,
    ],
  ]
  for (const [json, expected] of cases) assert.equal(scrubJson(json, fingerprint).text, expected)
})

test('an ARN keeps what a secret is called, and only there', () => {
  const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:export/lab-cedar-Ab3dEf'
  assert.equal(scrub(`read ${arn} now`, fingerprint).text, `read ${arn} now`)
  const held = `arn:aws:s3:::x:secret:${word(30)}`
  assert.equal(scrub(held, fingerprint).found.length, 1)
})

test('names, references and counts stay', () => {
  const clean = [
    '{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","type":"password","token_type":"Bearer"}',
    '{"nextToken":"eyEXAMPLE1234567890abcdef","max_tokens":4096,"tokenId":"tok_1234567890"}',
    '{"password":"${DB_PASSWORD}","secret":"[REDACTED]","token":null,"api_key":"********"}',
    '{"password_changed_at":1760000000,"secretName":"prod/db","keySize":"4096"}',
    '{"image":"registry.example/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}',
    '{"message":"password authentication failed for user app","url":"https://example.com/a?b=c@d"}',
    '{"id":"2f9a7c1e-1111-4222-8333-444455556666","sha":"43fc912ef59a83054ea7f6706df4d53a7dea4d80"}',
  ]
  for (const json of clean) assert.equal(scrubJson(json, fingerprint).text, json)
})

test('a hash made on a host and the value itself give the same fingerprint', () => {
  const secret = secrets['github-token']?.() ?? ''
  const hash = toHex(sha256(secret))
  assert.equal(scrubJson(`{"hash":"sha256:${hash}"}`, fingerprint).text, `{"hash":"${fp(secret)}"}`)
  assert.equal(scrub(`found sha256:${hash.toUpperCase()}.`, fingerprint).text, `found ${fp(secret)}.`)
})

test('a private key has one fingerprint however its lines are broken, that of its body', () => {
  const key = secrets['private-key']?.() ?? ''
  const body = key.split('\n').slice(1, -1).join('')
  for (const text of [
    key,
    `${key}\n`,
    key.replaceAll('\n', '\r\n'),
    key.replaceAll('\n', '\\n'),
    key.replaceAll('\n', '\n  '),
    key.slice(0, key.indexOf('-----END')),
  ]) {
    assert.equal(scrub(text, fingerprint).found[0]?.fingerprint, fingerprint.ofValue(body))
  }
})

test('basic credentials have the fingerprint of their password', () => {
  const header = `Authorization: Basic ${Buffer.from('app:Example-8').toString('base64')}`
  assert.equal(scrub(header, fingerprint).text, `Authorization: Basic ${fp('Example-8')}`)
})

test('text that tries to be slow is not', () => {
  const started = process.cpuUsage().user
  for (const piece of [
    'password=',
    'curl -u ',
    '://a:',
    '-----BEGIN PRIVATE KEY-----',
    'eyJ',
    'authorization: ',
    'sk-',
    'akia',
    'key="',
    '\\u00',
  ]) {
    scrub(piece.repeat(Math.ceil(100_000 / piece.length)), fingerprint)
  }
  assert.ok(process.cpuUsage().user - started < 10_000_000)
})

test('the word scanner finds what a naive search finds', () => {
  const words = ['abc', 'bcd', 'c', 'key', 'ab', 'xyz:']
  const scanner = new WordScanner(words)
  for (let round = 0; round < 300; round++) {
    const text = of('abcdkeyxz:KABé', round < 100 ? 40 : 256 + round)
    const naive: string[] = []
    for (const [index, one] of words.entries()) {
      for (let at = 0; at < text.length; at++) if (text.toLowerCase().startsWith(one, at)) naive.push(`${index}@${at}`)
    }
    const seen: string[] = []
    scanner.scan(Buffer.from(text, 'latin1'), text.length, (index, start) => {
      seen.push(`${index}@${start}`)
      return false
    })
    assert.deepEqual(seen.sort(), naive.sort())
  }
})

test('detectors are bounded and lower-case worded', () => {
  assert.ok(detectors.length > 100)
  for (const detector of detectors) {
    assert.ok(detector.pattern.sticky, detector.kind)
    assert.ok(
      !/(?<!\\)[*+](?![^[]*\])/.test(
        detector.pattern.source.replaceAll(/\[(?:[^\]\\]|\\.)*\]/g, 'c').replaceAll(/\)\*/g, ')'),
      ),
      detector.kind,
    )
    for (const one of detector.words) assert.equal(one, one.toLowerCase())
  }
})

const corpus = join(import.meta.dirname, '../../../../shared/corpora/classification/gitleaks-literals.json')

/** Labelled by others; a third of what we "wrongly" find are published test keys in real form, which we do want to find. */
test(
  'gitleaks literals: recall and false finds keep their floor',
  { skip: existsSync(corpus) ? false : 'shared corpora absent' },
  () => {
    const cases = parseOwnJson<[rule: string, expected: number, text: string][]>(readFileSync(corpus, 'utf8'))
    assert.ok(cases.length > 300)
    const isFound = ([, , text]: (typeof cases)[number]): boolean => scrub(text, fingerprint).found.length > 0
    const positives = cases.filter(([, expected]) => expected === 1)
    const negatives = cases.filter(([, expected]) => expected === 0)
    const missed = positives.filter((one) => !isFound(one))
    const falseFinds = negatives.filter(isFound)
    // `"type": "service_account"` is the one miss: it is no secret, the key beside it is, and that is found.
    assert.ok(missed.length <= 1, missed.map(([rule, , text]) => `${rule}: ${text}`).join('\n'))
    assert.ok(falseFinds.length <= 41, `${falseFinds.length} false finds of ${negatives.length}`)
  },
)
