import type { Json, JsonObject } from 'cordon/kit'

import { noPast, type Past, type PastRow } from '../kit/past.ts'
import { IdentityCenter } from './identity-center.ts'
import { Lagging } from './lagging.ts'
import type { Queued } from './queues.ts'

export type Key = {
  id: string
  secret: string
  status: Lagging<'Active' | 'Inactive'>
  createdMs: number
  /** Null: never. */
  lastUsedMs: number | null
}
/** `value`: of the current version. `versions`: of all, by token, the stages beside each. */
export type Secret = {
  name: string
  arn: string
  value: string
  createdMs: number
  changedMs: number
  versions: Map<string, { value: string; stages: string[] }>
}
export type Function = { name: string; arn: string; role: string; changedMs: number }
export type User = {
  id: string
  name: string
  arn: string
  createdMs: number
  keys: Key[]
  inline: Lagging<ReadonlyMap<string, string>>
  /** ARNs of managed policies. */
  attached: Lagging<ReadonlySet<string>>
  passwordMs: number | undefined
  /** Serial numbers of its factors. */
  mfa: { serial: string; enabledMs: number }[]
}
export type Role = Pick<User, 'id' | 'name' | 'arn' | 'createdMs' | 'inline'> & { trust: string }
export type Session = {
  id: string
  secret: string
  token: string
  /** Whose rights it has. */
  of: User | Role
  name: string
  issuedMs: number
  endsMs: number
  policy: string | undefined
  /** The user of Identity Center behind it. */
  centerUser?: string
}
/** `kind`: over who asks (service control) or over what is asked for (resource control). */
export type Scp = {
  id: string
  name: string
  kind: 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY'
  content: Lagging<string>
  targets: Lagging<ReadonlySet<string>>
}
/** `isSealed`: encrypted with a key that only some may use. `encoding`: the content encoding it was stored with. */
export type StoredObject = {
  bytes: Uint8Array
  etag: string
  changedMs: number
  isSealed?: boolean
  isArchived?: boolean
  encoding?: string
  /** Where the bucket keeps versions. */
  version?: string
}
export type TrailRow = { atMs: number; visibleMs: number; raw: Record<string, Json> }

/** One account of an organisation, with the management account's policies over it. */
export class AwsState {
  readonly account: string
  readonly users = new Map<string, User>()
  readonly roles = new Map<string, Role>()
  readonly sessions = new Map<string, Session>()
  readonly scps = new Map<string, Scp>()
  readonly center = new IdentityCenter()
  readonly trail: TrailRow[] = []
  past: Past<JsonObject> = noPast
  /** Keys of one answer: a store may give fewer than it was asked for. */
  listMax = 1000
  readonly buckets = new Map<string, Map<string, StoredObject>>()
  /** When a bucket was made, where that is told. */
  readonly bucketsMade = new Map<string, number>()
  readonly secrets = new Map<string, Secret>()
  /** Buckets that keep what is written over, and by bucket, key and version what was. */
  readonly versioned = new Set<string>()
  readonly versions = new Map<string, StoredObject>()
  /** ARNs of queues. */
  readonly queues = new Set<string>()
  /** What lies in each, by ARN. */
  readonly messages = new Map<string, Queued>()
  /** Of database instances, by name: the text of each. */
  readonly logFiles = new Map<string, Map<string, string>>()
  /** Lines of one answer: RDS may give fewer than it was asked for. */
  portionLinesMax = 10_000
  /** Encryption keys by ARN. */
  readonly keys = new Set<string>()
  /** What a bucket, secret, key, queue or function says itself of who may come, by ARN. */
  readonly resourcePolicies = new Map<string, string>()
  /** Buckets, by ARN, whose policy lets nobody in by way of everybody. */
  readonly closedBuckets = new Set<string>()
  readonly functions = new Map<string, Function>()
  /** Managed policies of the account, by ARN: their documents. */
  readonly managed = new Map<string, string>()
  /** Characters of a role's trust policy. */
  trustCharsMax = 2_048
  /** How long a change is accepted and not yet obeyed. */
  lagMs = 4_000
  trailDelayMs = 5 * 60_000
  #made = 0
  #told = 0

