import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { canonicalJson, createHttp, isObject, parseJson, type Http, type Json, type JsonObject } from '#kit'
import { entityId, isEntityId, type EntityId } from '#model'
import { awsActions, awsConnector, awsLeases, awsOrigins, type AwsConfig } from '#connectors/aws'
import { lending } from '#respond/contract'

import { startAwsTwin } from '../../lab/twins/aws/twin.ts'
import { TwinClock } from '../../lab/twins/kit/clock.ts'
import { applied } from '../conformance/apply.ts'
import { openStages, verbIn } from '../conformance/cordon.ts'
import { pathsOf, skip, startAwsOracle, type AwsOracle, type Held } from './aws-oracle.ts'

// The same company in moto, which we did not write, and in our twin. Cordon looks and acts in both; AWS's own description
// reads every answer, and what the twin says that moto does not is named here.
const externalId = 'pinecone'
const allow = (...actions: string[]): JsonObject => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
})
const letIn = (arn: string, isCordon = true): JsonObject => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: arn },
      Action: 'sts:AssumeRole',
      ...(isCordon ? { Condition: { StringEquals: { 'sts:ExternalId': externalId } } } : {}),
    },
  ],
})
const rights = {
  see: allow('iam:*', 'sts:*', 's3:*', 'secretsmanager:*', 'lambda:*', 'kms:*', 'sqs:*'),
  contain: allow('iam:*', 'sts:*'),
  organization: allow('organizations:*', 'sso:*', 'identitystore:*'),
  admin: allow('iam:ListUsers'),
  ci: allow('iam:*', 'sts:*'),
}

/** Of the clerk by a policy that is attached, of the filer by one that lies in the user. */
const readPeople = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::people/*' }],
}
/** A bucket keeps `ci` out; a key and a queue let another account in. */
const partner = '444455556666'
const said = (effect: string, principal: string, action: string, resource: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: effect, Principal: { AWS: principal }, Action: action, Resource: resource }],
  })
const shares = (account: string) => ({
  people: said('Deny', `arn:aws:iam::${account}:user/ci`, 's3:GetObject', 'arn:aws:s3:::people/*'),
  key: said('Allow', `arn:aws:iam::${partner}:root`, 'kms:Decrypt', '*'),
  jobs: said('Allow', `arn:aws:iam::${partner}:root`, 'sqs:SendMessage', `arn:aws:sqs:us-east-1:${account}:jobs`),
  secret: said('Allow', `arn:aws:iam::${account}:user/ci`, 'secretsmanager:GetSecretValue', '*'),
})

/** What Identity Center makes of a permission set in the account; nobody else may assume it. */
const reserved = { path: 'aws-reserved/sso.amazonaws.com', name: 'AWSReservedSSO_Admin_0123456789abcdef' }
const closed: JsonObject = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
}

type Place = {
  url: string
  account: string
  management: string
  own: Held
  ci: Held
  ciId: string
  clerkId: string
  filerId: string
  deployId: string
  nightlyId: string
  keyId: string
}
const textIn = (value: Json | undefined, ...path: string[]): string => {
  let here: unknown = value
  for (const name of path) here = isObject(here) ? here[name] : undefined
  assert.ok(typeof here === 'string', path.join('.'))
  return here
}

/** moto gives each member account the role it is founded with. */
const founder = 'OrganizationAccountAccessRole'

