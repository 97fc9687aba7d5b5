import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

import { IntakeError } from './error.ts'
import type { IntakeLimits } from './limits.ts'

const unzip = promisify(gunzip)

/** The plain bytes of an upload. A small file that swells past the bound is refused while it swells. */
export async function inflate(
  body: Uint8Array,
  encoding: string | undefined,
  limits: IntakeLimits,
): Promise<Uint8Array> {
  if (body.length > limits.bytesMax) throw tooLarge(limits.bytesMax)
  const name = encoding?.trim().toLowerCase() ?? 'identity'
  const isGzip = name === 'gzip' || name === 'x-gzip' || (name === 'identity' && body[0] === 0x1f && body[1] === 0x8b)
  if (!isGzip) {
    if (name === 'identity' || name === '') return body
    throw new IntakeError('ERR_INTAKE_COMPRESSION', `the encoding \`${encoding}\` is not supported`, {
      hint: 'send gzip or plain text',
    })
  }
  try {
    return await unzip(body, { maxOutputLength: limits.inflatedBytesMax })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge(limits.inflatedBytesMax)
    }
    throw new IntakeError('ERR_INTAKE_COMPRESSION', 'the gzip data is damaged or cut off', {
      hint: 'compress the file again',
      cause: error,
    })
  }
}

const tooLarge = (bytes: number): IntakeError =>
  new IntakeError('ERR_INTAKE_TOO_LARGE', `the upload is larger than ${bytes} bytes`, {
    hint: 'send it in smaller parts',
  })
