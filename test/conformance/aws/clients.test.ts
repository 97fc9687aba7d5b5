import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { ListPoliciesCommand, OrganizationsClient } from '@aws-sdk/client-organizations'

import { entityId } from '#model'

import { account, actionOf, foundCompany, heldOf, openCordon } from './company.ts'

test("AWS's own clients read the policy Cordon made and the trail of it", async (t) => {
  const company = await foundCompany()
  t.after(company.close)
  const { clock, state, twin, config } = company
  const action = actionOf('aws.principal.deny')
  await action.apply(openCordon(company).context(), entityId('identity', account, 'user/ci'))
  clock.pass(state.trailDelayMs)
  const role = [...state.roles.values()].find(({ arn }) => arn === config.organizationRoleArn)
  assert.ok(role)
  const manager = state.addSession(role, 'ada', clock.nowMs(), 900, undefined)
  const auditor = state.addSession(company.see, 'ada', clock.nowMs(), 900, undefined)
  const options = (session: typeof manager) => ({
    endpoint: twin.url,
    region: 'us-east-1',
    credentials: { ...heldOf(session), sessionToken: session.token },
    maxAttempts: 1,
  })
  const { Policies: policies = [] } = await new OrganizationsClient(options(manager)).send(
    new ListPoliciesCommand({ Filter: 'SERVICE_CONTROL_POLICY' }),
  )
  assert.ok(policies.some(({ Name }) => Name === `cordon-contain-${account}`))
  const { Events: events = [] } = await new CloudTrailClient(options(auditor)).send(
    new LookupEventsCommand({ MaxResults: 50 }),
  )
  assert.ok(
    events.some(({ EventName, CloudTrailEvent }) => EventName === 'AssumeRole' && CloudTrailEvent !== undefined),
  )
})