/** In moto by AWS's own client, as an administrator of a member account would. */
async function foundInMoto(oracle: AwsOracle): Promise<Place> {
  await oracle.call('organizations', 'create_organization', { FeatureSet: 'ALL' })
  const made = await oracle.call('organizations', 'create_account', { Email: 'a@example.com', AccountName: 'prod' })
  const account = textIn(made, 'CreateAccountStatus', 'AccountId')
  const management = textIn(await oracle.call('sts', 'get_caller_identity', {}), 'Account')
  const assume = { RoleArn: `arn:aws:iam::${account}:role/${founder}`, RoleSessionName: 'found' }
  const root = (await oracle.call('sts', 'assume_role', assume))['Credentials']
  const keys = {
    accessKeyId: textIn(root, 'AccessKeyId'),
    secretAccessKey: textIn(root, 'SecretAccessKey'),
    sessionToken: textIn(root, 'SessionToken'),
  }
  const inside = async (service: string, operation: string, args: JsonObject): Promise<JsonObject> => {
    const answer = await oracle.call(service, operation, args, { keys })
    assert.equal(answer['refused'], undefined, operation)
    return answer
  }
  const user = async (name: string, policy: JsonObject) => {
    const id = textIn(await inside('iam', 'create_user', { UserName: name }), 'User', 'UserId')
    await inside('iam', 'put_user_policy', { UserName: name, PolicyName: name, PolicyDocument: JSON.stringify(policy) })
    const key = (await inside('iam', 'create_access_key', { UserName: name }))['AccessKey']
    return { id, held: { accessKeyId: textIn(key, 'AccessKeyId'), secretAccessKey: textIn(key, 'SecretAccessKey') } }
  }
  const role = async (name: string, trust: JsonObject, policy: JsonObject, where: typeof inside = inside) => {
    const args = { RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }
    const id = textIn(await where('iam', 'create_role', args), 'Role', 'RoleId')
    await where('iam', 'put_role_policy', { RoleName: name, PolicyName: name, PolicyDocument: JSON.stringify(policy) })
    return id
  }
  const cordon = await user('cordon', allow('sts:AssumeRole'))
  const ci = await user('ci', rights.ci)
  const arn = (name: string): string => `arn:aws:iam::${account}:user/${name}`
  const clerk = textIn(await inside('iam', 'create_user', { UserName: 'clerk' }), 'User', 'UserId')
  const document = { PolicyName: 'ReadPeople', PolicyDocument: JSON.stringify(readPeople) }
  const PolicyArn = textIn(await inside('iam', 'create_policy', document), 'Policy', 'Arn')
  await inside('iam', 'attach_user_policy', { UserName: 'clerk', PolicyArn })
  const filer = textIn(await inside('iam', 'create_user', { UserName: 'filer' }), 'User', 'UserId')
  await inside('iam', 'put_user_policy', { ...document, UserName: 'filer', PolicyName: 'filer' })
  const deployId = await role('deploy', letIn(arn('ci'), false), allow('iam:ListUsers'))
  const nightlyId = await role('nightly', letIn(arn('ci'), false), allow('sts:AssumeRole'))
  await role('cordon-see', letIn(arn('cordon')), rights.see)
  await role('cordon-contain', letIn(arn('cordon')), rights.contain)
  await role('cordon-organization', letIn(arn('cordon')), rights.organization, (...args) => oracle.call(...args))
  await inside('iam', 'create_login_profile', { UserName: 'ci', Password: 'EXAMPLE-1-password' })
  await inside('s3', 'create_bucket', { Bucket: 'people' })
  await inside('secretsmanager', 'create_secret', { Name: 'prod/db', SecretString: 'EXAMPLE' })
  const { people, key, jobs, secret } = shares(account)
  await inside('s3', 'put_bucket_policy', { Bucket: 'people', Policy: people })
  await inside('secretsmanager', 'put_resource_policy', { SecretId: 'prod/db', ResourcePolicy: secret })
  await inside('sqs', 'create_queue', { QueueName: 'jobs', Attributes: { Policy: jobs } })
  const keyId = textIn(await inside('kms', 'create_key', { Policy: key }), 'KeyMetadata', 'KeyId')
  const named = {
    RoleName: reserved.name,
    Path: `/${reserved.path}/`,
    AssumeRolePolicyDocument: JSON.stringify(closed),
  }
  await inside('iam', 'create_role', named)
  const look = { PolicyName: 'admin', PolicyDocument: JSON.stringify(rights.admin) }
  await inside('iam', 'put_role_policy', { RoleName: reserved.name, ...look })
  await foundCenterInMoto(oracle, account)
  const roles = { deployId, nightlyId }
  return {
    url: oracle.url,
    account,
    management,
    own: cordon.held,
    ci: ci.held,
    ciId: ci.id,
    clerkId: clerk,
    filerId: filer,
    ...roles,
    keyId,
  }
}

