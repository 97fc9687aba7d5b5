import { generateKeyPairSync } from 'node:crypto'

import type { Json, JsonObject } from 'cordon/kit'

import type { Twin } from '../twins/kit/server.ts'
import type { EstateClock } from './clock.ts'
import type { Company } from './company/model.ts'
import type { Credential, Fill } from './truth.ts'
import type { Pasts } from './use/past.ts'

export type CordonUse = 'see' | 'contain'
/** What Cordon's own app at a vendor needs, in the vendor's words. Cordon itself says it (`cordon source role`). */
export type Roles = (connector: string, config: Record<string, Json>, use: CordonUse) => Promise<string[]>

export type At = {
  clock: EstateClock
  roles: Roles
  /** Keys of Cordon's own apps, the same at every vendor of this lab. */
  keys: Record<CordonUse, OwnKey>
  /** How many acts a year of use has, as a share of what such a company does; 0: no past. */
  density: number
  /** Of the parts that were filled before: a secret of one vendor lies at another. */
  made: ReadonlyMap<string, Credential>
}
export type OwnKey = { privatePem: string; publicPem: string; jwk: JsonObject }

/**
 * `pasts`: what the vendor's logs tell of the year before, to be counted; empty at density 0. `faults`: requests and answers
 * so far that the vendor's own description does not have, where a twin is held to one. `trust`: where the system's
 * certificate is signed by none that everybody knows.
 */
export type Started = {
  url: string
  trust?: { ca: string }
  fill: Fill
  pasts: Pasts
  faults?: () => readonly string[]
  close(): Promise<void>
}
/** A twin that was filled, for the rest of its life. */
export const standing = (twin: Twin): Pick<Started, 'faults' | 'close'> => ({
  faults: () => [...twin.wrongRequests, ...twin.wrongAnswers],
  close: () => twin.close(),
})
/** One vendor of the estate: a twin or a real server, started and filled from the company. */
export type Part = (company: Company, at: At) => Promise<Started>

export const makeOwnKeys = (): Record<CordonUse, OwnKey> => ({ see: makeOwnKey('see'), contain: makeOwnKey('contain') })

function makeOwnKey(use: CordonUse): OwnKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { kty = '', n = '', e = '' } = publicKey.export({ format: 'jwk' })
  return {
    privatePem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    publicPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    jwk: { kty, n, e, kid: `cordon-${use}` },
  }
}
