import { existsSync } from 'node:fs'
import { join } from 'node:path'

import type { RandomBytes } from '#kit'
import { lockDataDir } from '#store'

import { VaultError } from './error.ts'
import { keyFileNames, makeKeyDirectory, readKeyFile, replaceKeyFile } from './key-files.ts'
import {
  addCoreKey,
  addHandsKey,
  dropKey,
  newCoreKeys,
  newestOf,
  parseCoreKeys,
  parseHandsKeys,
  publicRingOf,
  writeCoreKeys,
  writeHandsKeys,
  writeHandsPublic,
  type CoreKeys,
  type HandsKeys,
  type KeyKind,
} from './key-ring.ts'

/**
 * First start. Throws ERR_VAULT_EXISTS when any key file is there already: overwriting one would close for ever what it
 * sealed. The public half is written last, so a directory with `hands.pub` is whole.
 */
export function createKeyFiles(dir: string, random: RandomBytes): void {
  makeKeyDirectory(dir)
  whileLocked(dir, () => {
    for (const name of Object.values(keyFileNames)) {
      if (existsSync(join(dir, name))) {
        throw new VaultError('ERR_VAULT_EXISTS', `\`${join(dir, name)}\` exists already`, {
          hint: 'keys are never overwritten; use this directory as it is, or name an empty one',
        })
      }
    }
    replaceKeyFile(dir, keyFileNames.core, writeCoreKeys(newCoreKeys(random)), random)
    storeHands(dir, addHandsKey({ hands: [] }, random), random)
  })
}

/** True when `dir` needs `createKeyFiles`. False as soon as one key file is there: a half-lost directory must not be papered over. */
export const isKeyDirectoryEmpty = (dir: string): boolean =>
  !Object.values(keyFileNames).some((name) => existsSync(join(dir, name)))

/**
 * Appends a key and puts it in use; the old ones keep opening, matching and verifying. Gives the new key's id. Running
 * processes follow with `reload()`; a stop in the middle leaves the old files or the new ones.
 */
export function rotateKey(dir: string, kind: KeyKind, random: RandomBytes): string {
  return whileLocked(dir, () => {
    if (kind === 'hands') {
      const keys = addHandsKey(readHands(dir), random)
      storeHands(dir, keys, random)
      return newestOf(keys.hands).id
    }
    const keys = addCoreKey(readCore(dir), kind, random)
    replaceKeyFile(dir, keyFileNames.core, writeCoreKeys(keys), random)
    return newestOf<{ id: string }>(keys[kind]).id
  })
}

/**
 * Deletes an old key for ever. The caller has moved everything off it before: `reseal` (hands), `rewrap` (log); a
 * fingerprint key ends its dual-key period here; a ledger key loses its seed and keeps its public half.
 * Throws ERR_VAULT_RETIRE for the key in use and for an unknown id.
 */
export function retireKey(dir: string, kind: KeyKind, keyId: string, random: RandomBytes): void {
  whileLocked(dir, () => {
    if (kind === 'hands') {
      storeHands(dir, { hands: dropKey(readHands(dir).hands, keyId) }, random)
      return
    }
    const keys = readCore(dir)
    const kept = dropKey<{ id: string }>(keys[kind], keyId).map(({ id }) => id)
    const next: CoreKeys =
      kind === 'ledger'
        ? { ...keys, ledger: keys.ledger.map((key) => (kept.includes(key.id) ? key : { ...key, seed: null })) }
        : { ...keys, [kind]: keys[kind].filter(({ id }) => kept.includes(id)) }
    replaceKeyFile(dir, keyFileNames.core, writeCoreKeys(next), random)
  })
}

const readCore = (dir: string): CoreKeys =>
  parseCoreKeys(readKeyFile(dir, keyFileNames.core), join(dir, keyFileNames.core))
const readHands = (dir: string): HandsKeys =>
  parseHandsKeys(readKeyFile(dir, keyFileNames.hands), join(dir, keyFileNames.hands))

/** Private half first: nobody may seal to a key that hands does not hold yet. */
function storeHands(dir: string, keys: HandsKeys, random: RandomBytes): void {
  replaceKeyFile(dir, keyFileNames.hands, writeHandsKeys(keys), random)
  replaceKeyFile(dir, keyFileNames.handsPublic, writeHandsPublic(publicRingOf(keys)), random)
}

/** Two rotations at once would lose one of the new keys; the kernel frees the lock with its holder. */
function whileLocked<Result>(dir: string, work: () => Result): Result {
  if (!existsSync(dir)) {
    throw new VaultError('ERR_VAULT_KEYS', `there is no key directory at \`${dir}\``, {
      hint: 'name the data directory with --data, or the configuration with --config',
    })
  }
  let lock
  try {
    lock = lockDataDir(dir)
  } catch (error) {
    throw new VaultError(
      'ERR_VAULT_BUSY',
      `the keys in \`${dir}\` are being changed by another program, or cannot be`,
      {
        hint: 'wait for the other rotation to end, or check that this user may write there',
        retryable: true,
        cause: error,
      },
    )
  }
  try {
    return work()
  } finally {
    lock.release()
  }
}
