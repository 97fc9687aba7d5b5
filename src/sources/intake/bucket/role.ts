import type { Json } from '#kit'
import type { Role } from '#sources/contract'

import type { Bucket } from './object.ts'
import { queueAt } from './queue.ts'

/** How a person makes the credential that reads a bucket, and what tells of its objects. */
export function role(intake: Bucket): Role {
  const isTold = intake.queue !== undefined
  return {
    scopes: [
      { name: 's3:ListBucket', why: isTold ? 'find what no message told of' : 'find what was dropped' },
      { name: 's3:GetObject', why: 'read it' },
      ...(isTold
        ? [
            { name: 's3:GetObjectVersion', why: 'read what was written over since its message, in a versioned bucket' },
            { name: 'sqs:ReceiveMessage', why: 'hear what was dropped' },
            { name: 'sqs:DeleteMessage', why: 'say that it is on disk here' },
            { name: 'sqs:GetQueueAttributes', why: 'see whether what nobody can read goes to a dead-letter queue' },
          ]
        : []),
    ],
    text: [
      `make a user that may do what the policy below says with the bucket \`${intake.bucket}\`, and nothing else`,
      ...afterwards(intake),
    ],
    json: policyOf(intake),
    terraform: terraformOf(intake),
  }
}

export const setupOf = (intake: Bucket): string[] => [
  'a user of the store that may do nothing but this, with a key of its own:',
  ...shown(policyOf(intake)),
  ...afterwards(intake),
]

const shown = (value: Json): string[] =>
  JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => `  ${line}`)

const afterwards = (intake: Bucket): string[] => [
  'objects that are encrypted with a key of KMS need `kms:Decrypt` on it, too',
  'let the bucket delete objects after some days: what was taken is kept here',
  ...(intake.queue === undefined
    ? []
    : [
        'let the bucket tell the queue of `s3:ObjectCreated:*`, itself, over SNS or over EventBridge; no other reader may have that queue',
        'give the queue a dead-letter queue, and let the bucket alone send to it (over SNS or EventBridge: that topic or rule in place of the bucket):',
        ...shown(senderPolicyOf(intake)),
      ]),
]

/** For AWS; other stores take the same or give read-only keys of one bucket. */
export function policyOf({ bucket, prefixes, queue, ...rest }: Bucket): Json {
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
        Action: queue === undefined ? 's3:GetObject' : ['s3:GetObject', 's3:GetObjectVersion'],
        Resource: prefixes.map((prefix) => `arn:aws:s3:::${bucket}/${prefix}*`),
      },
      ...(queue === undefined
        ? []
        : [
            {
              Effect: 'Allow',
              Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
              Resource: queueAt({ ...rest, bucket, prefixes, queue }).arn,
            },
          ]),
    ],
  }
}

/** INVARIANT: nobody but the bucket may say what lies in it. */
const senderPolicyOf = (intake: Bucket): Json => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 's3.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queueAt(intake).arn,
      Condition: { ArnEquals: { 'aws:SourceArn': `arn:aws:s3:::${intake.bucket}` } },
    },
  ],
})

const heredoc = (value: Json): string => `<<JSON\n${JSON.stringify(value, null, 2)}\nJSON`

function terraformOf(intake: Bucket): string {
  const name = 'cordon_drops'
  return [
    `resource "aws_iam_user" "${name}" {`,
    '  name = "cordon-drops"',
    '}',
    `resource "aws_iam_user_policy" "${name}" {`,
    `  user   = aws_iam_user.${name}.name`,
    `  policy = ${heredoc(policyOf(intake))}`,
    '}',
    ...(intake.queue === undefined ? [] : queueTerraform(intake, name, intake.queue)),
    '',
  ].join('\n')
}

const queueTerraform = (intake: Bucket, name: string, queue: string): string[] => [
  `resource "aws_sqs_queue_policy" "${name}" {`,
  `  queue_url = "${queue}"`,
  `  policy    = ${heredoc(senderPolicyOf(intake))}`,
  '}',
  `resource "aws_s3_bucket_notification" "${name}" {`,
  `  bucket = "${intake.bucket}"`,
  ...intake.prefixes.flatMap((prefix) => [
    '  queue {',
    `    queue_arn     = "${queueAt(intake).arn}"`,
    '    events        = ["s3:ObjectCreated:*"]',
    ...(prefix === '' ? [] : [`    filter_prefix = ${JSON.stringify(prefix)}`]),
    ...(intake.suffix === '' ? [] : [`    filter_suffix = ${JSON.stringify(intake.suffix)}`]),
    '  }',
  ]),
  `  depends_on = [aws_sqs_queue_policy.${name}]`,
  '}',
]
