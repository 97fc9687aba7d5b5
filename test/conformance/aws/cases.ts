import assert from 'node:assert/strict'

import { UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import { AssumeRoleCommand, GetSessionTokenCommand, type Credentials } from '@aws-sdk/client-sts'

import { entityId, type EntityId } from '#model'
import { awsActions, awsOrigins } from '#connectors/aws'

import { actionsIn, defineTrial, type ActionCase, type VendorDelay } from '../actions.ts'
import { stateText } from '../cordon.ts'
import { enter, foundCenter, type Center } from './center.ts'
import { account, foundCompany, heldOf, iamOf, openCordon, stsOf, tried, type Company, type Held } from './company.ts'
import { allow, foundShop, openShopCordon, readPair, readsSecret, rereadSeconds, type Shop } from './shop.ts'

export const identity = (native: string): EntityId => entityId('identity', account, native)
/** IAM accepts a change, and obeys it seconds later. */
const lag: VendorDelay<Company> = {
  of: 'the propagation of IAM',
  ms: ({ state }) => state.lagMs,
  stretch({ state }, ms) {
    state.lagMs += ms
  },
}
function heldIn(given: Credentials | undefined): Held {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = given ?? {}
  assert.ok(accessKeyId !== undefined && secretAccessKey !== undefined && sessionToken !== undefined)
  return { accessKeyId, secretAccessKey, sessionToken }
}
async function assumed(company: Company): Promise<Held> {
  const command = new AssumeRoleCommand({ RoleArn: company.deploy.arn, RoleSessionName: 'loot' })
  return heldIn((await stsOf(company, heldOf(company.ciKey)).send(command)).Credentials)
}
const longSession = async (company: Company): Promise<Held> =>
  heldIn((await stsOf(company, heldOf(company.ciKey)).send(new GetSessionTokenCommand({}))).Credentials)

const opens = (company: Company, held: Held) => async (): Promise<boolean> => (await tried(company, held)) === 'works'
/** What was made a moment ago holds everywhere. */
const settled = <Company extends { clock: { pass(ms: number): void } }, T>({ clock }: Company, value: T): T => {
  clock.pass(60_000)
  return value
}

export const cases: ActionCase<Company>[] = [
  {
    verb: 'aws.principal.deny',
    isInSteps: true,
    isMarked: true,
    isRestored: true,
    delay: lag,
    set: async (company) =>
      settled(company, { target: identity(company.ci.id), works: opens(company, heldOf(company.ciKey)) }),
  },
  {
    verb: 'aws.key.deactivate',
    isRestored: true,
    delay: lag,
    set: async (company) =>
      settled(company, {
        target: entityId('credential', 'aws', company.ciKey.id),
        works: opens(company, heldOf(company.ciKey)),
      }),
  },
  {
    name: 'with its secret',
    verb: 'aws.key.deactivate',
    isRestored: true,
    delay: lag,
    set: async (company) =>
      settled(company, {
        target: entityId('credential', 'aws', company.ciKey.id),
        works: opens(company, heldOf(company.ciKey)),
        lent: company.ciKey.secret,
      }),
  },
  {
    verb: 'aws.sessions.revoke',
    isRestored: true,
    delay: lag,
    async set(company) {
      const held = await assumed(company)
      return settled(company, { target: identity(company.deploy.id), works: opens(company, held) })
    },
  },
  {
    verb: 'aws.user.deny',
    isRestored: true,
    delay: lag,
    async set(company) {
      const held = await longSession(company)
      return settled(company, { target: identity('user/ci'), works: opens(company, held) })
    },
  },
  {
    verb: 'aws.login.remove',
    isRestored: false,
    set(company) {
      const { ci, clock } = company
      ci.passwordMs = clock.nowMs()
      return {
        target: entityId('credential', account, 'user/ci/password'),
        works: () => Promise.resolve(ci.passwordMs !== undefined),
      }
    },
  },
  {
    verb: 'aws.trust.close',
    isMarked: true,
    isRestored: true,
    async set(company) {
      const { state, clock, ciKey, deploy } = company
      const rights = { Statement: [{ Effect: 'Allow', Action: 'sts:*', Resource: '*' }] }
      const stranger = state.addRole('stranger', clock.nowMs(), {}, { rights }, '444455556666')
      const session = state.addSession(stranger, 'x', clock.nowMs(), 3_600, undefined)
      const outside: Held = { ...heldOf(session), sessionToken: session.token }
      const PolicyDocument = JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: { AWS: stranger.arn }, Action: 'sts:AssumeRole' },
      })
      const change = new UpdateAssumeRolePolicyCommand({ RoleName: 'deploy', PolicyDocument })
      await iamOf(company, heldOf(ciKey)).send(change)
      const enterAgain = new AssumeRoleCommand({ RoleArn: deploy.arn, RoleSessionName: 'x' })
      return settled(company, {
        target: entityId('resource', account, 'trust/deploy'),
        works: () =>
          stsOf(company, outside)
            .send(enterAgain)
            .then(
              () => true,
              () => false,
            ),
      })
    },
  },
]

