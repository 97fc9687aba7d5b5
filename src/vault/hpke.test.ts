import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fromHex, toHex, utf8 } from '#kit'

import { aes128Suite, aes256Suite, hpkeOpen, hpkeSeal } from './hpke.ts'
import { privateKeyOf, rawPublicOf } from './raw-keys.ts'

/** RFC 9180, appendix A.1.1: base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, sequence number 0. */
const rfc = {
  info: fromHex('4f6465206f6e2061204772656369616e2055726e'),
  ephemeral: fromHex('52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736'),
  recipient: fromHex('4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8'),
  recipientPublic: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
  enc: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
  aad: fromHex('436f756e742d30'),
  plain: fromHex('4265617574792069732074727574682c20747275746820626561757479'),
  sealed: 'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
}

test('sealing gives the bytes of RFC 9180 A.1.1, and they open', () => {
  const recipient = privateKeyOf('x25519', rfc.recipient)
  assert.equal(toHex(rawPublicOf(recipient)), rfc.recipientPublic)
  const sealed = hpkeSeal(aes128Suite, rawPublicOf(recipient), rfc.info, rfc.aad, rfc.plain, () => rfc.ephemeral)
  assert.equal(toHex(sealed), rfc.enc + rfc.sealed)
  assert.equal(toHex(hpkeOpen(aes128Suite, recipient, rfc.info, rfc.aad, sealed)), toHex(rfc.plain))
})

test('the suite in use is another suite: its bytes do not open under the RFC one', () => {
  const recipient = privateKeyOf('x25519', rfc.recipient)
  const sealed = hpkeSeal(aes256Suite, rawPublicOf(recipient), rfc.info, rfc.aad, rfc.plain, () => rfc.ephemeral)
  assert.equal(toHex(hpkeOpen(aes256Suite, recipient, rfc.info, rfc.aad, sealed)), toHex(rfc.plain))
  assert.throws(() => hpkeOpen(aes128Suite, recipient, rfc.info, rfc.aad, sealed))
})

test('an encapsulated key of low order is refused', () => {
  const recipient = privateKeyOf('x25519', rfc.recipient)
  const sealed = new Uint8Array(32 + 16 + 4)
  assert.throws(() => hpkeOpen(aes256Suite, recipient, rfc.info, utf8(''), sealed))
})
