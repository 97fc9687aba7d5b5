// A month of CloudTrail that engineers and their pipelines leave: deploys, changes of the whole, keys changed, backups, a
// move to another account, a drill, a penetration test, the end of the quarter.
import type { Json, JsonObject } from '#kit'

import type { Person } from '../../../lab/estate/company/model.ts'
import { addressOf } from '../../../lab/estate/use/people.ts'
import { uuidOf } from '../../../lab/twins/okta/system-log.ts'
import {
  daily,
  dayMs,
  dayOfMonth,
  happenings,
  once,
  hourMs,
  minuteMs,
  someone,
  type Month,
  type Record,
} from '../calendar.ts'
import { drill, move, penetrationTest } from './aws-once.ts'

export type Caller = { identity: JsonObject; ip: string; agent: string }
type More = { error?: string; response?: Json; reads?: boolean }

export type Rower = (story: string, by: Caller, atMs: number, call: string, asked?: Json, more?: More) => Record

export function* awsWork(month: Month, account: string): Generator<Record> {
  const { company, engineers } = month
  const region = 'us-east-1'
  const arn = (service: string, name: string): string => `arn:aws:${service}:${region}:${account}:${name}`
  let made = 0
  const row = (story: string, by: Caller, atMs: number, call: string, asked: Json = null, more: More = {}): Record => {
    const [source = '', name = ''] = call.split(':')
    const id = uuidOf(`aws work ${month.seed} ${made++}`)
    const raw: JsonObject = {
      eventVersion: '1.09',
      eventID: id,
      eventName: name,
      eventSource: `${source}.amazonaws.com`,
      eventTime: `${new Date(atMs).toISOString().slice(0, 19)}Z`,
      eventType: 'AwsApiCall',
      eventCategory: 'Management',
      managementEvent: true,
      awsRegion: region,
      sourceIPAddress: by.ip,
      userAgent: by.agent,
      recipientAccountId: account,
      readOnly: more.reads ?? /^(Get|List|Describe|Assume|Batch|Lookup)/.test(name),
      userIdentity: by.identity,
      requestParameters: asked,
      responseElements: more.response ?? null,
      ...(more.error === undefined ? {} : { errorCode: more.error, errorMessage: 'not authorized to perform this' }),
    }
    return { vendor: 'aws', stream: 'lookup', atMs, story, raw }
  }
  /** A role as a pipeline, a person or a service has taken it. */
  const role = (name: string, session: string, ip: string, agent: string, hour = 0): Caller => ({
    ip,
    agent,
    identity: {
      type: 'AssumedRole',
      principalId: `AROAEXAMPLE${uuidOf(name).slice(0, 9).replace('-', '').toUpperCase()}:${session}`,
      arn: `arn:aws:sts::${account}:assumed-role/${name}/${session}`,
      accountId: account,
      accessKeyId: `ASIAEXAMPLE${uuidOf(`${name}${session}${hour}`).slice(0, 8).toUpperCase()}`,
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: `AROAEXAMPLE${uuidOf(name).slice(0, 9).replace('-', '').toUpperCase()}`,
          arn: `arn:aws:iam::${account}:role/${name}`,
          accountId: account,
          userName: name,
        },
        attributes: { creationDate: '2026-03-01T00:00:00Z', mfaAuthenticated: 'false' },
      },
    },
  })
  const service = (host: string): Caller => ({
    ip: host,
    agent: host,
    identity: { type: 'AWSService', invokedBy: host },
  })
  const engineer = (person: Person, draw: { int(bound: number): number }): Caller =>
    role(
      'AWSReservedSSO_Engineer_0f1e2d3c4b5a6978',
      person.email,
      addressOf(person.n),
      draw.int(2) === 0 ? 'aws-cli/2.24.0 md/awscrt#0.23' : 'Mozilla/5.0 (X11; Linux x86_64) Firefox/148.0',
      draw.int(40),
    )
  const pipeline = (hour: number): Caller =>
    role('github-deploy', 'GitHubActions', `192.0.2.${60 + (hour % 8)}`, 'aws-sdk-js/3.800 ua/2.1 os/linux', hour)
  const terraform = (hour: number): Caller =>
    role(
      'terraform-apply',
      'GitHubActions',
      `192.0.2.${60 + (hour % 8)}`,
      'APN/1.0 HashiCorp/1.0 Terraform/1.11.2 terraform-provider-aws/5.90.0',
      hour,
    )
  const operators = role(
    'external-secrets',
    'external-secrets-provider-aws',
    '10.0.8.14',
    'external-secrets/v0.14 aws-sdk-go/1.55',
  )
  const services = ['api', 'worker', 'ratings', 'interviews', 'exports', 'billing']

  for (const { dayStartMs, draw } of daily(month, 'aws/deploys')) {
    for (let n = 0; n < 14; n++) {
      const atMs = dayStartMs + (7 + draw.int(11)) * hourMs + draw.int(hourMs)
      const by = pipeline(Math.floor(atMs / hourMs))
      const name = draw.pick(services)
      const oidc: Caller = {
        ip: by.ip,
        agent: by.agent,
        identity: {
          type: 'WebIdentityUser',
          principalId: `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com:sts.amazonaws.com:repo:brightwater/${name}:ref:refs/heads/main`,
          userName: `repo:brightwater/${name}:ref:refs/heads/main`,
          identityProvider: `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`,
        },
      }
      const assumed = { roleArn: `arn:aws:iam::${account}:role/github-deploy`, roleSessionName: 'GitHubActions' }
      yield row('deploy', oidc, atMs, 'sts:AssumeRoleWithWebIdentity', assumed)
      yield row('deploy', by, atMs + 5_000, 'ecr:GetAuthorizationToken')
      for (let part = 0; part < 4; part++)
        yield row('deploy', by, atMs + 20_000 + part * 2_000, 'ecr:PutImage', {
          repositoryName: name,
          imageTag: `v${n}`,
        })
      for (let secret = 0; secret < 3 + draw.int(6); secret++)
        yield row('deploy', by, atMs + 30_000 + secret * 700, 'secretsmanager:GetSecretValue', {
          secretId: `${name}/secret-${secret}`,
        })
      yield row('deploy', by, atMs + 40_000, 'ssm:GetParametersByPath', {
        path: `/${name}/`,
        recursive: true,
        withDecryption: true,
      })
      yield row('deploy', by, atMs + 45_000, 'ecs:RegisterTaskDefinition', { family: name })
      yield row('deploy', by, atMs + 50_000, 'ecs:UpdateService', { service: name, cluster: 'main' })
      if (draw.chance(0.3))
        yield row('deploy', by, atMs + 55_000, 'lambda:UpdateFunctionCode20150331v2', { functionName: `${name}-hook` })
      if (draw.chance(0.2))
        yield row('deploy', by, atMs + 58_000, 'cloudfront:CreateInvalidation', { distributionId: 'E1EXAMPLE' })
    }
    // Secrets are brought into the cluster each hour, all of them.
    for (let hour = 0; hour < 24; hour++)
      for (let n = 0; n < 40; n++)
        yield row(
          'secrets brought into the cluster',
          operators,
          dayStartMs + hour * hourMs + n * 400,
          'secretsmanager:GetSecretValue',
          { secretId: `cluster/secret-${n}` },
        )
  }
  for (const { draw, atMs } of happenings(month, 'aws/terraform', 45)) {
    const by = terraform(Math.floor(atMs / hourMs))
    const story = 'change of the whole'
    for (const [n, name] of [
      'ec2:DescribeInstances',
      'ec2:DescribeVpcs',
      'ec2:DescribeSecurityGroups',
      'iam:ListRoles',
      'iam:GetRole',
      'iam:GetRolePolicy',
      'iam:ListAttachedRolePolicies',
      's3:ListBuckets',
      's3:GetBucketPolicy',
      's3:GetBucketAcl',
      's3:GetBucketEncryption',
      'kms:DescribeKey',
      'rds:DescribeDBInstances',
      'lambda:ListFunctions20150331',
      'secretsmanager:DescribeSecret',
      'cloudtrail:DescribeTrails',
      'guardduty:ListDetectors',
      'iam:GetAccountPasswordPolicy',
    ].entries())
      for (let again = 0; again < 6; again++) yield row(story, by, atMs + n * 400 + again * 60, name, {})
    const name = `role-${draw.hex(4)}`
    const trust = JSON.stringify({
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    })
    const group = { groupId: `sg-${draw.hex(8)}` }
    const changes: [string, Json][] = [
      ['iam:CreateRole', { roleName: name, assumeRolePolicyDocument: trust }],
      [
        'iam:PutRolePolicy',
        {
          roleName: name,
          policyName: 'inline',
          policyDocument: JSON.stringify({
            Statement: [{ Effect: 'Allow', Action: ['s3:GetObject', 'sqs:SendMessage'], Resource: '*' }],
          }),
        },
      ],
      [
        'iam:AttachRolePolicy',
        { roleName: name, policyArn: 'arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy' },
      ],
      ['iam:TagRole', { roleName: name }],
      ['iam:UpdateAssumeRolePolicy', { roleName: name, policyDocument: trust }],
      [
        'iam:CreatePolicyVersion',
        {
          policyArn: `arn:aws:iam::${account}:policy/app`,
          setAsDefault: true,
          policyDocument: JSON.stringify({
            Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::brightwater-app/*' }],
          }),
        },
      ],
      [
        'ec2:AuthorizeSecurityGroupIngress',
        {
          ...group,
          ipPermissions: {
            items: [{ ipProtocol: 'tcp', fromPort: 443, toPort: 443, ipRanges: { items: [{ cidrIp: '10.0.0.0/8' }] } }],
          },
        },
      ],
      ['ec2:RevokeSecurityGroupIngress', group],
      ['ec2:CreateSecurityGroup', { groupName: name }],
      ['s3:CreateBucket', { bucketName: `brightwater-${draw.hex(5)}` }],
      [
        's3:PutBucketPublicAccessBlock',
        { bucketName: 'brightwater-new', PublicAccessBlockConfiguration: { BlockPublicAcls: true } },
      ],
      [
        's3:PutBucketPolicy',
        {
          bucketName: 'brightwater-new',
          bucketPolicy: {
            Statement: [
              { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:role/${name}` }, Action: 's3:GetObject' },
            ],
          },
        },
      ],
      ['s3:PutBucketEncryption', { bucketName: 'brightwater-new' }],
      ['s3:PutBucketLifecycle', { bucketName: 'brightwater-new' }],
      ['kms:CreateKey', { description: name }],
      ['kms:PutKeyPolicy', { keyId: draw.hex(12) }],
      ['kms:CreateAlias', { aliasName: `alias/${name}` }],
      ['secretsmanager:CreateSecret', { name: `${name}/token` }],
      ['lambda:UpdateFunctionConfiguration20150331v2', { functionName: 'api-hook' }],
      ['lambda:AddPermission20150331v2', { functionName: 'api-hook', principal: 'events.amazonaws.com' }],
      ['events:PutRule', { name }],
      ['rds:ModifyDBInstance', { dBInstanceIdentifier: 'ratings', backupRetentionPeriod: 14 }],
      ['ec2:CreateVpcEndpoint', { serviceName: 'com.amazonaws.us-east-1.s3' }],
      ['ec2:CreateRoute', { destinationCidrBlock: '10.4.0.0/16' }],
      ['logs:PutRetentionPolicy', { logGroupName: '/ecs/api', retentionInDays: 30 }],
      ['logs:DeleteLogGroup', { logGroupName: '/ecs/old' }],
      ['cloudwatch:PutMetricAlarm', { alarmName: name }],
      ['iam:DeleteRolePolicy', { roleName: `old-${name}`, policyName: 'inline' }],
      ['iam:DeleteRole', { roleName: `old-${name}` }],
    ]
    for (const [n, [call, asked]] of changes.entries())
      if (draw.chance(0.3)) yield row(story, by, atMs + 20_000 + n * 900, call, asked)
  }
  // Keys of programs are changed each quarter.
  for (const { n, atMs } of happenings(month, 'aws/keys', company.services.length)) {
    const of = company.services[n % Math.max(1, company.services.length)]
    if (of === undefined || of.vendor !== 'aws') continue
    const by = terraform(Math.floor(atMs / hourMs))
    const user = { userName: of.slug }
    yield row('keys changed', by, atMs, 'iam:CreateAccessKey', user, {
      response: {
        accessKey: {
          userName: of.slug,
          accessKeyId: `AKIAEXAMPLE${uuidOf(of.slug + String(month.seed))
            .slice(0, 8)
            .toUpperCase()}`,
          status: 'Active',
        },
      },
    })
    yield row('keys changed', by, atMs + hourMs, 'iam:UpdateAccessKey', {
      ...user,
      status: 'Inactive',
      accessKeyId: 'AKIAEXAMPLEOLD',
    })
    yield row('keys changed', by, atMs + dayMs, 'iam:DeleteAccessKey', { ...user, accessKeyId: 'AKIAEXAMPLEOLD' })
  }
  for (const { dayStartMs, draw } of daily(month, 'aws/backups', true)) {
    const by = role('AWSBackupDefaultServiceRole', 'AWSBackup', 'backup.amazonaws.com', 'backup.amazonaws.com')
    for (let n = 0; n < 12; n++) {
      const atMs = dayStartMs + 3 * hourMs + n * 20_000
      yield row('backups', by, atMs, 'ec2:CreateSnapshot', { volumeId: `vol-${n}` })
      yield row('backups', by, atMs + 5_000, 'ec2:DeleteSnapshot', { snapshotId: `snap-${draw.hex(8)}` })
    }
    yield row('backups', by, dayStartMs + 4 * hourMs, 'rds:CreateDBSnapshot', {
      dBInstanceIdentifier: 'ratings',
      dBSnapshotIdentifier: `daily-${dayStartMs}`,
    })
    for (let n = 0; n < 24; n++)
      yield row('services at work', service('autoscaling.amazonaws.com'), dayStartMs + n * hourMs, 'sts:AssumeRole', {
        roleArn: `arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
        roleSessionName: 'AutoScaling',
      })
  }
  for (const { dayStartMs, draw } of daily(month, 'aws/people')) {
    for (const person of engineers) {
      if (!draw.chance(0.25)) continue
      const atMs = dayStartMs + (7 + draw.int(9)) * hourMs + draw.int(hourMs)
      const by = engineer(person, draw)
      yield row(
        'engineers look',
        { ...by, identity: { type: 'SAMLUser', userName: person.email, principalId: 'x' } },
        atMs,
        'sts:AssumeRoleWithSAML',
        {
          roleArn: `arn:aws:iam::${account}:role/AWSReservedSSO_Engineer_0f1e2d3c4b5a6978`,
          roleSessionName: person.email,
        },
      )
      if (draw.chance(0.5))
        yield row('engineers look', by, atMs + 1_000, 'signin:ConsoleLogin', null, {
          response: { ConsoleLogin: 'Success' },
        })
      for (let n = 0; n < 3 + draw.int(25); n++)
        yield row(
          'engineers look',
          by,
          atMs + 5_000 + n * 4_000,
          draw.pick([
            'ecs:DescribeServices',
            'logs:FilterLogEvents',
            'cloudwatch:GetMetricData',
            'ec2:DescribeInstances',
            's3:ListBuckets',
            'lambda:GetFunction20150331v2',
            'rds:DescribeDBInstances',
            'iam:ListRoles',
            'cloudtrail:LookupEvents',
          ]),
          {},
        )
      if (draw.chance(0.15))
        yield row('engineers debug', by, atMs + 2 * minuteMs, 'ssm:StartSession', { target: `i-${draw.hex(8)}` })
      if (draw.chance(0.06))
        yield row('engineers debug', by, atMs + 3 * minuteMs, 'ec2-instance-connect:SendSSHPublicKey', {
          instanceId: `i-${draw.hex(8)}`,
          instanceOSUser: 'ec2-user',
        })
      if (draw.chance(0.1))
        yield row('engineers debug', by, atMs + 4 * minuteMs, 'secretsmanager:GetSecretValue', {
          secretId: `${draw.pick(services)}/database`,
        })
      if (draw.chance(0.1))
        yield row('engineers are refused', by, atMs + 5 * minuteMs, 'iam:ListUsers', {}, { error: 'AccessDenied' })
      if (draw.chance(0.03))
        yield row('engineers debug', by, atMs + 6 * minuteMs, 'ec2:RunInstances', {
          instanceType: 't3.large',
          minCount: 1,
          maxCount: 1,
        })
    }
  }
  // The account's own root looks at the bill once a quarter, with its factor.
  const rootMs = dayOfMonth(month, 25, 10)
  const root: Caller = {
    ip: addressOf(0),
    agent: 'Mozilla/5.0',
    identity: { type: 'Root', principalId: account, arn: `arn:aws:iam::${account}:root`, accountId: account },
  }
  const login = row('quarter end', root, rootMs, 'signin:ConsoleLogin', null, { response: { ConsoleLogin: 'Success' } })
  yield {
    ...login,
    raw: { ...login.raw, eventType: 'AwsConsoleSignIn', additionalEventData: { MFAUsed: 'Yes', MobileVersion: 'No' } },
  }
  for (const { draw } of once(month, 'aws/quarter', 12)) {
    const by = role('analytics-export', 'airflow', '10.0.9.20', 'Botocore/1.36')
    const startMs = dayOfMonth(month, 24 + draw.int(4), 6 + draw.int(10))
    for (let n = 0; n < 30; n++)
      yield row('quarter end', by, startMs + n * 10_000, 'athena:StartQueryExecution', { workGroup: 'quarter' })
    yield row('quarter end', by, startMs + 400_000, 'rds:StartExportTask', {
      exportTaskIdentifier: `q-${draw.hex(4)}`,
      s3BucketName: 'brightwater-quarter',
    })
  }
  yield* move(month, {
    row,
    by: terraform(1),
    person: (draw) => engineer(someone(engineers, draw, month.fromMs), draw),
    arn,
  })
  yield* drill(month, {
    row,
    by: (draw) => engineer(someone(engineers, draw, month.fromMs), draw),
  })
  yield* penetrationTest(month, {
    row,
    by: role('SecurityAudit', 'tester', '203.0.149.77', 'Boto3/1.36.4 md/Botocore#1.36.4', 2),
    account,
  })
}
