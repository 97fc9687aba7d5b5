import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { fromBase64, seededBytes, seededRandom, sha256, toBase64, toHex, type CordonError } from '#kit'

import { createKeyFiles, openCoreVault, openHandsVault, retireKey, rotateKey, sealContext } from './index.ts'

const random = seededBytes(seededRandom(1))
const brightwater = 't_brightwater'
const other = 't_other'
const secret = 'EXAMPLE-vendor-secret'
const context = sealContext(brightwater, 'source', 'src_okta', 'contain')

function makeKeys(): string {
  const dir = join(mkdtempSync(join(tmpdir(), 'cordon-vault-')), 'keys')
  createKeyFiles(dir, random)
  return dir
}
const withCode = (code: string) => (error: CordonError) => error.code === code && error.hint !== undefined
const bytesOf = (dir: string, name: string): string => readFileSync(join(dir, name), 'latin1')

test('core seals what only hands opens; core works in full where `hands.key` is absent', () => {
  const dir = makeKeys()
  const hands = openHandsVault(dir)
  rmSync(join(dir, 'hands.key'))
  const core = openCoreVault(dir)
  const sealed = core.sealer.seal(secret, context)
  assert.equal(hands.opener.open(sealed, context), secret)
  assert.equal('opener' in core, false)
})

test('nothing that core can read opens a sealed vendor secret', () => {
  const dir = makeKeys()
  const sealed = openCoreVault(dir).sealer.seal(secret, context)
  const { hands: pub } = JSON.parse(bytesOf(dir, 'hands.pub'))
  const { log, fingerprint, ledger } = JSON.parse(bytesOf(dir, 'core.key'))
  const tried = [log[0].key, fingerprint[0].key, ledger[0].seed, pub[0].publicKey]
  for (const privateKey of tried) {
    const forged = makeKeys()
    const text = { version: 1, kind: 'cordon hands keys', hands: [{ id: pub[0].id, privateKey }] }
    writeFileSync(join(forged, 'hands.key'), JSON.stringify(text))
    assert.throws(() => openHandsVault(forged).opener.open(sealed, context), withCode('ERR_VAULT_OPEN'))
  }
})

test('a sealed secret is refused in another place, for another tenant, with a flipped bit, cut short', () => {
  const dir = makeKeys()
  const { opener, sealer } = openHandsVault(dir)
  const sealed = sealer.seal(secret, context)
  const refused = (text: string, where: string) =>
    assert.throws(() => opener.open(text, where), withCode('ERR_VAULT_OPEN'))
  refused(sealed, sealContext(brightwater, 'source', 'src_okta', 'see'))
  refused(sealed, sealContext(other, 'source', 'src_okta', 'contain'))
  refused(sealed, sealContext(brightwater, 'source', 'src_okta', 'contain', ''))
  const bytes = fromBase64(sealed)
  for (let at = 0; at < bytes.length; at++) {
    const changed = Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ 1 : byte))
    refused(toBase64(changed), context)
    refused(toBase64(bytes.subarray(0, at)), context)
  }
  assert.equal(opener.open(sealed, context), secret)
})

test('the same secret sealed twice gives different bytes', () => {
  const { sealer } = openHandsVault(makeKeys())
  assert.notEqual(sealer.seal(secret, context), sealer.seal(secret, context))
})

test('no key and no sealed value holds the secret in clear', () => {
  const dir = makeKeys()
  const sealed = openCoreVault(dir).sealer.seal(secret, context)
  const places = [sealed, toHex(fromBase64(sealed)), ...readdirSync(dir).map((name) => bytesOf(dir, name))]
  for (const text of places) assert.equal(text.includes(secret) || text.includes(toHex(Buffer.from(secret))), false)
})

test('after a rotation of hands the old secret opens, reseal moves it to the newest, retiring closes what stayed', () => {
  const dir = makeKeys()
  const core = openCoreVault(dir)
  const hands = openHandsVault(dir)
  const before = core.sealer.seal(secret, context)
  assert.equal(rotateKey(dir, 'hands', random), 'h2')
  core.reload()
  assert.equal(core.sealer.keyId, 'h2')
  const after = core.sealer.seal(secret, context)
  // hands has not been told: it looks once by itself
  assert.equal(hands.opener.open(after, context), secret)
  assert.equal(hands.opener.open(before, context), secret)
  const moved = hands.opener.reseal(before, context)
  retireKey(dir, 'hands', 'h1', random)
  hands.reload()
  assert.equal(hands.opener.open(moved, context), secret)
  assert.throws(() => hands.opener.open(before, context), withCode('ERR_VAULT_OPEN'))
})

test('a data key of the log belongs to one tenant and one day', () => {
  const { logKeys } = openCoreVault(makeKeys())
  const { key, wrapped } = logKeys.create(brightwater, '2026-03-24')
  assert.deepEqual(logKeys.unwrap(brightwater, '2026-03-24', wrapped), key)
  assert.throws(() => logKeys.unwrap(other, '2026-03-24', wrapped), withCode('ERR_VAULT_OPEN'))
  assert.throws(() => logKeys.unwrap(brightwater, '2026-03-25', wrapped), withCode('ERR_VAULT_OPEN'))
  for (let at = 0; at < wrapped.length; at++) {
    const changed = Uint8Array.from(wrapped, (byte, index) => (index === at ? byte ^ 0x80 : byte))
    assert.throws(() => logKeys.unwrap(brightwater, '2026-03-24', changed), withCode('ERR_VAULT_OPEN'))
  }
})

