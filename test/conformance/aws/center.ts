import assert from 'node:assert/strict'

import { isObject, type Json } from '#kit'
import { entityId, type EntityId } from '#model'
import { awsConnector } from '#connectors/aws'

import { account, foundCompany, type Held } from './company.ts'

export const identity = (native: string): EntityId => entityId('identity', account, native)

/** Ada is let in by herself and Grace by her group, into the same role; Bob is let in nowhere. */
export async function foundCenter() {
  const company = await foundCompany()
  const { state, clock, config, see } = company
  const { center } = state
  const policies: Record<string, Json> = { look: { Statement: [{ Effect: 'Allow', Action: 'iam:*', Resource: '*' }] } }
  const set = center.addSet(state, 'Admin', clock.nowMs(), policies)
  const [ada, grace, bob] = ['ada', 'grace', 'bob'].map((name) => center.addUser(name))
  assert.ok(ada !== undefined && grace !== undefined && bob !== undefined)
  const group = center.addGroup('engineers', [grace])
  center.assignments.push({ set, type: 'USER', principal: ada.id }, { set, type: 'GROUP', principal: group })
  const trust = JSON.parse(see.trust)
  const actions = ['sso:*', 'identitystore:*']
  const reads = { Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] }
  const role = state.addRole('cordon-identity-center', clock.nowMs(), trust, { reads }, '999988887777')
  const identityCenter = { region: 'eu-west-1', roleArn: role.arn }
  const admin = center.sets.get(set)?.role ?? assert.fail()
  return {
    ...company,
    config: awsConnector.config.parse({ ...config, identityCenter }),
    ada,
    grace,
    bob,
    set,
    group,
    admin,
  }
}
export type Center = Awaited<ReturnType<typeof foundCenter>>

/** With the portal's token, as the thief's own `aws sso` would: keys of the role, or nothing. */
export async function enter({ twin, state, admin }: Center, user: Center['ada']): Promise<Held | undefined> {
  const url = new URL(`/federation/credentials?account_id=${account}&role_name=${admin.name}`, twin.url)
  const answer = await fetch(url, { headers: { 'x-amz-sso_bearer_token': state.center.signIn(user) } })
  if (!answer.ok) return undefined
  const body: unknown = await answer.json()
  const keys = isObject(body) ? body['roleCredentials'] : undefined
  assert.ok(isObject(keys))
  const [accessKeyId = '', secretAccessKey = '', sessionToken = ''] = [
    'accessKeyId',
    'secretAccessKey',
    'sessionToken',
  ].map((name) => String(keys[name]))
  return { accessKeyId, secretAccessKey, sessionToken }
}