/** In the management account: ada is let in by herself, grace by her group. */
async function foundCenterInMoto(oracle: AwsOracle, account: string): Promise<void> {
  const center = async (operation: string, args: JsonObject): Promise<JsonObject> => {
    const answer = await oracle.call('sso-admin', operation, args)
    assert.equal(answer['refused'], undefined, operation)
    return answer
  }
  const { Instances: instances } = await center('list_instances', {})
  const [instance] = Array.isArray(instances) ? instances : []
  const [InstanceArn, IdentityStoreId] = [textIn(instance, 'InstanceArn'), textIn(instance, 'IdentityStoreId')]
  const inStore = async (operation: string, args: JsonObject): Promise<JsonObject> => {
    const answer = await oracle.call('identitystore', operation, { IdentityStoreId, ...args })
    assert.equal(answer['refused'], undefined, operation)
    return answer
  }
  const person = async (name: string): Promise<string> => {
    const Emails = [{ Value: `${name}@example.com`, Type: 'work', Primary: true }]
    const Name = { GivenName: name, FamilyName: name }
    const made = await inStore('create_user', { UserName: name, DisplayName: name, Name, Emails })
    return textIn(made, 'UserId')
  }
  const [ada, grace] = [await person('ada'), await person('grace')]
  const GroupId = textIn(await inStore('create_group', { DisplayName: 'engineers' }), 'GroupId')
  await inStore('create_group_membership', { GroupId, MemberId: { UserId: grace } })
  const made = await center('create_permission_set', { InstanceArn, Name: 'Admin', SessionDuration: 'PT8H' })
  const PermissionSetArn = textIn(made, 'PermissionSet', 'PermissionSetArn')
  const into = { InstanceArn, PermissionSetArn, TargetId: account, TargetType: 'AWS_ACCOUNT' }
  await center('create_account_assignment', { ...into, PrincipalType: 'USER', PrincipalId: ada })
  await center('create_account_assignment', { ...into, PrincipalType: 'GROUP', PrincipalId: GroupId })
  await center('provision_permission_set', { InstanceArn, PermissionSetArn, TargetType: 'ALL_PROVISIONED_ACCOUNTS' })
}

async function foundInTwin(account: string, management: string, keyId: string) {
  const clock = new TwinClock(Date.now())
  const twin = await startAwsTwin(account, clock)
  const { state } = twin
  const now = clock.nowMs()
  const held = ({ id, secret }: { id: string; secret: string }): Held => ({ accessKeyId: id, secretAccessKey: secret })
  const cordon = state.addUser('cordon', now, { cordon: allow('sts:AssumeRole') })
  const ci = state.addUser('ci', now, { ci: rights.ci })
  const clerk = state.addUser('clerk', now)
  const attached = `arn:aws:iam::${account}:policy/ReadPeople`
  state.managed.set(attached, JSON.stringify(readPeople))
  clerk.attached.set(new Set([attached]), 0)
  const filer = state.addUser('filer', now, { filer: readPeople })
  const deploy = state.addRole('deploy', now, letIn(ci.arn, false), { deploy: allow('iam:ListUsers') })
  const nightly = state.addRole('nightly', now, letIn(ci.arn, false), { nightly: allow('sts:AssumeRole') })
  state.addRole('cordon-see', now, letIn(cordon.arn), { 'cordon-see': rights.see })
  state.addRole('cordon-contain', now, letIn(cordon.arn), { 'cordon-contain': rights.contain })
  const organization = { 'cordon-organization': rights.organization }
  state.addRole('cordon-organization', now, letIn(cordon.arn), organization, management)
  ci.passwordMs = now
  state.addBucket('people', now)
  const secret = state.addSecret('prod/db', now, 'EXAMPLE')
  const told = shares(account)
  const { resourcePolicies } = state
  resourcePolicies.set('arn:aws:s3:::people', told.people)
  resourcePolicies.set(secret.arn, told.secret)
  resourcePolicies.set(state.addQueue('jobs'), told.jobs)
  resourcePolicies.set(state.addEncryptionKey(keyId), told.key)
  const { center } = state
  const set = center.addSet(state, 'Admin', now, { admin: rights.admin })
  const role = center.sets.get(set)?.role ?? assert.fail()
  role.trust = JSON.stringify(closed)
  const [ada, grace] = [center.addUser('ada'), center.addUser('grace')]
  center.assignments.push(
    { set, type: 'USER', principal: ada.id },
    { set, type: 'GROUP', principal: center.addGroup('engineers', [grace]) },
  )
  const [own, ciKey] = [held(state.addKey(cordon, now)), held(state.addKey(ci, now))]
  const roles = { deployId: deploy.id, nightlyId: nightly.id }
  const place: Place = {
    url: twin.url,
    account,
    management,
    own,
    ci: ciKey,
    ciId: ci.id,
    clerkId: clerk.id,
    filerId: filer.id,
    ...roles,
    keyId,
  }
  return { ...place, stop: twin.close, pass: () => clock.pass(state.lagMs) }
}

