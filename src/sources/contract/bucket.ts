import { z } from 'zod'

import { secureUrl } from './address.ts'

export const bucketName = z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket')
/** As it stands in signatures: `us-east-1`, or what the store calls its own (`auto`). */
export const bucketRegion = z
  .string()
  .regex(/^[a-z0-9-]{2,32}$/, 'a region like eu-west-1')
  .default('us-east-1')
/** An S3-compatible store other than AWS. */
export const bucketEndpoint = secureUrl.optional()

/**
 * Where requests go. AWS wants the bucket in the host name, whose certificate has no second dot; other stores have it in
 * the path.
 */
export function bucketBase(at: { bucket: string; region: string; endpoint?: string | undefined }): string {
  const { bucket, region, endpoint } = at
  if (endpoint !== undefined) return `${new URL(endpoint).origin}/${bucket}`
  const host = `s3.${region}.amazonaws.com`
  return bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`
}
