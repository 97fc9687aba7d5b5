import { parseXml, textAt, XmlError, type HttpResponse } from '#kit'
import { VendorError } from '#sources/contract'

import type { Bucket, Read } from './object.ts'

/** Error codes of Amazon S3 API Reference, "Error responses"; other stores use the same. */
const notKnown = new Set([
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'AccountProblem',
])

export const isKeyRefused = (code: string): boolean => notKnown.has(code)

/** Empty when the answer names none. Messages are never kept: they quote. */
export function codeOf(text: string): string {
  try {
    const code = textAt(parseXml(text), 'Code') ?? ''
    return /^[\w.]{1,64}$/.test(code) ? code : ''
  } catch (error) {
    if (error instanceof XmlError) return ''
    throw error
  }
}

const isDenied = (status: number, code: string): boolean =>
  code === 'AccessDenied' || code.startsWith('KMS.') || (status === 403 && code === '')

/** What one object's refusal means for it alone; undefined: it is no matter of this object. */
export function faultOf(status: number, code: string): Exclude<Read, Uint8Array> | undefined {
  if (status === 404 && code !== 'NoSuchBucket') return { lost: 'it was gone before it was read' }
  if (code === 'InvalidObjectState') return { lost: 'it is archived, and nobody brought it back' }
  return isDenied(status, code) ? 'denied' : undefined
}

/** The error of a whole bucket. */
export function refuse(response: HttpResponse, { bucket, region }: Bucket, what: string): VendorError {
  const { status } = response
  const code = codeOf(response.text)
  if (status === 404) {
    return new VendorError('ERR_VENDOR_ABSENT', `there is no bucket \`${bucket}\``, { place: 'config: intake.bucket' })
  }
  if (isKeyRefused(code)) {
    return new VendorError('ERR_VENDOR_AUTH', `the store does not accept the key of the bucket (${code})`, {
      hint: 'give the source a new one: `cordon source rotate NAME`',
    })
  }
  if (code === 'RequestTimeTooSkewed') {
    return new VendorError('ERR_VENDOR_AUTH', "the store's clock and this machine's are more than minutes apart", {
      hint: 'set the clock of this machine',
      retryable: true,
    })
  }
  const other = /^[a-z0-9-]{2,32}$/.exec(response.header('x-amz-bucket-region') ?? '')?.[0]
  if (other !== undefined && other !== region) {
    return new VendorError('ERR_VENDOR_REFUSED', `the bucket \`${bucket}\` lies in the region \`${other}\``, {
      place: 'config: intake.region',
    })
  }
  if (isDenied(status, code)) {
    return new VendorError('ERR_VENDOR_SCOPE', `the key of the bucket may not ${what}`, {
      hint: '`cordon source role NAME` prints the least role',
    })
  }
  return new VendorError('ERR_VENDOR_REFUSED', `the store answers ${status} ${code} when asked to ${what}`, {
    retryable: status >= 500,
  })
}
