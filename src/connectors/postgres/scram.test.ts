import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'

import { seededBytes, seededRandom, systemRandom } from '#kit'

import { makePassword, scramVerifier } from './scram.ts'

test("the verifier is the one of RFC 7677's example: its client gets in, and its server proves itself", async () => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
  const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
  const said = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=${salt.toString('base64')},i=4096,c=biws,r=${nonce}`
  const proof = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64')
  const verifier = await scramVerifier('pencil', () => salt)
  const [, stored = '', server = ''] =
    /^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$([^:]+):([^:]+)$/.exec(verifier) ?? []
  const mac = (key: string): Buffer => createHmac('sha256', Buffer.from(key, 'base64')).update(said).digest()
  const clientKey = mac(stored).map((byte, at) => byte ^ (proof[at] ?? 0))
  assert.equal(createHash('sha256').update(clientKey).digest('base64'), stored)
  assert.equal(mac(server).toString('base64'), '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
})

test('a password has 256 bits, and letters that no URI, shell or libpq string escapes', () => {
  const random = seededBytes(seededRandom(5))
  const made = [makePassword(random), makePassword(random), makePassword(systemRandom)]
  assert.equal(new Set(made).size, made.length)
  for (const one of made) {
    assert.match(one, /^[\w-]{43}$/)
    assert.equal(Buffer.from(one, 'base64url').length, 32)
  }
})
