// What happens at AWS once in the measured month, on a day of its own.
import type { Json } from '#kit'

import { dayMs, dayOfMonth, hourMs, minuteMs, once, type Draw, type Month, type Record } from '../calendar.ts'
import type { Caller, Rower } from './aws.ts'

/** A database and its files move to an account of the company's own, over two days. */
export function* move(
  month: Month,
  {
    row,
    by,
    person,
    arn,
  }: { row: Rower; by: Caller; person(draw: Draw): Caller; arn(service: string, name: string): string },
): Generator<Record> {
  const story = 'move to another account'
  for (const { draw } of once(month, 'aws/move', 1)) {
    const startMs = dayOfMonth(month, 9, 8)
    const other = '500000000099'
    const who = person(draw)
    yield row(story, who, startMs, 'rds:CreateDBSnapshot', {
      dBInstanceIdentifier: 'legacy',
      dBSnapshotIdentifier: 'legacy-move',
    })
    yield row(story, who, startMs + hourMs, 'rds:ModifyDBSnapshotAttribute', {
      dBSnapshotIdentifier: 'legacy-move',
      attributeName: 'restore',
      valuesToAdd: [other],
    })
    yield row(story, by, startMs + 2 * hourMs, 's3:PutBucketPolicy', {
      bucketName: 'brightwater-legacy',
      bucketPolicy: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: `arn:aws:iam::${other}:root` },
            Action: ['s3:GetObject', 's3:ListBucket'],
          },
        ],
      },
    })
    yield row(story, by, startMs + 2 * hourMs + 5_000, 'kms:CreateGrant', {
      keyId: arn('kms', 'key/legacy'),
      granteePrincipal: `arn:aws:iam::${other}:root`,
    })
    for (let n = 0; n < 16; n++)
      yield row(story, by, startMs + 3 * hourMs + n * 30_000, 'ec2:RunInstances', {
        instanceType: 'm6i.xlarge',
        minCount: 1,
        maxCount: 1,
      })
    for (let n = 0; n < 16; n++)
      yield row(story, by, startMs + dayMs + n * 30_000, 'ec2:TerminateInstances', {
        instancesSet: { items: [{ instanceId: `i-${draw.hex(8)}` }] },
      })
    for (let n = 0; n < 6; n++)
      yield row(story, who, startMs + dayMs + 2 * hourMs + n * minuteMs, 's3:DeleteBucket', {
        bucketName: `brightwater-legacy-${n}`,
      })
    yield row(story, who, startMs + dayMs + 3 * hourMs, 'rds:DeleteDBInstance', {
      dBInstanceIdentifier: 'legacy',
      skipFinalSnapshot: false,
    })
  }
}

/** One afternoon an incident is played: a machine is set apart, its disk copied, a key ended. */
export function* drill(month: Month, { row, by }: { row: Rower; by(draw: Draw): Caller }): Generator<Record> {
  const story = 'incident drill'
  for (const { draw } of once(month, 'aws/drill', 1)) {
    const startMs = dayOfMonth(month, 15, 13)
    const who = by(draw)
    const instance = `i-${draw.hex(8)}`
    yield row(story, who, startMs, 'ec2:ModifyInstanceAttribute', {
      instanceId: instance,
      groupSet: { items: [{ groupId: 'sg-quarantine' }] },
    })
    yield row(story, who, startMs + 5 * minuteMs, 'ec2:CreateSnapshot', { volumeId: 'vol-drill' })
    yield row(story, who, startMs + 12 * minuteMs, 'ec2:GetConsoleOutput', { instanceId: instance })
    yield row(story, who, startMs + 15 * minuteMs, 'ssm:SendCommand', {
      documentName: 'AWS-RunShellScript',
      instanceIds: [instance],
    })
    yield row(story, who, startMs + 20 * minuteMs, 'iam:UpdateAccessKey', {
      userName: 'drill',
      status: 'Inactive',
      accessKeyId: 'AKIAEXAMPLEDRILL',
    })
    yield row(story, who, startMs + 22 * minuteMs, 'iam:PutRolePolicy', {
      roleName: 'drill',
      policyName: 'AWSRevokeOlderSessions',
      policyDocument: '{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}',
    })
    yield row(story, who, startMs + 40 * minuteMs, 'ec2:StopInstances', {
      instancesSet: { items: [{ instanceId: instance }] },
    })
  }
}

/** A firm that was asked to looks at the account for three days, with a role that may only read, and tries what it may not. */
export function* penetrationTest(
  month: Month,
  { row, by, account }: { row: Rower; by: Caller; account: string },
): Generator<Record> {
  const story = 'penetration test'
  const reads = [
    'iam:GetAccountAuthorizationDetails',
    'iam:ListUsers',
    'iam:ListRoles',
    'iam:ListAttachedUserPolicies',
    'iam:GetUserPolicy',
    'iam:ListAccessKeys',
    'iam:GetAccountSummary',
    's3:ListBuckets',
    's3:GetBucketAcl',
    's3:GetBucketPolicy',
    's3:GetBucketPublicAccessBlock',
    'ec2:DescribeInstances',
    'ec2:DescribeSnapshots',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeInstanceAttribute',
    'lambda:ListFunctions20150331',
    'lambda:GetFunction20150331v2',
    'kms:ListKeys',
    'secretsmanager:ListSecrets',
    'ssm:DescribeParameters',
    'rds:DescribeDBSnapshots',
    'sts:GetCallerIdentity',
    'organizations:DescribeOrganization',
    'cloudtrail:DescribeTrails',
    'guardduty:ListDetectors',
    'ses:GetAccount',
  ]
  const tries: [string, Json][] = [
    ['secretsmanager:GetSecretValue', { secretId: 'api/database' }],
    ['iam:CreateUser', { userName: 'tester' }],
    ['iam:CreateAccessKey', { userName: 'admin' }],
    ['iam:AttachUserPolicy', { userName: 'tester', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }],
    ['sts:AssumeRole', { roleArn: `arn:aws:iam::${account}:role/admin`, roleSessionName: 'tester' }],
    ['cloudtrail:StopLogging', { name: 'main' }],
    ['ec2:ModifySnapshotAttribute', { snapshotId: 'snap-1' }],
    ['lambda:UpdateFunctionCode20150331v2', { functionName: 'api-hook' }],
    ['guardduty:DeleteDetector', { detectorId: 'd1' }],
    ['ssm:StartSession', { target: 'i-1' }],
  ]
  for (let day = 0; day < 3; day++) {
    const startMs = dayOfMonth(month, 17 + day, 9)
    for (let round = 0; round < 4; round++)
      for (const [n, call] of reads.entries())
        for (let again = 0; again < 5; again++)
          yield row(story, by, startMs + round * hourMs + n * 5_000 + again * 300, call, {}, { reads: true })
    for (const [n, [call, asked]] of tries.entries())
      yield row(story, by, startMs + 5 * hourMs + n * 90_000, call, asked, { error: 'AccessDenied' })
  }
}
