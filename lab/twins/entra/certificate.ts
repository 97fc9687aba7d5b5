import { createHash, sign, type KeyObject } from 'node:crypto'

import { concatBytes, fromHex, utf8 } from 'cordon/kit'

// The least of X.509 (RFC 5280): a self-signed certificate, as an administrator makes one for an app.

const tagged = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const body = concatBytes(...parts)
  const bytes = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255]
  return concatBytes(Uint8Array.from([tag, ...bytes]), body)
}
const sequence = (...parts: readonly Uint8Array[]): Uint8Array => tagged(0x30, ...parts)
const objectId = (hex: string): Uint8Array => tagged(0x06, fromHex(hex))
const time = (ms: number): Uint8Array => tagged(0x18, utf8(`${new Date(ms).toISOString().replace(/[-:T]|\..*/g, '')}Z`))

/** `1.2.840.113549.1.1.11`, sha256WithRSAEncryption. */
const rsaSha256 = sequence(objectId('2a864886f70d01010b'), tagged(0x05))
const commonName = (name: string): Uint8Array =>
  sequence(tagged(0x31, sequence(objectId('550403'), tagged(0x0c, utf8(name)))))

/** DER. `publicKey` and `privateKey`: the halves of one RSA key. */
export function makeCertificate(
  name: string,
  { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject },
  fromMs: number,
  untilMs: number,
): Buffer {
  const serial = createHash('sha256').update(name).digest().subarray(0, 8)
  serial[0] = 1
  const unsigned = sequence(
    tagged(0xa0, tagged(0x02, Uint8Array.from([2]))),
    tagged(0x02, serial),
    rsaSha256,
    commonName(name),
    sequence(time(fromMs), time(untilMs)),
    commonName(name),
    publicKey.export({ format: 'der', type: 'spki' }),
  )
  const signature = sign('sha256', unsigned, privateKey)
  return Buffer.from(sequence(unsigned, rsaSha256, tagged(0x03, Uint8Array.from([0]), signature)))
}

export const toPem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
