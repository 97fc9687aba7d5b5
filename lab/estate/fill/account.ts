import { isObject, parseJson, type Json } from 'cordon/kit'

import { AwsState, type Role, type StoredObject, type User } from '../../twins/aws/state.ts'
import type { Part } from '../part.ts'
import type { WeaknessKind } from '../planted/kinds.ts'
import { isOk, type Answer } from '../prober/http.ts'
import { signedAsk, type Call } from '../prober/sigv4.ts'
import type { Draft, Thing } from '../truth.ts'
import { connectCordon, countsOf, fillAccount } from './aws.ts'

/** A server of AWS's IAM and S3 that nobody else uses, on loopback, and a key that may do everything there. It is filled, and left so. */
export type AwsServer = { url: string; id: string; secret: string }

/** A server tells by its own clock when something was made: nothing there is old yet. */
const ofAge: ReadonlySet<WeaknessKind> = new Set(['old-key', 'unused-key'])
const password = 'EXAMPLE-1-password'
const first = 'interviews/1.json'

/**
 * The company's account in a server that others wrote (moto). The state that the twin would have is made, and then handed in
 * call by call; ids and secrets are the server's. Left out is what such a server misreads: policies of buckets (it minds no
 * principal there), roles that trust a whole account or a service (it lets nobody take those on), functions, and the
 * organisation.
 */
export const account =
  (server: AwsServer): Part =>
  async (company) => {
    const ask = asking(server)
    const state = new AwsState(tagged(await ask(query('sts', 'GetCallerIdentity')), 'Account'))
    await requireEmpty(ask)
    const fill = fillAccount(state, company)
    const { config, see } = connectCordon(state, company, server.url)
    for (const [arn, role] of state.roles) if (!isUnderstood(role, state.account)) state.roles.delete(arn)
    state.functions.clear()
    const { ids, secrets } = await hand(ask, state)
    const own = { accessKeyId: of(ids, see.accessKeyId), secretAccessKey: of(secrets, see.accessKeyId) }
    const { organizationRoleArn: _, ...here } = config
    const source = { connector: 'aws', config: here, see: own, contain: own }
    const names = { buckets: [...state.buckets.keys()], objects: [first], roles: [...state.roles.keys()] }
    const told = { ...renamed(fill, ids, secrets), counts: countsOf(state) }
    return { url: server.url, fill: { ...told, source, names }, pasts: {}, close: () => Promise.resolve() }
  }

type Ask = (call: Omit<Call, 'url'> & { path?: string }) => Promise<Answer>
const tagged = ({ text }: Answer, tag: string): string => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(text)?.[1] ?? ''

const asking =
  ({ url, id, secret }: AwsServer): Ask =>
  async ({ path = '/', ...call }) => {
    const answer = await signedAsk({ id, secret }, { ...call, url: `${url}${path}` }, Date.now())
    if (!isOk(answer))
      throw new Error(`the server answers ${answer.status} to \`${call.method} ${path}\`: ${answer.text.slice(0, 300)}`)
    return answer
  }

const query = (service: 'iam' | 'sts', action: string, fields: Record<string, string> = {}) =>
  ({
    method: 'POST',
    service,
    body: new URLSearchParams({
      Action: action,
      Version: service === 'iam' ? '2010-05-08' : '2011-06-15',
      ...fields,
    }).toString(),
    type: 'application/x-www-form-urlencoded',
  }) as const

/** Nobody's account is filled with a made-up company by mistake. */
async function requireEmpty(ask: Ask): Promise<void> {
  const users = await ask(query('iam', 'ListUsers'))
  const buckets = await ask({ method: 'GET', service: 's3' })
  if (users.text.includes('<UserName>') || buckets.text.includes('<Bucket>'))
    throw new Error('the account has users or buckets of its own: give an empty one')
}

/** Such a server reads a trust policy by the one name that asks: not by the account or the service it belongs to. */
function isUnderstood({ arn, trust }: Role, account: string): boolean {
  const isHere = arn.includes(`::${account}:`)
  return isHere && !trust.includes(`::${account}:root`) && !/"Service":/.test(trust)
}

