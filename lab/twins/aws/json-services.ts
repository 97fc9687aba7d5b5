import type { Json, JsonObject } from 'cordon/kit'

import { withPast } from '../kit/past.ts'
import { Lagging } from './lagging.ts'
import type { AwsState, Scp, Secret } from './state.ts'

export type JsonAsk = { state: AwsState; body: JsonObject; nowMs: number }
/** `refused`: the code of a refusal. */
export type JsonAnswer = JsonObject
const word = (body: JsonObject, name: string): string => (typeof body[name] === 'string' ? body[name] : '')
const summary = ({ id, name, kind }: Scp): Json => ({
  Id: id,
  Name: name,
  Type: kind,
  AwsManaged: id === 'p-FullAWSAccess',
})
const withPolicy =
  (act: (scp: Scp, ask: JsonAsk) => JsonAnswer) =>
  (ask: JsonAsk): JsonAnswer => {
    const scp = ask.state.scps.get(word(ask.body, 'PolicyId'))
    return scp === undefined ? { refused: 'PolicyNotFoundException' } : act(scp, ask)
  }

/** Service control policies that may lie on one target. */
const attachedMax = 5

export const organizations: Readonly<Record<string, (ask: JsonAsk) => JsonAnswer>> = {
  ListPolicies: ({ state, body }) => ({
    Policies: [...state.scps.values()].filter(({ kind }) => kind === body['Filter']).map(summary),
  }),
  ListPoliciesForTarget: ({ state, body }) => ({
    Policies: [...state.scps.values()]
      .filter(({ kind, targets }) => kind === body['Filter'] && targets.shown().has(word(body, 'TargetId')))
      .map(summary),
  }),
  ListParents: () => ({ Parents: [{ Id: 'r-exam', Type: 'ROOT' }] }),
  DescribePolicy: withPolicy((scp) => ({ Policy: { PolicySummary: summary(scp), Content: scp.content.shown() } })),
  CreatePolicy({ state, body, nowMs }) {
    if ([...state.scps.values()].some(({ name }) => name === word(body, 'Name')))
      return { refused: 'DuplicatePolicyException' }
    const id = `p-${state.next('').toLowerCase()}`
    const scp: Scp = {
      id,
      name: word(body, 'Name'),
      kind: 'SERVICE_CONTROL_POLICY',
      content: new Lagging(word(body, 'Content'), nowMs),
      targets: new Lagging<ReadonlySet<string>>(new Set()),
    }
    state.scps.set(id, scp)
    return { Policy: { PolicySummary: summary(scp), Content: scp.content.shown() } }
  },
  UpdatePolicy: withPolicy((scp, { body, nowMs }) => {
    scp.content.set(word(body, 'Content'), nowMs)
    return { Policy: { PolicySummary: summary(scp), Content: scp.content.shown() } }
  }),
  DeletePolicy: withPolicy((scp, { state }) => {
    if (scp.targets.shown().size > 0) return { refused: 'PolicyInUseException' }
    state.scps.delete(scp.id)
    return {}
  }),
  AttachPolicy: withPolicy((scp, { state, body, nowMs }) => {
    const target = word(body, 'TargetId')
    if (scp.targets.shown().has(target)) return { refused: 'DuplicatePolicyAttachmentException' }
    const attached = [...state.scps.values()].filter(({ targets }) => targets.shown().has(target))
    if (attached.length >= attachedMax) return { refused: 'ConstraintViolationException' }
    scp.targets.set(new Set([...scp.targets.shown(), target]), nowMs)
    return {}
  }),
  DetachPolicy: withPolicy((scp, { body, nowMs }) => {
    if (!scp.targets.shown().has(word(body, 'TargetId'))) return { refused: 'PolicyNotAttachedException' }
    scp.targets.set(new Set([...scp.targets.shown()].filter((one) => one !== word(body, 'TargetId'))), nowMs)
    return {}
  }),
}

export const cloudtrail: Readonly<Record<string, (ask: JsonAsk) => JsonAnswer>> = {
  /** Newest first, as many as asked for, of what CloudTrail has delivered by now. */
  LookupEvents({ state, body, nowMs }) {
    const [from, to, max] = [body['StartTime'], body['EndTime'], body['MaxResults']].map(Number)
    const bounds = { fromMs: (from || 0) * 1000, toMs: Math.min((to || Infinity) * 1000, nowMs) }
    const found = state.trail
      .filter(({ atMs, visibleMs }) => visibleMs <= nowMs && atMs >= bounds.fromMs && atMs <= bounds.toMs)
      .sort((a, b) => b.atMs - a.atMs)
    const cursor = word(body, 'NextToken') || null
    const ask = { ...bounds, order: 'desc', cursor, max: max || 50 } as const
    const { rows, next } = withPast(state.past, ask, (after, size) => {
      const start = Number(after ?? 0)
      const isMore = start + size < found.length
      return {
        rows: found.slice(start, start + size).map(({ raw }) => raw),
        next: isMore ? String(start + size) : null,
      }
    })
    const Events = rows.map((raw) => ({
      EventId: word(raw, 'eventID'),
      EventName: word(raw, 'eventName'),
      EventTime: Date.parse(word(raw, 'eventTime')) / 1000,
      CloudTrailEvent: JSON.stringify(raw),
    }))
    return { Events, ...(next === null ? {} : { NextToken: next }) }
  },
}
const secretOf = ({ state, body }: JsonAsk): Secret | undefined =>
  [...state.secrets.values()].find(({ name, arn }) => [name, arn].includes(word(body, 'SecretId')))
