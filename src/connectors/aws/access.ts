import { readIamArn } from './names.ts'
import type { Policy } from './policy.ts'
import type { Account, Principal } from './principals.ts'
import { evaluate, type Policies, type Request, type Verdict } from './rights.ts'
import type { Row } from './rows.ts'

/** What could be done with what there is: the actions that stand for a right, and on which ARN they are asked. */
export type Things = { buckets: readonly string[]; secrets: readonly string[]; functions: readonly string[] }
type RightRow = Row<'right'>

const kinds: Record<keyof Things, { type: RightRow['type']; action: string; suffix: string }[]> = {
  buckets: [
    { type: 'CAN_READ', action: 's3:GetObject', suffix: '/' },
    { type: 'CAN_WRITE', action: 's3:PutObject', suffix: '/' },
    { type: 'CAN_ADMIN', action: 's3:PutBucketPolicy', suffix: '' },
  ],
  secrets: [
    { type: 'CAN_READ', action: 'secretsmanager:GetSecretValue', suffix: '' },
    { type: 'CAN_WRITE', action: 'secretsmanager:PutSecretValue', suffix: '' },
    { type: 'CAN_ADMIN', action: 'secretsmanager:PutResourcePolicy', suffix: '' },
  ],
  functions: [{ type: 'CAN_WRITE', action: 'lambda:UpdateFunctionCode', suffix: '' }],
}
/** Each of these is the way to all the others. */
const selfRaising = {
  user: ['iam:AttachUserPolicy', 'iam:PutUserPolicy'],
  role: ['iam:AttachRolePolicy', 'iam:PutRolePolicy'],
} as const

/** Every right of every principal of an account that can be told from its policies. Pure. */
export function rightsOf(
  account: string,
  { principals, managed }: Account,
  scps: readonly Policy[][],
  things: Things,
): RightRow[] {
  const groups = new Map(principals.flatMap((one) => (one.noun === 'group' ? [[one.name, one] as const] : [])))
  const beings = principals.filter(({ noun }) => noun !== 'group')
  const rows: RightRow[] = []
  for (const being of beings) {
    const sources = [being, ...being.groups.flatMap((name) => groups.get(name) ?? [])]
    const policies = policiesOf(sources, managed, scps)
    const ask = (action: string, resource: string, more: Partial<Policies> = {}, isTrust = false): Verdict =>
      evaluate({ ...policies, ...more }, requestOf(account, being, action, resource), { isTrust })
    const say = (type: RightRow['type'], to: string, verdict: Verdict, note: string): void => {
      if (verdict !== 'deny') rows.push({ from: being.id, type, to, conditional: verdict === 'maybe', note })
    }
    for (const action of selfRaising[being.noun === 'role' ? 'role' : 'user']) {
      say('CAN_ADMIN', 'account', ask(action, being.arn), action)
    }
    for (const kind of ['buckets', 'secrets', 'functions'] as const) {
      for (const arn of things[kind]) {
        for (const { type, action, suffix } of kinds[kind]) {
          say(
            type,
            arn,
            suffix === '' ? ask(action, arn) : inside(policies, `${arn}${suffix}`, (object) => ask(action, object)),
            action,
          )
        }
      }
    }
    for (const other of beings) {
      if (other === being) continue
      if (other.noun === 'user') say('ASSUMES', other.id, ask('iam:CreateAccessKey', other.arn), 'iam:CreateAccessKey')
      else if (other.trust !== undefined) {
        say('ASSUMES', other.id, ask('sts:AssumeRole', other.arn, { resource: other.trust }, true), 'sts:AssumeRole')
        say('ASSUMES', other.id, ask('iam:UpdateAssumeRolePolicy', other.arn), 'iam:UpdateAssumeRolePolicy')
      }
    }
  }
  return rows
}

function policiesOf(sources: readonly Principal[], managed: Account['managed'], scps: readonly Policy[][]): Policies {
  const [being] = sources
  const attached = (arn: string): Policy => managed.get(arn) ?? []
  return {
    identity: sources.flatMap((one) => [...one.inline.map(({ policy }) => policy), ...one.attached.map(attached)]),
    ...(being?.boundary === undefined ? {} : { boundary: attached(being.boundary) }),
    scps,
  }
}

function requestOf(account: string, { noun, name, arn, id }: Principal, action: string, resource: string): Request {
  return {
    principal: arn,
    account,
    action,
    resource,
    context: {
      'aws:principalarn': arn,
      'aws:principalaccount': account,
      ...(noun === 'user' ? { 'aws:username': name, 'aws:userid': id } : {}),
    },
  }
}

/** Of all that lies in a bucket: sure when any object may be had, `maybe` when those of some prefix may. */
function inside(policies: Policies, prefix: string, ask: (object: string) => Verdict): Verdict {
  const whole = ask(`${prefix}\u0001`)
  if (whole !== 'deny') return whole
  const named = policies.identity.flatMap((policy) => policy.flatMap(({ resources = [] }) => resources))
  const examples = named.filter((pattern) => pattern.startsWith(prefix)).map((pattern) => pattern.replace(/[*?]/g, 'x'))
  return examples.some((object) => ask(object) !== 'deny') ? 'maybe' : 'deny'
}

/** Who else a role's trust policy lets in: other accounts, services, federations. */
export function trustsOf(account: string, role: Principal): Row<'trust'>[] {
  return (role.trust ?? []).flatMap(({ effect, principals = [], conditions }) =>
    effect !== 'Allow'
      ? []
      : principals.flatMap((principal) => {
          if (readIamArn(principal)?.account === account || principal.includes(`:${account}:`) || principal === account)
            return []
          const keys = Object.values(conditions).flatMap((one) => Object.keys(one))
          const isConditional = keys.length > 0
          return [
            {
              role: role.id,
              principal,
              conditional: isConditional,
              note: isConditional ? `if ${keys.join(', ')}` : 'always',
            },
          ]
        }),
  )
}