/** A user of a company's who may read one secret, by one policy. */
function reader(company: Company, kind: 'managed' | 'inline') {
  const { state, clock } = company
  const [secret] = [...state.secrets.values()]
  assert.ok(secret)
  const user = state.addUser('reader', clock.nowMs())
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secret.arn }],
  })
  const arn = `arn:aws:iam::${account}:policy/ReadOne`
  state.managed.set(arn, document)
  if (kind === 'managed') user.attached.set(new Set([arn]), 0)
  else user.inline.set(new Map([['read-one', document]]), 0)
  const key = heldOf(state.addKey(user, clock.nowMs()))
  return settled(company, {
    target: entityId('resource', account, `user-right/${user.id}/${secret.arn}`),
    works: () => readsSecret(company, key, secret.arn),
  })
}
cases.push(
  { verb: 'aws.user-policy.remove', isRestored: true, delay: lag, set: (company) => reader(company, 'managed') },
  {
    name: 'one that lies in the user',
    verb: 'aws.user-policy.remove',
    isRestored: true,
    delay: lag,
    set: (company) => reader(company, 'inline'),
  },
)

const centerCases: ActionCase<Center>[] = [
  {
    verb: 'aws.sso-user.deny',
    isInSteps: true,
    isMarked: true,
    isRestored: true,
    delay: lag,
    async set(center) {
      const held = await enter(center, center.ada)
      assert.ok(held !== undefined)
      return settled(center, { target: identity(`sso-user/${center.ada.id}`), works: opens(center, held) })
    },
  },
  {
    verb: 'aws.sso-assignments.remove',
    isRestored: true,
    set: async (center) => ({
      target: identity(`sso-user/${center.ada.id}`),
      works: async () => (await enter(center, center.ada)) !== undefined,
    }),
  },
]

const shopCases: ActionCase<Shop>[] = [
  {
    // What the place holds is what was stolen: the thief's word for it is the consumer's.
    verb: 'aws.key.hand-over',
    isInSteps: true,
    isMarked: true,
    isRestored: true,
    delay: { of: 'the reading anew by consumers', ms: () => rereadSeconds * 1_000 },
    set: (shop) => ({
      target: shop.place,
      works: async () => (await readPair(shop)).accessKeyId === shop.ciKey.id,
    }),
  },
]

/** What AWS shows, whether it obeys it yet or not; when a key was last used is no act of anybody's here. */
const heldBy = ({ state }: Company): string =>
  stateText({
    users: [...state.users.values()].map(({ keys, inline, attached, passwordMs }) => [
      keys.map(({ id, status }) => [id, status.shown()]),
      inline.shown(),
      attached.shown(),
      passwordMs,
    ]),
    roles: [...state.roles.values()].map(({ inline, trust }) => [inline.shown(), trust]),
    policies: [...state.scps.values()].map(({ content, targets }) => [content.shown(), targets.shown()]),
    assignments: state.center.assignments,
    secrets: [...state.secrets.values()].map(({ versions }) => [...versions.keys()]),
  })

const common = {
  hold({ state }: Company, scopes: readonly string[]) {
    for (const role of state.roles.values())
      if (/^cordon-(?!see)/.test(role.name)) role.inline.set(new Map([['held', allow([...scopes])]]), 0)
  },
  origins: ({ config }: Company) => awsOrigins(config),
  isChange: (_url: URL, _method: string, says: string) =>
    /(?:Action=|\.)(?:Attach|Create|Delete|Detach|Put|Update)[A-Z]/.test(says),
  settle: ({ clock, state }: Company) => clock.pass(state.lagMs),
  heldBy,
  refusal: 'ERR_AWS_TARGET',
  elsewhere: '444455556666',
}
export const trial = defineTrial({
  ...common,
  actions: actionsIn(awsActions, cases),
  cases,
  found: () => foundCompany(),
  cordon: openCordon,
})
export const centerTrial = defineTrial({
  ...common,
  actions: actionsIn(awsActions, centerCases),
  cases: centerCases,
  found: foundCenter,
  cordon: openCordon,
})
export const shopTrial = defineTrial({
  ...common,
  settle: ({ clock }: Shop) => clock.pass(rereadSeconds * 1_000),
  refusal: 'ERR_HAND_OVER_REFUSED',
  actions: actionsIn(awsActions, shopCases),
  cases: shopCases,
  found: foundShop,
  cordon: openShopCordon,
})
