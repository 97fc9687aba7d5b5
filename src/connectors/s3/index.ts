import { defineConnector, defineOutput, tellsNothing, type Role } from '#sources/contract'

import { s3Config, type S3Config } from './config.ts'
import { bodyOf, keyOf, put, secretNames } from './put.ts'

export { s3Origins, type S3Config } from './config.ts'

const output = defineOutput<S3Config>({
  everyMs: 60_000,
  batch: { recordsMax: 1_000, bytesMax: 8_000_000 },
  settings: ({ sends, from, entities }) => ({ sends, from, entities }),
  scopes: ['s3:PutObject'],
  async deliver(context, batch) {
    await put(context, keyOf(context.config.prefix, batch), bodyOf(batch))
  },
})

function role({ bucket, prefix }: S3Config, use: 'see' | 'contain'): Role | undefined {
  if (use === 'contain') return undefined
  return {
    scopes: [{ name: 's3:PutObject', why: 'write objects of findings and receipts; it reads and deletes none' }],
    text: [
      `make a user that may do what the policy below says with the bucket \`${bucket}\`, and nothing else`,
      'switch on versions, and object lock where what lies there is evidence: then this key cannot take anything back',
      'objects that are encrypted with a key of KMS need `kms:GenerateDataKey` on it, too',
    ],
    json: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::${bucket}/${prefix}*` }],
    },
  }
}

/** Findings and receipts as objects of a bucket: whatever reads from there needs no word of Cordon's. */
export const s3Connector = defineConnector<S3Config>({
  id: 's3',
  version: 1,
  title: 'Bucket (S3)',
  config: s3Config,
  example: s3Config.parse({ bucket: 'security-lake-drop' }),
  secrets: { see: [secretNames.id, secretNames.secret], contain: [] },
  ...tellsNothing,
  output,
  role,
  async check(context) {
    const { bucket, prefix } = context.config
    const key = `${prefix}cordon-check`
    await put(context, key, new Uint8Array())
    return { authority: bucket, missing: [], excess: [], says: [`wrote the empty object \`${key}\``] }
  },
})