type Exchange = { service: string; operation: string; status: number; headers: JsonObject; body: string }

/** Cordon around one of the two, and every exchange it has. */
function openAt({ url, account, management, own }: Place, before: (operation: string) => Promise<unknown>) {
  const config: AwsConfig = awsConnector.config.parse({
    account,
    seeRoleArn: `arn:aws:iam::${account}:role/cordon-see`,
    containRoleArn: `arn:aws:iam::${account}:role/cordon-contain`,
    organizationRoleArn: `arn:aws:iam::${management}:role/cordon-organization`,
    identityCenter: { region: 'us-east-1', roleArn: `arn:aws:iam::${management}:role/cordon-organization` },
    externalId,
    endpoint: url,
  })
  const origins = awsOrigins(config)
  const plain = createHttp(origins)
  const exchanges: Exchange[] = []
  const base: Http = {
    async request(to, request) {
      const [, , signedFor = ''] = (request?.headers?.['authorization'] ?? '').split('/').slice(1)
      // Described under another name than it is signed for.
      const service = signedFor === 'sso' ? 'sso-admin' : signedFor
      const sent = typeof request?.body === 'string' ? request.body : ''
      const target = request?.headers?.['x-amz-target']?.split('.').at(-1)
      const operation = target ?? new URLSearchParams(sent).get('Action') ?? operationOf(new URL(to))
      await before(operation)
      const response = await plain.request(to, request)
      const headers = { 'content-type': response.header('content-type') ?? '' }
      exchanges.push({ service, operation, status: response.status, headers, body: response.text })
      return response
    },
  }
  const clock = new TwinClock(Date.now())
  const stages = openStages({
    connector: awsConnector,
    config,
    authority: account,
    clock,
    origins,
    secretsOf: () => own,
    base,
  })
  return { ...stages, exchanges }
}
const rest: readonly [RegExp, string][] = [
  [/\?policy/, 'GetBucketPolicy'],
  [/\?publicAccessBlock/, 'GetPublicAccessBlock'],
  [/^\/2015-03-31\/functions/, 'ListFunctions'],
  [/^\/(\?|$)/, 'ListBuckets'],
]
const operationOf = ({ pathname, search }: URL): string =>
  rest.find(([path]) => path.test(pathname + search))?.[1] ?? pathname

const done = Promise.resolve()
let oracle: AwsOracle
let moto: Place & ReturnType<typeof openAt>
let twin: Awaited<ReturnType<typeof foundInTwin>> & ReturnType<typeof openAt>
before(async () => {
  if (skip !== false) return
  oracle = await startAwsOracle()
  const place = await foundInMoto(oracle)
  await oracle.guard()
  // moto takes nobody's signature for Lambda, boto3's neither: that one call goes unchecked.
  moto = { ...place, ...openAt(place, (operation) => (operation === 'ListFunctions' ? oracle.guard(1) : done)) }
  const copy = await foundInTwin(place.account, place.management, place.keyId)
  twin = { ...copy, ...openAt(copy, () => done) }
})
after(async () => {
  await twin?.stop()
  oracle?.close()
})

const identity = ({ account }: Place, native: string): EntityId => entityId('identity', account, native)

test('Cordon finds the same estate in both', { skip }, async () => {
  const told = async ({ pull }: ReturnType<typeof openAt>): Promise<string[]> => {
    const items = await pull('inventory')
    const facts = items.flatMap((item) => item.facts)
    const named = facts.filter(({ attributes }) => attributes['name'] !== undefined)
    const names = new Map(named.map(({ entity, attributes }) => [entity, attributes['name']]))
    const called = (entity: EntityId): string => String(names.get(entity) ?? entity.replace(/-[A-Za-z0-9]{6}$/, ''))
    const edges = items.flatMap((item) => item.edges)
    return edges
      .map(({ src, type, dst, conditional }) => [called(src), type, called(dst), conditional === true].join(' '))
      .filter((line) => !line.includes(founder))
      .toSorted()
  }
  const expected = await told(moto)
  assert.ok(expected.length > 20, 'an estate')
  assert.equal(
    expected.filter((line) => line.startsWith(`arn:aws:iam::${partner}:root CAN_`)).length,
    2,
    'what is shared',
  )
  assert.ok(expected.includes('ada ASSUMES permission set Admin false'), 'Identity Center')
  assert.deepEqual(await told(twin), expected)
})

