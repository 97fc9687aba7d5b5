import type { Json } from '#kit'
import { VendorError, type Role } from '#sources/contract'

import type { Way } from '../way.ts'
import { shownKey, type Bucket } from './object.ts'
import { bucketStream } from './pull.ts'
import { baseOf, bucketBudget, bucketSecretNames, openStore, type Store } from './store.ts'

export const bucketWay: Way<'bucket'> = {
  secrets: Object.values(bucketSecretNames),
  lent: [],
  stream: (name, _, known) => bucketStream(name, known),
  origins: (intake) => [new URL(baseOf(intake)).origin],
  budgets: [bucketBudget],
  role,
  setup: (intake) => [
    'a user of the store that may do nothing but this, with a key of its own:',
    ...JSON.stringify(policyOf(intake), null, 2)
      .split('\n')
      .map((line) => `  ${line}`),
    ...afterwards,
  ],
  blind: ({ keys, prefixes, suffix }) => [
    'what the sender has not dropped yet is not known; whoever can write to the bucket can write anything here',
    'an object deleted before a look, a minute apart, was never there',
    ...(keys === 'sorted' ? ['a key that sorts before those of an hour ago is not found'] : []),
    ...(prefixes.join('') === '' ? [] : [`other keys are not read than those below ${prefixes.join(', ')}`]),
    ...(suffix === '' ? [] : [`other keys are not read than those that end with ${suffix}`]),
  ],
  async check(intake, context) {
    const store = openStore(intake, context)
    const found = []
    for (const prefix of intake.prefixes) found.push(await tryPrefix(store, intake, prefix))
    const missing = found.flatMap((one) => one.missing)
    return {
      missing: [...missing, ...(missing.length === 0 ? [] : [`the least role: ${JSON.stringify(policyOf(intake))}`])],
      says: [`reads the bucket \`${intake.bucket}\``, ...found.flatMap((one) => one.says)],
    }
  },
}

const afterwards = [
  'objects that are encrypted with a key of KMS need `kms:Decrypt` on it, too',
  'let the bucket delete objects after some days: what was taken is kept here',
]

async function tryPrefix(store: Store, { bucket, suffix }: Bucket, prefix: string) {
  const missing: string[] = []
  const says: string[] = []
  const listed = await store.list(prefix, '').catch((error: unknown) => {
    if (error instanceof VendorError && error.code === 'ERR_VENDOR_SCOPE') return undefined
    throw error
  })
  if (listed === undefined) {
    missing.push(`\`s3:ListBucket\` on \`${bucket}\` below \`${prefix}\``)
    return { missing, says }
  }
  const object = listed.objects.findLast(({ key, size }) => size > 0 && key.endsWith(suffix))
  if (object === undefined) {
    says.push(`nothing to read lies below \`${prefix}\` yet: whether it may be read is not known`)
    return { missing, says }
  }
  const read = await store.read(object, { bytes: 1 })
  if (read === 'denied') {
    missing.push(`\`s3:GetObject\` (or \`kms:Decrypt\` on its key) for \`${shownKey(object.key)}\``)
  }
  return { missing, says }
}

function role(intake: Bucket): Role {
  return {
    scopes: [
      { name: 's3:ListBucket', why: 'find what was dropped' },
      { name: 's3:GetObject', why: 'read it' },
    ],
    text: [
      `make a user that may read the bucket \`${intake.bucket}\` by the policy below, and nothing else`,
      ...afterwards,
    ],
    json: policyOf(intake),
  }
}

/** For AWS; other stores take the same or give read-only keys of one bucket. */
function policyOf({ bucket, prefixes }: Bucket): Json {
  const isWhole = prefixes.includes('')
  const condition = { StringLike: { 's3:prefix': prefixes.map((prefix) => `${prefix}*`) } }
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: `arn:aws:s3:::${bucket}`,
        ...(isWhole ? {} : { Condition: condition }),
      },
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: prefixes.map((prefix) => `arn:aws:s3:::${bucket}/${prefix}*`),
      },
    ],
  }
}
