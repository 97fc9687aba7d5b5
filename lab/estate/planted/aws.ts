import type { Json } from 'cordon/kit'

import type { AwsState, User } from '../../twins/aws/state.ts'
import { dayMs, type Company } from '../company/model.ts'
import { fine, weak, type Draft } from '../truth.ts'

type Hold = (user: User, createdMs: number, lastUsedMs: number | null) => void

const allow = (actions: string[], resources: string[]): Json => ({
  Statement: [{ Effect: 'Allow', Action: actions, Resource: resources }],
})
const trust = (principal: Json, action: string, condition?: Json): Json => ({
  Statement: [
    {
      Effect: 'Allow',
      Principal: principal,
      Action: action,
      ...(condition === undefined ? {} : { Condition: condition }),
    },
  ],
})
const host = 'token.actions.githubusercontent.com'

/** Programs with too many rights, and roles that outsiders take on; each beside such as are fine. */
export function plantAws(state: AwsState, company: Company, fill: Draft, hold: Hold): void {
  const { weaknesses: count } = company.size
  const atMs = company.nowMs - 60 * dayMs
  const usedMs = company.nowMs - dayMs
  const [bucket = '', second = ''] = state.buckets.keys()
  const read = allow(['s3:GetObject'], [`arn:aws:s3:::${bucket}/*`])
  const federation = (subject: string): Json =>
    trust({ Federated: `arn:aws:iam::${state.account}:oidc-provider/${host}` }, 'sts:AssumeRoleWithWebIdentity', {
      StringEquals: { [`${host}:aud`]: 'sts.amazonaws.com' },
      StringLike: { [`${host}:sub`]: subject },
    })
  const said = new Map<string, Json[]>()
  /** What a bucket says itself of one who asks: it takes what the account gives, and gives what the account does not. */
  const say = (name: string, effect: string, arn: string): void => {
    const of = `arn:aws:s3:::${name}`
    const statements = said.get(of) ?? []
    statements.push({ Effect: effect, Principal: { AWS: arn }, Action: 's3:GetObject', Resource: `${of}/*` })
    said.set(of, statements)
    state.resourcePolicies.set(of, JSON.stringify({ Version: '2012-10-17', Statement: statements }))
  }
  const role = (name: string, trusted: Json) => state.addRole(name, atMs, trusted, { read })

  for (let n = 1; n <= count; n++) {
    const robot = state.addUser(`robot-${n}`, atMs, { own: allow(['*'], ['*']) })
    hold(robot, atMs, usedMs)
    weak(fill, 'human-size-rights', { noun: 'user', native: robot.id, label: robot.name, sinceMs: atMs })
    const helper = state.addUser(`helper-${n}`, atMs, {
      own: allow(['s3:*'], [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]),
    })
    hold(helper, atMs, usedMs)
    fine(fill, 'human-size-rights', {
      noun: 'user',
      native: helper.id,
      label: helper.name,
      why: 'every act, on one bucket alone',
    })

    const week = company.nowMs - 7 * dayMs
    const keptOut = state.addUser(`newcomer-${n}`, week, { own: read })
    const letIn = state.addUser(`newcomer-b${n}`, week, { own: read })
    for (const user of [keptOut, letIn]) hold(user, week, null)
    say(bucket, 'Deny', keptOut.arn)
    say(second, 'Allow', letIn.arn)

    const stranger = `arn:aws:iam::4444${String(n).padStart(8, '0')}:root`
    const partner = role(`partner-${n}`, trust({ AWS: stranger }, 'sts:AssumeRole'))
    weak(fill, 'cross-account-trust', { noun: 'role', native: partner.id, label: partner.name, sinceMs: atMs })
    const checked = role(
      `checked-${n}`,
      trust({ AWS: stranger }, 'sts:AssumeRole', { StringEquals: { 'sts:ExternalId': `EXAMPLE-${n}` } }),
    )
    fine(fill, 'cross-account-trust', {
      noun: 'role',
      native: checked.id,
      label: checked.name,
      why: 'only with an external id',
    })
    const inside = role(`inside-${n}`, trust({ AWS: `arn:aws:iam::${state.account}:root` }, 'sts:AssumeRole'))
    fine(fill, 'cross-account-trust', {
      noun: 'role',
      native: inside.id,
      label: inside.name,
      why: 'the account trusts itself',
    })

    const open = role(`jobs-${n}`, federation(n % 2 === 0 ? 'repo:*' : `repo:a-stranger-${n}/deploy:*`))
    weak(fill, 'foreign-federation', { noun: 'role', native: open.id, label: open.name, sinceMs: atMs })
    const repo = company.repos[n % company.repos.length]?.name ?? ''
    const branch = role(`release-${n}`, federation(`repo:brightwater/${repo}:ref:refs/heads/main`))
    fine(fill, 'foreign-federation', {
      noun: 'role',
      native: branch.id,
      label: branch.name,
      why: 'one branch of a repository of our own',
    })
    const lambda = role(`worker-${n}`, trust({ Service: 'lambda.amazonaws.com' }, 'sts:AssumeRole'))
    fine(fill, 'foreign-federation', {
      noun: 'role',
      native: lambda.id,
      label: lambda.name,
      why: 'a service of AWS in this account',
    })
  }
}