const userRight = ({ account }: Place, userId: string): EntityId =>
  entityId('resource', account, `user-right/${userId}/arn:aws:s3:::people`)
const verbs: [verb: string, target: (place: Place) => EntityId][] = [
  ['aws.principal.deny', (place) => identity(place, 'user/ci')],
  ['aws.sessions.revoke', (place) => identity(place, place.deployId)],
  ['aws.user.deny', (place) => identity(place, 'user/ci')],
  ['aws.trust.close', (place) => entityId('resource', place.account, 'trust/deploy')],
  ['aws.user-policy.remove', (place) => userRight(place, place.clerkId)],
  ['aws.user-policy.remove', (place) => userRight(place, place.filerId)],
  ['aws.key.deactivate', (place) => entityId('credential', 'aws', place.ci.accessKeyId)],
]

test('each action lands in both, is read back, dead by the probe, and undone', { skip }, async () => {
  for (const [verb, targetOf] of verbs) {
    for (const place of [moto, twin]) {
      const [action, target] = [verbIn(awsActions, verb), targetOf(place)]
      const context = () => place.context()
      const at = `${verb} at ${place.url}`
      assert.equal(await action.readBack?.(context(), target), 'absent', at)
      assert.equal((await action.probe.run(context(), target)).verdict, 'alive', at)
      const { undoState } = await applied(action, context(), target)
      await action.apply(context(), target)
      assert.equal(await action.readBack?.(context(), target), 'landed', at)
      assert.equal((await action.probe.run(context(), target)).verdict, 'dead', at)
      await action.undo?.(context(), target, undoState)
      assert.equal(await action.readBack?.(context(), target), 'absent', at)
    }
  }
  // Without an undo.
  for (const place of [moto, twin]) {
    const [action, target] = [verbIn(awsActions, 'aws.login.remove'), `credential:${place.account}:user/ci/password`]
    assert.ok(isEntityId(target))
    assert.equal(await action.readBack?.(place.context(), target), 'absent')
    await action.apply(place.context(), target)
    assert.equal(await action.readBack?.(place.context(), target), 'landed')
  }
})

