import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { canonicalJson, createFile, systemRandom, toBase64url, utf8, type RandomBytes } from '#kit'
import type { Approval, PeopleConsent, Plan } from '#model'
import type { BodyInput } from '#api/contract'

import { profilePath } from './client.ts'
import { CliError } from './command.ts'

/**
 * The approver's own signing key (Ed25519), made and kept on the approver's machine: owning the identity provider, or
 * Cordon's store, is not enough to approve. The signature covers the plan hash and the envelope.
 */
export const approverKeyPath = (env: Readonly<Record<string, string | undefined>>): string =>
  join(dirname(profilePath(env)), 'approver.key')

export function loadOrMakeApproverKey(path: string): { key: KeyObject; publicKey: string; isNew: boolean } {
  const isNew = !existsSync(path) && makeApproverKey(path)
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new CliError('ERR_CLI_FILE', `\`${path}\` can be read by others`, {
      hint: `chmod 600 ${path}, and enrol a new key if others may have read it`,
    })
  }
  const key = createPrivateKey(readFileSync(path))
  return { key, publicKey: publicKeyOf(key), isNew }
}

/** False when another command made one meanwhile: that one is the key. */
function makeApproverKey(path: string): boolean {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const { privateKey } = generateKeyPairSync('ed25519')
  return createFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), systemRandom)
}

/** Raw 32-byte Ed25519 public key, base64url. */
function publicKeyOf(key: KeyObject): string {
  const { x } = createPublicKey(key).export({ format: 'jwk' })
  if (x === undefined) throw new CliError('ERR_CLI_FILE', 'the approval key is no Ed25519 key')
  return x
}

export const approvalMsDefault = 15 * 60_000
/** As many as the API lets an approval cover beside what was seen. */
const furtherTargetsMax = 1_000

export function signApproval(
  key: KeyObject,
  keyId: string,
  plan: Plan,
  approver: string,
  nowMs: number,
  random: RandomBytes,
  approvalMs = approvalMsDefault,
): BodyInput<'incident.approve'> {
  if (plan.incident === null) throw new CliError('ERR_CLI_USAGE', 'a plan without an incident cannot be approved')
  const approval: Approval = {
    plan: plan.hash,
    incident: plan.incident,
    approver,
    envelope: {
      verbs: [...new Set(plan.steps.map(({ verb }) => verb))].sort(),
      connectors: [...new Set(plan.steps.map(({ connector }) => connector))].sort(),
      furtherTargetsMax: Math.min(furtherTargetsMax, Math.max(5, plan.steps.length)),
      expiresAtMs: nowMs + approvalMs,
    },
    nonce: toBase64url(random(18)),
    atMs: nowMs,
  }
  return { approval, keyId, signature: toBase64url(sign(null, utf8(canonicalJson(approval)), key)) }
}

/** The second signer may sleep: it lives longer than an approval of steps. */
export const peopleConsentMs = 4 * 3_600_000

export function signPeopleConsent(
  key: KeyObject,
  keyId: string,
  about: Omit<PeopleConsent, 'nonce' | 'expiresAtMs'>,
  random: RandomBytes,
): BodyInput<'people.consent'> {
  const consent = { ...about, expiresAtMs: about.atMs + peopleConsentMs, nonce: toBase64url(random(18)) }
  return { consent, keyId, signature: toBase64url(sign(null, utf8(canonicalJson(consent)), key)) }
}

/** A consent is signed like an approval: owning the API is not enough to loosen anything. */
export function signConsent(
  key: KeyObject,
  keyId: string,
  about: { loosening: string; approver: string; atMs: number },
  random: RandomBytes,
): BodyInput<'loosening.consent'> {
  const consent = { ...about, nonce: toBase64url(random(18)) }
  return { consent, keyId, signature: toBase64url(sign(null, utf8(canonicalJson(consent)), key)) }
}