const withSecret =
  (act: (secret: Secret, ask: JsonAsk) => JsonAnswer) =>
  (ask: JsonAsk): JsonAnswer => {
    const secret = secretOf(ask)
    return secret === undefined ? { refused: 'ResourceNotFoundException' } : act(secret, ask)
  }
/** One version is current, and the one before it previous: a stage stands at one version only. */
function makeCurrent(secret: Secret, id: string, nowMs: number): void {
  for (const version of secret.versions.values()) {
    const wasCurrent = version.stages.includes('AWSCURRENT')
    version.stages = wasCurrent ? ['AWSPREVIOUS'] : []
  }
  const version = secret.versions.get(id)
  if (version === undefined) return
  version.stages = ['AWSCURRENT']
  secret.value = version.value
  secret.changedMs = nowMs
}

export const secretsmanager: Readonly<Record<string, (ask: JsonAsk) => JsonAnswer>> = {
  DescribeSecret: withSecret(({ arn, name, changedMs, versions }) => ({
    ARN: arn,
    Name: name,
    LastChangedDate: changedMs / 1000,
    VersionIdsToStages: Object.fromEntries(
      [...versions].filter(([, { stages }]) => stages.length > 0).map(([id, { stages }]) => [id, stages]),
    ),
  })),
  PutSecretValue: withSecret((secret, { body, nowMs }) => {
    const id = word(body, 'ClientRequestToken')
    if (id.length < 32 || id.length > 64) return { refused: 'InvalidParameterException' }
    const value = word(body, 'SecretString')
    const known = secret.versions.get(id)
    if (known !== undefined && known.value !== value) return { refused: 'ResourceExistsException' }
    if (known === undefined) {
      secret.versions.set(id, { value, stages: [] })
      makeCurrent(secret, id, nowMs)
    }
    return { ARN: secret.arn, Name: secret.name, VersionId: id }
  }),
  UpdateSecretVersionStage: withSecret((secret, { body, nowMs }) => {
    const [to, from] = ['MoveToVersionId', 'RemoveFromVersionId'].map((name) => word(body, name))
    const isAt = (id = ''): boolean => secret.versions.get(id)?.stages.includes(word(body, 'VersionStage')) === true
    if (!secret.versions.has(to ?? '') || !isAt(from)) return { refused: 'InvalidParameterException' }
    makeCurrent(secret, to ?? '', nowMs)
    return { ARN: secret.arn, Name: secret.name }
  }),
  GetResourcePolicy: withSecret(({ arn, name }, { state }) => {
    const policy = state.resourcePolicies.get(arn)
    return { ARN: arn, Name: name, ...(policy === undefined ? {} : { ResourcePolicy: policy }) }
  }),
  ListSecrets({ state, body }) {
    const all = [...state.secrets.values()]
    const token = word(body, 'NextToken')
    const from = token === '' ? 0 : Number(/^place-(\d+)$/.exec(token)?.[1] ?? NaN)
    if (Number.isNaN(from)) return { refused: 'InvalidNextTokenException' }
    const to = from + (typeof body['MaxResults'] === 'number' ? body['MaxResults'] : 100)
    const SecretList = all
      .slice(from, to)
      .map(({ arn, name, createdMs }) => ({ ARN: arn, Name: name, CreatedDate: createdMs / 1000 }))
    return { SecretList, ...(to < all.length ? { NextToken: `place-${to}` } : {}) }
  },
  GetSecretValue: withSecret((secret) => ({ ARN: secret.arn, Name: secret.name, SecretString: secret.value })),
}
export const kms: Readonly<Record<string, (ask: JsonAsk) => JsonAnswer>> = {
  ListKeys: ({ state }) => ({
    Keys: [...state.keys].map((KeyArn) => ({ KeyId: KeyArn.split('/').at(-1) ?? '', KeyArn })),
    Truncated: false,
  }),
  GetKeyPolicy({ state, body }) {
    const policy = state.resourcePolicies.get(word(body, 'KeyId'))
    return policy === undefined ? { refused: 'NotFoundException' } : { Policy: policy, PolicyName: 'default' }
  },
}
export const refusedCode = ({ refused }: JsonAnswer): string | undefined =>
  typeof refused === 'string' ? refused : undefined