test(
  'a role for a time lands in both, in policies that both take, and both show the same of it',
  { skip },
  async () => {
    const lend = lending(awsLeases[0] ?? assert.fail())
    const untilMs = Date.now() + 3_600_000
    const shown = async (place: Place) => {
      const { url: at, ci: keys, account, deployId } = place
      const call = (operation: string, args: JsonObject) => oracle.call('iam', operation, args, { keys, at })
      const document = (answer: JsonObject, ...path: string[]): unknown =>
        path.reduce<unknown>((here, name) => (isObject(here) ? here[name] : undefined), answer)
      const trust = document(await call('get_role', { RoleName: 'deploy' }), 'Role', 'AssumeRolePolicyDocument')
      const cuts = document(
        await call('get_role_policy', { RoleName: 'deploy', PolicyName: 'CordonLeases' }),
        'PolicyDocument',
      )
      const text = JSON.stringify([trust, cuts]).replaceAll(account, 'ACCOUNT').replaceAll(deployId, 'ROLE')
      return canonicalJson(parseJson(text.replaceAll(/(?<=CurrentTime":")[^"]+/g, (time) => whenOf(time))))
    }
    const whenOf = (time: string): string => (Date.parse(time) === untilMs ? 'the end' : 'long past')
    const states: string[][] = []
    for (const place of [moto, twin]) {
      const target = lend.lends?.(identity(place, place.nightlyId), identity(place, place.deployId)) ?? assert.fail()
      const context = () => place.context({ untilMs })
      const at = `at ${place.url}`
      const seen = [await shown(place)]
      assert.deepEqual(await lend.remember?.(context(), target, undefined), { stoodBefore: false }, at)
      assert.equal(await lend.readBack?.(context(), target), 'absent', at)
      await lend.apply(context(), target)
      assert.equal(await lend.readBack?.(context(), target), 'landed', at)
      assert.equal((await lend.isGone?.(context(), target))?.verdict, 'alive', at)
      const probed = await lend.probe.run(context(), target)
      assert.equal(probed.verdict, 'dead', at)
      seen.push(await shown(place))
      await lend.undo?.(context(), target, { stoodBefore: false })
      assert.equal((await lend.isGone?.(context(), target))?.verdict, 'dead', at)
      states.push([...seen, await shown(place)])
    }
    const [theirs = [], ours] = states
    assert.deepEqual(ours, theirs)
    const [, given, after = ''] = theirs
    assert.match(given ?? '', /"DateLessThan":{"aws:CurrentTime":"the end"}/)
    assert.match(after, /"DateGreaterThanEquals":{"aws:CurrentTime":"long past"}/)
    assert.doesNotMatch(after, /DateLessThan/)
    const wrong = { ...letIn(`arn:aws:iam::${moto.account}:role/nightly`, false), Statement: [{ Effect: 'Allow' }] }
    const args = { RoleName: 'deploy', PolicyDocument: JSON.stringify(wrong) }
    const { refused } = await oracle.call('iam', 'update_assume_role_policy', args, { keys: moto.ci })
    assert.equal(refused, 'MalformedPolicyDocument', 'moto reads what it takes')
  },
)

test("the thief's own client meets the same refusals in both", { skip }, async () => {
  const tried = async ({ url: at, ci: keys, pass }: { url: string; ci: Held; pass?: () => void }) => {
    pass?.()
    return (await oracle.call('iam', 'list_users', {}, { keys, at }))['refused'] ?? 'works'
  }
  const [action, look] = [verbIn(awsActions, 'aws.user.deny'), async () => [await tried(moto), await tried(twin)]]
  assert.deepEqual(await look(), ['works', 'works'])
  const undo: (() => Promise<void> | undefined)[] = []
  for (const place of [moto, twin]) {
    const target = identity(place, 'user/ci')
    const { undoState } = await action.apply(place.context(), target)
    undo.push(() => action.undo?.(place.context(), target, undoState))
  }
  assert.deepEqual(await look(), ['AccessDenied', 'AccessDenied'])
  for (const one of undo) await one()
  assert.deepEqual(await look(), ['works', 'works'])
})

const codeIn = (body: string): string =>
  /<Code>(\w+)<\/Code>|"__type":\s*"(?:\w+#)?(\w+)"/.exec(body)?.slice(1).join('') ?? ''
/** In AWS's description and left out by moto. Every other path of the twin's answers is in moto's, too. */
const twinAlone = new Map<string, readonly string[]>([
  ['iam:ListAccessKeys', ['IsTruncated']],
  ['kms:GetKeyPolicy', ['PolicyName']],
  ['s3:ListBuckets', ['Buckets.BucketRegion']],
])
/** moto attaches a policy twice without a word. */
const twinRefuses = ['organizations:AttachPolicy 400 DuplicatePolicyAttachmentException']

test("AWS's own description reads every answer, and the twin says nothing that moto does not", { skip }, async () => {
  const pathsByOperation = async ({ exchanges }: ReturnType<typeof openAt>) => {
    const found = new Map<string, Set<string>>()
    for (const { service, operation, ...answered } of exchanges) {
      if (answered.status >= 300) continue
      const paths = found.get(`${service}:${operation}`) ?? new Set()
      found.set(`${service}:${operation}`, paths)
      for (const path of pathsOf(await oracle.read(service, operation, answered))) paths.add(path)
    }
    return found
  }
  const [theirs, ours] = [await pathsByOperation(moto), await pathsByOperation(twin)]
  assert.deepEqual([...ours.keys()].toSorted(), [...theirs.keys()].toSorted(), 'the same operations')
  assert.ok(ours.size >= 25, `${ours.size} operations`)
  const surplus = [...ours].flatMap(([name, paths]) => {
    const known = theirs.get(name)
    const more = [...paths].filter((path) => known?.has(path) !== true)
    return more.length === 0 ? [] : [[name, more] as const]
  })
  assert.deepEqual(new Map(surplus), twinAlone)
  const refusals = ({ exchanges }: ReturnType<typeof openAt>): string[] => [
    ...new Set(
      exchanges
        .filter(({ status }) => status >= 300)
        .map(({ service, operation, status, body }) => `${service}:${operation} ${status} ${codeIn(body)}`),
    ),
  ]
  const known = refusals(moto)
  assert.ok(known.includes('iam:GetLoginProfile 404 NoSuchEntity'), known.join())
  assert.deepEqual(
    refusals(twin).filter((one) => !known.includes(one)),
    twinRefuses,
  )
})