  constructor(account: string) {
    this.account = account
    const full = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
    const targets = new Lagging<ReadonlySet<string>>(new Set([account, 'r-exam']))
    this.scps.set('p-FullAWSAccess', {
      id: 'p-FullAWSAccess',
      name: 'FullAWSAccess',
      kind: 'SERVICE_CONTROL_POLICY',
      content: new Lagging(JSON.stringify(full)),
      targets,
    })
  }

  nextEvent(): string {
    return `evt-${this.#told++}`
  }
  /** What came before all that is recorded; the records so far go over to whoever makes it. */
  setPast(make: (recorded: readonly PastRow<JsonObject>[]) => Past<JsonObject>): Past<JsonObject> {
    return (this.past = make(this.trail.splice(0).map(({ atMs, raw }) => ({ atMs, row: raw }))))
  }
  next(prefix: string): string {
    return `${prefix}EXAMPLE${String(++this.#made).padStart(20 - prefix.length - 7, '0')}`
  }

  addUser(name: string, nowMs: number, policies: Record<string, Json> = {}): User {
    const arn = `arn:aws:iam::${this.account}:user/${name}`
    const user: User = {
      id: this.next('AIDA'),
      name,
      arn,
      createdMs: nowMs,
      keys: [],
      inline: inlineOf(policies),
      attached: new Lagging<ReadonlySet<string>>(new Set()),
      passwordMs: undefined,
      mfa: [],
    }
    this.users.set(name, user)
    return user
  }
  addRole(name: string, nowMs: number, trust: Json, policies: Record<string, Json> = {}, account = this.account): Role {
    const arn = `arn:aws:iam::${account}:role/${name}`
    const role: Role = {
      id: this.next('AROA'),
      name: name.split('/').at(-1) ?? name,
      arn,
      createdMs: nowMs,
      inline: inlineOf(policies),
      trust: JSON.stringify(trust),
    }
    this.roles.set(arn, role)
    return role
  }
  addKey(user: User, nowMs: number): Key {
    const id = this.next('AKIA')
    const key: Key = {
      id,
      secret: `secret-of-${id}`,
      status: new Lagging<'Active' | 'Inactive'>('Active'),
      createdMs: nowMs,
      lastUsedMs: null,
    }
    user.keys.push(key)
    return key
  }
  addBucket(name: string, createdMs: number): void {
    this.buckets.set(name, new Map())
    this.bucketsMade.set(name, createdMs)
  }
  addSecret(name: string, createdMs: number, value: string): Secret {
    const arn = `arn:aws:secretsmanager:us-east-1:${this.account}:secret:${name}-AbCdEf`
    const versions = new Map([[`first-version-of-${name}`, { value, stages: ['AWSCURRENT'] }]])
    const secret = { name, arn, value, createdMs, changedMs: createdMs, versions }
    this.secrets.set(name, secret)
    return secret
  }
  addEncryptionKey(name: string): string {
    const arn = `arn:aws:kms:us-east-1:${this.account}:key/${name}`
    this.keys.add(arn)
    const policy = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${this.account}:root` }, Action: 'kms:*' }
    this.resourcePolicies.set(arn, JSON.stringify({ Statement: [{ ...policy, Resource: '*' }] }))
    return arn
  }
  addQueue(name: string): string {
    const arn = `arn:aws:sqs:us-east-1:${this.account}:${name}`
    this.queues.add(arn)
    return arn
  }
  addFunction(name: string, changedMs: number, role: string): Function {
    const made = { name, arn: `arn:aws:lambda:us-east-1:${this.account}:function:${name}`, role, changedMs }
    this.functions.set(name, made)
    return made
  }
  addSession(of: User | Role, name: string, nowMs: number, seconds: number, policy: string | undefined): Session {
    const id = this.next('ASIA')
    const issuedMs = Math.floor(nowMs / 1000) * 1000
    const session: Session = {
      id,
      secret: `secret-of-${id}`,
      token: `token-of-${id}`,
      of,
      name,
      issuedMs,
      endsMs: nowMs + seconds * 1000,
      policy,
    }
    this.sessions.set(id, session)
    return session
  }
  ownerOf(keyId: string): { user: User; key: Key } | undefined {
    for (const user of this.users.values()) {
      const key = user.keys.find(({ id }) => id === keyId)
      if (key !== undefined) return { user, key }
    }
    return undefined
  }
}

const inlineOf = (policies: Record<string, Json>): Lagging<ReadonlyMap<string, string>> =>
  new Lagging(new Map(Object.entries(policies).map(([name, document]) => [name, JSON.stringify(document)])))
