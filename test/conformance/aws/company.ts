import assert from 'node:assert/strict'

import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import { STSClient } from '@aws-sdk/client-sts'

import { createHttp, seededRandom, silentDiagnose, type Json } from '#kit'
import type { EntityId, LoggedEvent, ProjectionItem } from '#model'
import { validateOcsf } from '#model/ocsf'
import { awsActions, awsConnector, awsOrigins, type AwsConfig } from '#connectors/aws'
import { scrubJson } from '#classify'
import { projectEvent } from '#project'
import type { ActionContext, ContainAction } from '#respond/contract'
import { actPatience, createBudgets, eventId, openSignedHttp, pullPatience, pullStream } from '#sources'
import type { PullContext } from '#sources/contract'

import { startAwsTwin } from '../../../lab/twins/aws/twin.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { fingerprinterOf } from '../../simulation/log-keys.ts'

export const account = '111122223333'
const management = '999988887777'
const tenant = 't_default'
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
export async function foundCompany() {
  const clock = new TwinClock(Date.UTC(2026, 2, 24, 12))
  const twin = await startAwsTwin(account, clock)
  const { state } = twin
  const now = clock.nowMs()
  const cordon = state.addUser('cordon', now, { assume: allow('sts:AssumeRole') })
  const own = state.addKey(cordon, now)
  const ci = state.addUser('ci', now, { ci: allow('iam:*', 'sts:*') })
  const ciKey = state.addKey(ci, now)
  const deploy = state.addRole('deploy', now, letIn(ci.arn), { deploy: allow('iam:ListUsers') })
  const see = state.addRole('cordon-see', now, letIn(cordon.arn, 'pinecone'), {
    see: allow('iam:*', 'sts:*', 'cloudtrail:*', 's3:*', '/*', 'secretsmanager:*', 'lambda:*'),
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

export function openCordon(company: Company) {
  const { clock, config, secrets } = company
  const http = (patience: typeof pullPatience) =>
    openSignedHttp({
      http: createHttp(awsOrigins(config)),
      clock,
      unit: seededRandom(7),
      budgets: createBudgets(clock),
      limits: awsConnector.limits ?? {},
      realms: { source: 'aws', authority: account },
      lane: 'live',
      patience,
      auth: awsConnector.auth?.(config, 'see'),
      origins: awsOrigins(config),
      secrets: () => secrets,
    })
  const [see, acts] = [http(pullPatience), http(actPatience)]
  const cursors = new Map<string, string | null>()
  const pullContext = (): PullContext<AwsConfig> => ({
    config,
    see: secrets,
    http: see,
    clock,
    signal: AbortSignal.timeout(60_000),
    diagnose: silentDiagnose,
  })
  async function pull(name: string): Promise<ProjectionItem[]> {
    const stream = awsConnector.streams.find((one) => one.name === name)
    assert.ok(stream)
    const found: ProjectionItem[] = []
    for await (const page of pullStream(stream)?.(pullContext(), cursors.get(name) ?? null) ?? []) {
      cursors.set(name, page.cursor)
      for (const { native, eventAtMs, raw } of page.events) {
        const { text } = scrubJson(JSON.stringify(raw), fingerprinterOf('example'))
        const head = {
          id: eventId(tenant, 'aws', name, native),
          tenant,
          offset: 1,
          source: 'aws',
          stream: name,
        } as const
        const event: LoggedEvent = { ...head, eventAtMs, arrivedAtMs: clock.nowMs(), raw: text }
        found.push(projectEvent(event, { connector: 'aws', authority: account, normalize: awsConnector.normalize }))
      }
    }
    assert.deepEqual(found.flatMap(({ ocsf }) => ocsf).flatMap(validateOcsf), [])
    assert.deepEqual(
      found.flatMap(({ unmapped }) => unmapped ?? []),
      [],
    )
    return found
  }
  const context = (over: Partial<ActionContext<AwsConfig>> = {}): ActionContext<AwsConfig> => ({
    config,
    authority: account,
    contain: secrets,
    http: acts,
    clock,
    signal: AbortSignal.timeout(60_000),
    key: 'act_test01',
    home: {
      killKey: () => Promise.reject(new Error('not asked')),
      reviveKey: () => Promise.reject(new Error('not asked')),
      keyState: () => Promise.reject(new Error('not asked')),
    },
    lent: () => undefined,
    isOwn: () => false,
    ...over,
  })
  return { pull, pullContext, context }
}

export function actionOf(verb: string): ContainAction<AwsConfig> {
  const action = awsActions.find((one) => one.verb === verb)
  assert.ok(action, verb)
  return action
}

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
