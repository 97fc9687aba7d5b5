import assert from 'node:assert/strict'

import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import { STSClient } from '@aws-sdk/client-sts'

import type { Json } from '#kit'
import type { EntityId, ProjectionItem } from '#model'
import { awsActions, awsConnector, awsOrigins, type AwsConfig } from '#connectors/aws'
import type { ContainAction } from '#respond/contract'

import { startAwsTwin } from '../../../lab/twins/aws/twin.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { openStages, verbIn } from '../cordon.ts'

export const account = '111122223333'
const management = '999988887777'
const allow = (...actions: string[]): Json => ({ Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] })
const letIn = (arn: string, externalId?: string): Json => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: arn },
      Action: 'sts:AssumeRole',
      ...(externalId === undefined ? {} : { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
    },
  ],
})
export type Held = { accessKeyId: string; secretAccessKey: string; sessionToken?: string }

/** A company with a CI user that may do too much, Cordon's user and roles, and a role to deploy with. */
export async function foundCompany(nowMs = Date.UTC(2026, 2, 24, 12)) {
  const clock = new TwinClock(nowMs)
  const twin = await startAwsTwin(account, clock)
  const { state } = twin
  const now = clock.nowMs()
  state.addBucket('people', Date.UTC(2026, 0, 1))
  state.addSecret('prod/db', now, 'EXAMPLE')
  const cordon = state.addUser('cordon', now, { assume: allow('sts:AssumeRole') })
  const own = state.addKey(cordon, now)
  const ci = state.addUser('ci', now, { ci: allow('iam:*', 'sts:*') })
  const ciKey = state.addKey(ci, now)
  const deploy = state.addRole('deploy', now, letIn(ci.arn), { deploy: allow('iam:ListUsers') })
  const see = state.addRole('cordon-see', now, letIn(cordon.arn, 'pinecone'), {
    see: allow('iam:*', 'sts:*', 'cloudtrail:*', 's3:*', 'secretsmanager:*', 'lambda:*', 'kms:*', 'sqs:*'),
  })
  // `iam:` alone: what Cordon does with the organisation it does as another role.
  const contain = state.addRole('cordon-contain', now, letIn(cordon.arn, 'pinecone'), { contain: allow('iam:*') })
  const organization = state.addRole(
    'cordon-organization',
    now,
    letIn(cordon.arn, 'pinecone'),
    { scp: allow('organizations:*') },
    management,
  )
  const config: AwsConfig = awsConnector.config.parse({
    account,
    seeRoleArn: see.arn,
    containRoleArn: contain.arn,
    organizationRoleArn: organization.arn,
    externalId: 'pinecone',
    endpoint: twin.url,
  })
  const secrets = { accessKeyId: own.id, secretAccessKey: own.secret }
  return { twin, state, clock, config, secrets, ci, ciKey, deploy, see, contain, close: () => twin.close() }
}
export type Company = Awaited<ReturnType<typeof foundCompany>>

/** Cordon's own stages around the connector, on the company's clock. */
export function openCordon({ clock, config, secrets }: Company) {
  const origins = awsOrigins(config)
  const stages = openStages({
    connector: awsConnector,
    config,
    authority: account,
    clock,
    origins,
    secretsOf: () => secrets,
  })
  return {
    ...stages,
    async pull(name: string): Promise<ProjectionItem[]> {
      const found = await stages.pull(name)
      assert.deepEqual(
        found.flatMap(({ unmapped }) => unmapped ?? []),
        [],
      )
      return found
    },
  }
}

export const actionOf = (verb: string): ContainAction<AwsConfig> => verbIn(awsActions, verb)

/** The thief has AWS's own clients, and knows nothing of Cordon. */
const options = ({ twin }: Company, credentials: Held) => ({
  endpoint: twin.url,
  region: 'us-east-1',
  credentials,
  maxAttempts: 1,
})
export const iamOf = (company: Company, held: Held): IAMClient => new IAMClient(options(company, held))
export const stsOf = (company: Company, held: Held): STSClient => new STSClient(options(company, held))
/** `works`, or the name of the refusal. */
export const tried = async (company: Company, held: Held): Promise<string> =>
  iamOf(company, held)
    .send(new ListUsersCommand({}))
    .then(
      () => 'works',
      (error: unknown) => (error instanceof Error ? error.name : 'unknown'),
    )
export const heldOf = ({ id, secret }: { id: string; secret: string }): Held => ({
  accessKeyId: id,
  secretAccessKey: secret,
})
export const never: EntityId = `identity:${account}:AIDANOBODY00000`
