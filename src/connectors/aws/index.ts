import type { ContainAction, Holder, LeaseAction } from '#respond/contract'
import { defineConnector, type Coverage } from '#sources/contract'

import { keyHandOver } from './actions/key-hand-over.ts'
import { secretHolder } from './actions/secret-place.ts'
import { keyDeactivate } from './actions/key-deactivate.ts'
import { loginRemove } from './actions/login-remove.ts'
import { principalDeny } from './actions/principal-deny.ts'
import { roleLend } from './actions/role-lend.ts'
import { sessionsRevoke } from './actions/sessions-revoke.ts'
import { ssoAssignmentsRemove } from './actions/sso-assignments-remove.ts'
import { ssoUserDeny } from './actions/sso-user-deny.ts'
import { trustClose } from './actions/trust-close.ts'
import { userDeny } from './actions/user-deny.ts'
import { userPolicyRemove } from './actions/user-policy-remove.ts'
import { auth, role } from './auth.ts'
import { check } from './check.ts'
import { limits } from './client.ts'
import { awsConfig, type AwsConfig } from './config.ts'
import { inventory } from './inventory.ts'
import { eventIdOf, lookup } from './log.ts'
import { normalize } from './normalize.ts'
import { scopes } from './scopes.ts'

export { eventIdOf }
export { AwsError, awsConfig, awsOrigins, type AwsConfig } from './config.ts'

/** One AWS account, and by way of the management account what its organisation lays over it. README.md has the rest. */
export const awsConnector = defineConnector<AwsConfig>({
  id: 'aws',
  version: 3,
  title: 'AWS',
  config: awsConfig,
  example: {
    account: '111122223333',
    regions: ['us-east-1'],
    seeRoleArn: 'arn:aws:iam::111122223333:role/cordon-see',
    containRoleArn: 'arn:aws:iam::111122223333:role/cordon-contain',
    externalId: 'EXAMPLE-external-id',
    identityCenter: { region: 'us-east-1', roleArn: 'arn:aws:iam::999988887777:role/cordon-identity-center' },
    organizationRoleArn: 'arn:aws:iam::444455556666:role/cordon-organization',
    successors: [
      {
        user: 'shop',
        standby: 'arn:aws:iam::111122223333:user/shop-standby',
        secret: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/shop-AbCdEf',
        rereadSeconds: 60,
        idField: 'AWS_ACCESS_KEY_ID',
        secretField: 'AWS_SECRET_ACCESS_KEY',
      },
    ],
    places: [],
  },
  secrets: { see: ['accessKeyId', 'secretAccessKey'], contain: ['accessKeyId', 'secretAccessKey'] },
  auth,
  limits,
  streams: [inventory, lookup],
  coverage,
  role,
  survives: [
    {
      what: 'what was signed before the end: presigned URLs of S3',
      until: 'they expire, seven days at most, unless who signed them is denied',
    },
    {
      what: 'sessions that a user of Identity Center has by a permission set',
      until: 'they expire, twelve hours at most, unless the user is denied from the organisation',
    },
    { what: 'sessions of service-linked roles', until: 'they expire: AWS lets nobody deny them' },
    {
      what: 'a console session in a browser',
      until: 'every page of it is denied; the window itself stays open, twelve hours at most',
    },
    { what: 'what runs already: instances, functions, jobs', until: 'somebody stops them' },
  ],
  check,
  scopes,
  normalize,
})

/** Where successors go: secrets of Secrets Manager. */
export const awsHolder: Holder<AwsConfig> = secretHolder

/** In the order of the kill table: the outer deny, the successor, the credentials, the sessions, the inner deny. */
export const awsActions: readonly ContainAction<AwsConfig>[] = [
  principalDeny,
  ssoUserDeny,
  keyHandOver,
  keyDeactivate,
  loginRemove,
  ssoAssignmentsRemove,
  sessionsRevoke,
  userDeny,
  trustClose,
  userPolicyRemove,
]

export const awsLeases: readonly LeaseAction<AwsConfig>[] = [roleLend]

function coverage({ organizationRoleArn, regions, identityCenter }: AwsConfig): Coverage {
  return {
    sees: ['identities', 'grants', 'resources', 'admin', 'logins'],
    logged: ['login', 'admin'],
    blind: [
      'reads and writes of objects, rows and messages are seen only by way of a trail in a bucket that was set up to record them: the event history has management events alone',
      `events, secrets, functions, keys and queues of regions other than ${regions.join(', ')} are not read, nor the policies of buckets there`,
      'event history and trail are behind by minutes, at worst a quarter of an hour',
      'access control lists and access points of buckets and grants of encryption keys are not read, nor the policies of anything but buckets, secrets, keys, queues and functions',
      'address ranges, times, tags and factors in conditions are not decided: such rights are shown as conditional',
      ...(identityCenter === undefined
        ? ['IAM Identity Center is not read: its users show as sessions of its roles']
        : [
            'of IAM Identity Center only what bears on this account is read; who signs in at its portal stands in the trail of the account it is in',
          ]),
      ...(organizationRoleArn === undefined
        ? [
            'service and resource control policies are not read: rights shown may be denied by one',
            'no outer deny can be laid over a principal',
          ]
        : []),
    ],
  }
}
