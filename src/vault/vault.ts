import { join } from 'node:path'

import { systemRandom, type RandomBytes } from '#kit'
import type { TenantId } from '#model'

import { createFingerprinter } from './fingerprint.ts'
import { keyFileNames, readKeyFile, type KeyFileName } from './key-files.ts'
import { parseCoreKeys, parseHandsKeys, parseHandsPublic, publicRingOf } from './key-ring.ts'
import { createLedgerKeys, type LedgerKeys } from './ledger-keys.ts'
import { createLogKeys } from './log-keys.ts'
import { createOpener, createSealer } from './seal.ts'
import type { Fingerprinter, LogKeys, Opener, Sealer } from './types.ts'

export interface CoreVault {
  readonly logKeys: LogKeys
  readonly sealer: Sealer
  readonly ledgerKeys: LedgerKeys
  fingerprinter(tenant: TenantId): Fingerprinter
  /** Takes over what a rotation wrote; on any error the keys in use stay. */
  reload(): void
}

export interface HandsVault {
  readonly opener: Opener
  readonly sealer: Sealer
  reload(): void
}

const load = <Keys>(dir: string, name: KeyFileName, parse: (text: string, place: string) => Keys): Keys =>
  parse(readKeyFile(dir, name), join(dir, name))

/** Core's keys. Reads `core.key` and `hands.pub`, never `hands.key`: a directory without it serves core in full. */
export function openCoreVault(dir: string, random: RandomBytes = systemRandom): CoreVault {
  const read = () => ({
    ...load(dir, keyFileNames.core, parseCoreKeys),
    hands: load(dir, keyFileNames.handsPublic, parseHandsPublic),
  })
  let keys = read()
  return {
    logKeys: createLogKeys(() => keys.log, random),
    sealer: createSealer(() => keys.hands, random),
    ledgerKeys: createLedgerKeys(() => keys.ledger),
    fingerprinter: (tenant) => createFingerprinter(() => keys.fingerprint, tenant),
    reload() {
      keys = read()
    },
  }
}

/** Hands' keys: `hands.key` alone. The only vault that opens what was sealed. */
export function openHandsVault(dir: string, random: RandomBytes = systemRandom): HandsVault {
  const read = () => {
    const keys = load(dir, keyFileNames.hands, parseHandsKeys)
    return { hands: keys.hands, public: publicRingOf(keys) }
  }
  let keys = read()
  const reload = (): void => {
    keys = read()
  }
  const sealer = createSealer(() => keys.public, random)
  return { opener: createOpener(() => keys.hands, sealer, reload), sealer, reload }
}
