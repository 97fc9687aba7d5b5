import { z } from 'zod'

import { bucketBase, bucketEndpoint, bucketName, bucketRegion, outputSettings } from '#sources/contract'

export const s3Config = z.strictObject({
  bucket: bucketName,
  region: bucketRegion,
  endpoint: bucketEndpoint,
  /** What keys begin with; a slash is not added. */
  prefix: z
    .string()
    .regex(/^(?:[\w=-][\w=./-]*)?$/, 'letters, digits and ._=/- that begin with no slash')
    .refine((prefix) => !prefix.split('/').some((part) => part === '.' || part === '..'), 'no folder `.` or `..`')
    .max(512)
    .default('cordon/'),
  ...outputSettings,
})
export type S3Config = z.output<typeof s3Config>

export const s3Origins = (config: S3Config): string[] => [new URL(bucketBase(config)).origin]