test('after a rotation of the log key old data keys unwrap, and a rewrapped one survives the old key', () => {
  const dir = makeKeys()
  const core = openCoreVault(dir)
  const { key, wrapped } = core.logKeys.create(brightwater, '2026-03-24')
  rotateKey(dir, 'log', random)
  core.reload()
  const moved = core.logKeys.rewrap(brightwater, '2026-03-24', wrapped)
  retireKey(dir, 'log', 'l1', random)
  core.reload()
  assert.deepEqual(core.logKeys.unwrap(brightwater, '2026-03-24', moved), key)
  assert.throws(() => core.logKeys.unwrap(brightwater, '2026-03-24', wrapped), withCode('ERR_VAULT_OPEN'))
})

test('a value and its SHA-256 have the same fingerprint; another tenant and another installation have another', () => {
  const core = openCoreVault(makeKeys())
  const mine = core.fingerprinter(brightwater)
  const hash = sha256(secret)
  assert.equal(mine.ofValue(secret), mine.ofSha256(hash))
  assert.match(mine.ofValue(secret), /^k1\.[A-Za-z0-9_-]{43}$/)
  assert.notEqual(core.fingerprinter(other).ofSha256(hash), mine.ofSha256(hash))
  assert.notEqual(openCoreVault(makeKeys()).fingerprinter(brightwater).ofSha256(hash), mine.ofSha256(hash))
})

test('while a fingerprint key retires, both fingerprints are known, the newest first', () => {
  const dir = makeKeys()
  const core = openCoreVault(dir)
  const print = core.fingerprinter(brightwater)
  const hash = sha256(secret)
  const old = print.ofSha256(hash)
  assert.deepEqual(print.all(hash), [old])
  rotateKey(dir, 'fingerprint', random)
  core.reload()
  assert.deepEqual(print.all(hash), [print.ofSha256(hash), old])
  assert.match(print.ofSha256(hash), /^k2\./)
  retireKey(dir, 'fingerprint', 'k1', random)
  core.reload()
  assert.deepEqual(print.all(hash), [print.ofSha256(hash)])
})

test('a retired ledger key cannot sign and stays known as a public key', () => {
  const dir = makeKeys()
  const core = openCoreVault(dir)
  const first = core.ledgerKeys.signer()
  rotateKey(dir, 'ledger', random)
  retireKey(dir, 'ledger', 's1', random)
  core.reload()
  assert.equal(core.ledgerKeys.signer().keyId, 's2')
  assert.deepEqual(core.ledgerKeys.publicKeys()[0], { keyId: 's1', publicKey: first.publicKey })
  assert.equal(JSON.parse(bytesOf(dir, 'core.key')).ledger[0].seed, null)
})

test('key files are 0600 in a 0700 directory whatever the umask', { skip: process.platform === 'win32' }, () => {
  const before = process.umask(0)
  const dir = makeKeys()
  process.umask(before)
  assert.equal(statSync(dir).mode & 0o777, 0o700)
  for (const name of ['core.key', 'hands.key', 'hands.pub']) {
    assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name)
  }
})

test('loose modes refuse to start and say how to repair', { skip: process.platform === 'win32' }, () => {
  for (const [name, open] of [
    ['core.key', openCoreVault],
    ['hands.pub', openCoreVault],
    ['hands.key', openHandsVault],
  ] as const) {
    const dir = makeKeys()
    chmodSync(join(dir, name), 0o640)
    assert.throws(
      () => open(dir),
      (error: CordonError) => error.code === 'ERR_VAULT_MODE' && error.hint?.includes('chmod 600') === true,
    )
    chmodSync(join(dir, name), 0o600)
    chmodSync(dir, 0o750)
    assert.throws(
      () => open(dir),
      (error: CordonError) => error.code === 'ERR_VAULT_MODE' && error.hint?.includes('chmod 700') === true,
    )
  }
})

test('keys are never overwritten, not even when only one of the files is left', () => {
  const dir = makeKeys()
  const before = bytesOf(dir, 'core.key')
  for (const name of ['hands.key', 'hands.pub']) {
    rmSync(join(dir, name))
    assert.throws(() => createKeyFiles(dir, random), withCode('ERR_VAULT_EXISTS'))
  }
  assert.equal(bytesOf(dir, 'core.key'), before)
})

test('a missing, damaged or newer key file says so and shows none of its text', () => {
  const dir = makeKeys()
  const whole = bytesOf(dir, 'core.key')
  const { log } = JSON.parse(whole)
  const refuse = (text: string, code: string) => {
    writeFileSync(join(dir, 'core.key'), text)
    assert.throws(
      () => openCoreVault(dir),
      (error: CordonError) => error.code === code && !`${error.message}${error.hint}`.includes(log[0].key.slice(0, 8)),
    )
  }
  refuse(whole.slice(0, whole.length / 2), 'ERR_VAULT_KEYS')
  refuse(whole.replace(log[0].key, log[0].key.slice(1)), 'ERR_VAULT_KEYS')
  refuse(whole.replace('"version": 1', '"version": 2'), 'ERR_VAULT_NEWER')
  renameSync(join(dir, 'core.key'), join(dir, 'away'))
  assert.throws(() => openCoreVault(dir), withCode('ERR_VAULT_MISSING'))
})

test('the key in use and an unknown key cannot be retired', () => {
  const dir = makeKeys()
  for (const kind of ['log', 'fingerprint', 'ledger', 'hands'] as const) {
    const inUse = rotateKey(dir, kind, random)
    assert.throws(() => retireKey(dir, kind, inUse, random), withCode('ERR_VAULT_RETIRE'))
    assert.throws(() => retireKey(dir, kind, 'z9', random), withCode('ERR_VAULT_RETIRE'))
  }
})

test('a rotation leaves no temporary file behind', () => {
  const dir = makeKeys()
  rotateKey(dir, 'hands', random)
  assert.deepEqual(readdirSync(dir).sort(), ['core.key', 'hands.key', 'hands.pub', 'lock.sqlite'])
})