type Made = { ids: ReadonlyMap<string, string>; secrets: ReadonlyMap<string, string> }

/** What the server calls each thing of the state, and the secret of each key. */
async function hand(ask: Ask, state: AwsState): Promise<Made> {
  const ids = new Map<string, string>()
  const secrets = new Map<string, string>()
  for (const user of state.users.values()) {
    const { name, keys, passwordMs, mfa } = user
    ids.set(user.id, tagged(await ask(query('iam', 'CreateUser', { UserName: name })), 'UserId'))
    await putPolicies(ask, 'User', user)
    for (const { id } of keys) {
      const made = await ask(query('iam', 'CreateAccessKey', { UserName: name }))
      ids.set(id, tagged(made, 'AccessKeyId'))
      secrets.set(id, tagged(made, 'SecretAccessKey'))
    }
    if (passwordMs !== undefined) await ask(query('iam', 'CreateLoginProfile', { UserName: name, Password: password }))
    for (const { serial } of mfa) {
      const codes = { AuthenticationCode1: '123456', AuthenticationCode2: '654321' }
      await ask(query('iam', 'EnableMFADevice', { UserName: name, SerialNumber: serial, ...codes }))
    }
  }
  for (const role of state.roles.values()) {
    const fields = { RoleName: role.name, AssumeRolePolicyDocument: dated(role.trust) }
    ids.set(role.id, tagged(await ask(query('iam', 'CreateRole', fields)), 'RoleId'))
    await putPolicies(ask, 'Role', role)
  }
  for (const [bucket, objects] of state.buckets) {
    await ask({ method: 'PUT', service: 's3', path: `/${bucket}` })
    for (const [key, object] of objects) await putObject(ask, `/${bucket}/${key}`, object)
  }
  for (const { name, value } of state.secrets.values())
    await ask({
      method: 'POST',
      service: 'secretsmanager',
      body: JSON.stringify({ Name: name, SecretString: value }),
      type: 'application/x-amz-json-1.1',
      target: 'secretsmanager.CreateSecret',
    })
  return { ids, secrets }
}

const putObject = (ask: Ask, path: string, { bytes }: StoredObject): Promise<Answer> =>
  ask({ method: 'PUT', service: 's3', path, body: Buffer.from(bytes).toString(), type: 'application/json' })

async function putPolicies(ask: Ask, kind: 'User' | 'Role', { name, inline }: User | Role): Promise<void> {
  for (const [policy, document] of inline.shown()) {
    const fields = { [`${kind}Name`]: name, PolicyName: policy, PolicyDocument: dated(document) }
    await ask(query('iam', `Put${kind}Policy`, fields))
  }
}

/** A policy without a version is read as one of 2008. */
function dated(document: string): string {
  const policy: Json = parseJson(document)
  return JSON.stringify(isObject(policy) ? { Version: '2012-10-17', ...policy } : policy)
}

const of = (names: ReadonlyMap<string, string>, id: string): string => {
  const found = names.get(id)
  if (found === undefined) throw new Error(`the server has no \`${id}\``)
  return found
}

/** The ground truth in the server's names; what is not there is not in it either. */
function renamed(fill: Draft, ids: ReadonlyMap<string, string>, secrets: ReadonlyMap<string, string>): Draft {
  const madeMs = Date.now()
  const there = <Told extends Thing>(told: readonly Told[]): Told[] =>
    told.flatMap((one) => {
      const native = ids.get(one.native)
      return native === undefined ? [] : [{ ...one, native }]
    })
  const isTrue = ({ kind }: { kind: WeaknessKind }): boolean => !ofAge.has(kind)
  return {
    ...fill,
    natives: new Map([...fill.natives].map(([n, native]) => [n, of(ids, native)])),
    identities: there(fill.identities),
    credentials: fill.credentials.map((one) => {
      const native = of(ids, one.native)
      const value = of(secrets, one.native)
      return { ...one, native, value, with: { id: native }, createdMs: madeMs, lastUsedMs: null }
    }),
    weaknesses: there(fill.weaknesses.filter(isTrue)).map((one) => ({ ...one, sinceMs: madeMs })),
    lookAlikes: there(fill.lookAlikes.filter(isTrue)),
  }
}
