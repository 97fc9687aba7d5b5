import type { Json } from 'cordon/kit'

import { putObject } from '../../twins/aws/s3.ts'
import type { AwsState, Key, User } from '../../twins/aws/state.ts'
import { startAwsTwin } from '../../twins/aws/twin.ts'
import { dayMs, type Company, type Service } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import type { Part } from '../part.ts'
import { plantAws } from '../planted/aws.ts'
import { isOld, isUnused } from '../planted/kinds.ts'
import { draftOf, fine, tellIdentity, weak, type Draft } from '../truth.ts'
import { useAws } from '../use/aws.ts'

const externalId = 'brightwater-estate'
const management = '999900001111'
const database = 'prod/people-db'

const allow = (actions: string[], resources: string[] = ['*']): Json => ({
  Statement: [{ Effect: 'Allow', Action: actions, Resource: resources }],
})
const letIn = (arn: string, condition?: Json): Json => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: arn },
      Action: 'sts:AssumeRole',
      ...(condition === undefined ? {} : { Condition: condition }),
    },
  ],
})
const bucketArns = (names: readonly string[]): string[] =>
  names.flatMap((name) => [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`])

/** The company's account in the twin. */
export const aws: Part = async (company, at) => {
  const account = `5${String(company.seed % 100_000_000_000).padStart(11, '0')}`
  const twin = await startAwsTwin(account, at.clock)
  const { state, url } = twin
  const fill = fillAccount(state, company)
  const source = connectCordon(state, company, url)
  fill.counts = countsOf(state)
  const pasts = at.density > 0 ? useAws(twin, company, at.density) : {}
  return { url, fill: { ...fill, source, names: namesOf(state) }, pasts, close: () => twin.close() }
}

/** One account: customers' buckets, programs with keys, roles they become, secrets, and engineers with a console. */
export function fillAccount(state: AwsState, company: Company): Draft {
  const fill = draftOf('aws')
  fillThings(state, company)
  fillServices(state, company, fill)
  fillEngineers(state, company, fill)
  plantAws(state, company, fill, (user, createdMs, lastUsedMs) => {
    const key = state.addKey(user, createdMs)
    key.lastUsedMs = lastUsedMs
    hold(fill, company, user, key, { owner: user.name, lies: [] })
  })
  return fill
}

const interview = Buffer.from('{"says":"EXAMPLE"}')

function fillThings(state: AwsState, company: Company): void {
  const draw = drawOf(company.seed, 'aws/things')
  for (const { name, objects } of company.buckets) {
    state.addBucket(name, company.yearMs)
    for (let n = 1; n <= objects; n++)
      putObject(state.buckets, name, `interviews/${n}.json`, { bytes: interview, changedMs: company.yearMs })
  }
  state.addSecret(database, company.yearMs, `postgres://app:EXAMPLE-${draw.hex(16)}@db.${company.domain}/people`)
  for (const { slug } of company.customers) state.addSecret(`export/${slug}`, company.yearMs, `EXAMPLE-${draw.hex(24)}`)
  const role = state.addRole('nightly-export', company.yearMs, letIn('lambda.amazonaws.com'), {
    read: allow(['s3:GetObject', 's3:ListBucket'], bucketArns(company.buckets.map(({ name }) => name))),
  })
  state.addFunction('nightly-export', company.yearMs, role.arn)
}

const bucketsOf = ({ buckets }: Company, customer: number | null): string[] =>
  buckets.flatMap((one) => (customer === null || one.customer === customer ? [one.name] : []))

/** What a program may, by the resources it is for. */
function policyOf(company: Company, { rights, customer, slug }: Service, account: string): Json {
  const secret = (name: string): string => `arn:aws:secretsmanager:us-east-1:${account}:secret:${name}-*`
  const listed = ['s3:ListAllMyBuckets', 'secretsmanager:ListSecrets']
  if (rights === 'admin') return allow(['*'])
  if (rights === 'deploy') {
    const own = customer === null ? secret(database) : secret(`export/${company.customers[customer]?.slug ?? ''}`)
    return statements(listed, [['secretsmanager:GetSecretValue'], [own]])
  }
  const reads = ['s3:GetObject', 's3:ListBucket']
  const draw = drawOf(company.seed, `aws/policy/${slug}`)
  const names = rights === 'export' ? bucketsOf(company, customer) : draw.some(bucketsOf(company, null), 2)
  return statements(listed, [rights === 'export' ? [...reads, 's3:PutObject'] : reads, bucketArns(names)])
}
const statements = (anywhere: string[], [actions, resources]: [string[], string[]]): Json => ({
  Statement: [
    { Effect: 'Allow', Action: anywhere, Resource: '*' },
    ...(resources.length === 0 ? [] : [{ Effect: 'Allow', Action: actions, Resource: resources }]),
  ],
})

function fillServices(state: AwsState, company: Company, fill: Draft): void {
  for (const service of company.services) {
    if (service.vendor !== 'aws') continue
    const { slug, keyMs, lastUsedMs, lies } = service
    const user = state.addUser(slug, keyMs, { own: policyOf(company, service, state.account) })
    const key = state.addKey(user, keyMs)
    key.lastUsedMs = lastUsedMs
    hold(fill, company, user, key, { owner: slug, lies })
    tellIdentity(fill, { kind: 'service', noun: 'user', native: user.id, label: slug })
    if (service.rights === 'admin')
      weak(fill, 'human-size-rights', { noun: 'user', native: user.id, label: slug, sinceMs: keyMs })
    const held = lies.flatMap((place) => (place.at === 'host' ? [place.host] : []))
    const people = new Set(held.map((id) => company.hosts.find((host) => host.id === id)?.owner ?? null))
    people.delete(null)
    const plant = { noun: 'access-key', native: key.id, label: slug } as const
    if (people.size > 1) weak(fill, 'shared-key', { ...plant, sinceMs: keyMs })
    else if (held.length > 1) fine(fill, 'shared-key', { ...plant, why: 'on two servers of one program' })
  }
}

function hold(
  fill: Draft,
  { nowMs }: Company,
  user: User,
  key: Key,
  { owner, lies }: Pick<Service, 'lies'> & { owner: string },
): void {
  const { id: native, createdMs, lastUsedMs, secret: value } = key
  fill.credentials.push({
    id: `aws/key/${user.name}`,
    vendor: 'aws',
    kind: 'access-key',
    native,
    value,
    with: { id: native },
    owner,
    createdMs,
    lastUsedMs,
    lies,
  })
  const plant = { noun: 'access-key', native, label: user.name, sinceMs: createdMs } as const
  if (isOld(createdMs, nowMs)) weak(fill, 'old-key', plant)
  if (isUnused(createdMs, lastUsedMs, nowMs)) weak(fill, 'unused-key', plant)
  else if (lastUsedMs === null)
    fine(fill, 'unused-key', { noun: 'access-key', native, label: user.name, why: 'made this month' })
}

/** Engineers with a console password become `engineer`; owners are administrators themselves. */
function fillEngineers(state: AwsState, company: Company, fill: Draft): void {
  const admins = company.people.filter(({ admin }) => admin === 'owner' || admin === 'apps')
  const left = company.people.filter(({ leftAlive }) => leftAlive === 'aws')
  const engineers = company.people.filter(
    ({ kind, group, endMs, admin }) =>
      kind === 'staff' && endMs === null && admin === null && company.teams[group]?.engineers === true,
  )
  const some = engineers.slice(0, Math.max(3, Math.round(company.size.staff / 30)))
  const role = state.addRole(
    'engineer',
    company.yearMs,
    { Statement: [] },
    {
      look: allow(['s3:GetObject', 's3:ListBucket', 's3:ListAllMyBuckets', 'iam:ListUsers'], ['*']),
    },
  )
  const members: string[] = []
  for (const person of [...admins, ...left, ...some]) {
    const { n, email, startMs, endMs, factor } = person
    const isAdmin = admins.includes(person)
    const createdMs = Math.max(startMs, company.yearMs - 300 * dayMs)
    const policy = isAdmin ? allow(['*']) : allow(['sts:AssumeRole', 'iam:ListUsers'], ['*'])
    const user = state.addUser(email.split('@')[0] ?? email, createdMs, { own: policy })
    user.passwordMs = createdMs
    const device = factor === 'strong' ? `u2f/user/${user.name}/key-${n}` : `mfa/${user.name}`
    if (factor !== 'none')
      user.mfa.push({ serial: `arn:aws:iam::${state.account}:${device}`, enabledMs: createdMs + dayMs })
    fill.natives.set(n, user.id)
    const plant = { noun: 'user', native: user.id, label: email, person: n } as const
    if (isAdmin && factor !== 'strong') weak(fill, 'admin-without-strong-factor', { ...plant, sinceMs: createdMs })
    else if (isAdmin) fine(fill, 'admin-without-strong-factor', { ...plant, why: 'a security key is enrolled' })
    if (!isAdmin) members.push(user.arn)
    if (endMs === null) continue
    const key = state.addKey(user, createdMs + 2 * dayMs)
    key.lastUsedMs = endMs
    hold(fill, company, user, key, { owner: email, lies: [] })
    weak(fill, 'leaver-alive', { ...plant, sinceMs: endMs })
  }
  role.trust = JSON.stringify({
    Statement: [{ Effect: 'Allow', Principal: { AWS: members }, Action: 'sts:AssumeRole' }],
  })
}

/** Cordon's user and its roles, in the account and in the organisation's. */
export function connectCordon(state: AwsState, { nowMs }: Company, endpoint: string) {
  const atMs = nowMs - 30 * dayMs
  const cordon = state.addUser('cordon', atMs, { assume: allow(['sts:AssumeRole']) })
  const key = state.addKey(cordon, atMs)
  key.lastUsedMs = nowMs
  const trust = letIn(cordon.arn, { StringEquals: { 'sts:ExternalId': externalId } })
  const looks = [
    'iam:*',
    'sts:*',
    'cloudtrail:*',
    's3:*',
    'secretsmanager:ListSecrets',
    'secretsmanager:GetResourcePolicy',
    'lambda:*',
    'kms:*',
    'sqs:*',
  ]
  const see = state.addRole('cordon-see', atMs, trust, { see: allow(looks) })
  const contain = state.addRole('cordon-contain', atMs, trust, { contain: allow(['iam:*']) })
  const organization = state.addRole(
    'cordon-organization',
    atMs,
    trust,
    { scp: allow(['organizations:*']) },
    management,
  )
  const secrets = { accessKeyId: key.id, secretAccessKey: key.secret }
  return {
    connector: 'aws',
    config: {
      account: state.account,
      seeRoleArn: see.arn,
      containRoleArn: contain.arn,
      organizationRoleArn: organization.arn,
      externalId,
      endpoint,
    },
    see: secrets,
    contain: secrets,
  }
}

const namesOf = (state: AwsState): Record<string, string[]> => ({
  buckets: [...state.buckets.keys()],
  objects: ['interviews/1.json'],
  secrets: [...state.secrets.keys()],
  roles: [...state.roles.keys()],
})

export function countsOf(state: AwsState): Record<string, number> {
  const users = [...state.users.values()]
  return {
    users: users.length,
    roles: [...state.roles.values()].filter(({ arn }) => arn.includes(`::${state.account}:`)).length,
    keys: users.reduce((sum, { keys }) => sum + keys.length, 0),
    passwords: users.filter(({ passwordMs }) => passwordMs !== undefined).length,
    factors: users.reduce((sum, { mfa }) => sum + mfa.length, 0),
    buckets: state.buckets.size,
    secrets: state.secrets.size,
    functions: state.functions.size,
  }
}
