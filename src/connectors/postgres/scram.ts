import { createHash, createHmac, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'

import type { RandomBytes } from '#kit'

/** The server's own (src/include/common/scram-common.h); more would slow each login and add nothing to 256 bits. */
const iterations = 4_096
const saltBytes = 16
const passwordBytes = 32
const keyBytes = 32

const derive = promisify(pbkdf2)

/** 256 bits, in letters that need no escaping in a URI, a libpq string or a shell. */
export const makePassword = (random: RandomBytes): string => Buffer.from(random(passwordBytes)).toString('base64url')

/**
 * What the server keeps of a password (RFC 5803, https://www.postgresql.org/docs/current/catalog-pg-authid.html): given in
 * place of the password, it sets the same one, and neither the connection nor the server's log has it. ASCII alone: what else
 * SASLprep would change is not made here.
 */
export async function scramVerifier(password: string, random: RandomBytes): Promise<string> {
  const salt = Buffer.from(random(saltBytes))
  const salted = await derive(password, salt, iterations, keyBytes, 'sha256')
  const mac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(mac('Client Key')).digest()
  const parts = [stored, mac('Server Key')].map((key) => key.toString('base64'))
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${parts.join(':')}`
}
