import { createCorrelator, createEngine, type EventLogsource, type SigmaEvent, type SigmaRules } from '#detect/sigma'

/** Ordinary work that looks like an attack. `everySeconds`: between one record and the next. */
export type Decoy = { name: string; logsource: EventLogsource; everySeconds: number; events: SigmaEvent[] }

const startMs = Date.UTC(2026, 2, 2, 8)
const times = (count: number, make: (n: number) => SigmaEvent): SigmaEvent[] =>
  Array.from({ length: count }, (_, n) => make(n))
const of = (product: string, service: string): EventLogsource => ({ product, category: 'cloud', service })

const deployer = {
  type: 'AssumedRole',
  arn: 'arn:aws:sts::111122223333:assumed-role/deploy/run',
  accessKeyId: 'ASIAEXAMPLE',
  sessionContext: { sessionIssuer: { type: 'Role', userName: 'deploy' } },
}
const aws = (source: string, eventName: string, requestParameters: object, more: object = {}): SigmaEvent => ({
  eventSource: `${source}.amazonaws.com`,
  eventName,
  eventType: 'AwsApiCall',
  sourceIPAddress: '198.51.100.7',
  userAgent: 'Boto3/1.35.0',
  userIdentity: deployer,
  requestParameters,
  ...more,
})
const okta = (eventType: string, person: number): SigmaEvent => ({
  eventType,
  actor: { id: 'sync', type: 'SystemPrincipal', alternateId: 'system@okta.com' },
  client: { ipAddress: '198.51.100.8' },
  outcome: { result: 'SUCCESS' },
  target: [{ id: `00u${person}`, type: 'User' }],
})

export const decoys: readonly Decoy[] = [
  {
    name: 'access keys are changed, as each quarter',
    logsource: of('aws', 'cloudtrail'),
    everySeconds: 20,
    events: times(60, (n) => {
      const name = ['CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey'][n % 3] ?? ''
      return aws('iam', name, { userName: `service-${Math.floor(n / 3)}` })
    }),
  },
  {
    name: 'somebody new clones the thirty repositories of the team',
    logsource: of('github', 'audit'),
    everySeconds: 15,
    events: times(30, (n) => ({
      action: 'git.clone',
      actor: 'new-here',
      repo: `example/repository-${n}`,
      hashed_token: 'bmV3',
      user_agent: 'git/2.47',
    })),
  },
  {
    name: "the nightly export into a customer's bucket",
    logsource: of('aws', 'cloudtrail'),
    everySeconds: 1,
    events: times(2000, (n) =>
      aws('s3', n % 2 === 0 ? 'GetObject' : 'PutObject', { bucketName: 'exports', key: `video-${n}` }),
    ),
  },
  {
    name: 'a deployment reads forty secrets and makes what it needs',
    logsource: of('aws', 'cloudtrail'),
    everySeconds: 2,
    events: [
      ...times(40, (n) =>
        aws(
          'secretsmanager',
          'GetSecretValue',
          { secretId: `secret-${n}` },
          { userAgent: 'HashiCorp Terraform/1.9.5' },
        ),
      ),
      aws('iam', 'CreateRole', {
        roleName: 'worker',
        assumeRolePolicyDocument: '{"Statement":[{"Principal":{"Service":"ecs-tasks.amazonaws.com"}}]}',
      }),
      aws('iam', 'AttachRolePolicy', {
        roleName: 'worker',
        policyArn: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess',
      }),
      aws('lambda', 'UpdateFunctionCode20150331v2', { functionName: 'worker' }),
      aws('logs', 'DeleteLogGroup', { logGroupName: '/ecs/old-worker' }),
    ],
  },
  {
    name: 'four thousand contractors begin on one day',
    logsource: of('okta', 'okta'),
    everySeconds: 5,
    events: ['user.lifecycle.create', 'group.user_membership.add', 'user.mfa.factor.activate'].flatMap((type) =>
      times(4000, (n) => okta(type, n)),
    ),
  },
  {
    name: 'contractors of one office mistype their passwords on a Monday',
    logsource: of('okta', 'okta'),
    everySeconds: 90,
    events: times(40, (n) => ({
      eventType: 'user.session.start',
      actor: { id: `00u${n}`, alternateId: `contractor-${n}@example.com` },
      client: { ipAddress: '198.51.100.9' },
      outcome: { result: 'FAILURE', reason: 'INVALID_CREDENTIALS' },
    })),
  },
  {
    name: 'the controllers of a cluster start again',
    logsource: of('kubernetes', 'audit'),
    everySeconds: 1,
    events: ['kube-system:cilium', 'argocd:controller', 'cert-manager:cainjector', 'external-secrets:operator'].flatMap(
      (account) =>
        ['list', 'watch'].map((verb) => ({
          verb,
          user: { username: `system:serviceaccount:${account}` },
          userAgent: `${account.split(':')[1]}/v1`,
          objectRef: { resource: 'secrets', apiVersion: 'v1' },
          sourceIPs: ['10.0.3.4'],
          responseStatus: { code: 200 },
        })),
    ),
  },
  {
    name: 'a service of thirty copies calls the AI gateway with its one key',
    logsource: of('litellm', 'requests'),
    everySeconds: 1,
    events: times(300, (n) => ({
      hash: 'a1b2',
      ip: `10.0.4.${n % 30}`,
      status: 'success',
      model: 'm',
      call_type: 'acompletion',
    })),
  },
]

/** Titles of what is told of a decoy, by the level of the rule. */
export function toldOf(
  loaded: Pick<SigmaRules, 'rules' | 'correlations'>,
  decoy: Decoy,
): { level: string | null; title: string }[] {
  const engine = createEngine(loaded.rules)
  const correlator = createCorrelator(loaded.correlations)
  const alone = decoy.events.flatMap((event, ref) => {
    const rules = engine.match(event, decoy.logsource)
    const timeMs = startMs + ref * decoy.everySeconds * 1000
    const found = correlator.observe({ timeMs, id: String(ref).padStart(6, '0'), ref, event, rules })
    return [...rules.filter(({ alerts }) => alerts), ...found]
  })
  return [...alone, ...correlator.advance(Infinity)].map(({ level, title }) => ({ level, title }))
}
