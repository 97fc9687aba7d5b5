import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'

import type { EntityId } from '#model'

import { makeCompany, storyMs } from '../../../lab/estate/company/company.ts'
import { dayMs } from '../../../lab/estate/company/model.ts'
import { startEstate, type Estate } from '../../../lab/estate/estate.ts'
import { probe } from '../../../lab/estate/prober/index.ts'
import { targetsOf } from '../../../lab/estate/targets.ts'
import { countRows } from '../../../lab/estate/use/past.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { openCordon, roles, type Cordon } from './cordon.ts'
import { compare, type Difference } from './exposure.ts'
import { credentialNames, identityOf, weakNames } from './names.ts'

let estate: Estate
let cordon: Cordon
const clock = new TwinClock(storyMs)
const historyMs = 2 * dayMs
const start = (seed: number): Promise<Estate> =>
  startEstate({ seed, size: 'tiny', roles, clock: new TwinClock(storyMs) })

before(async () => {
  estate = await startEstate({ seed: 1, size: 'tiny', roles, clock })
  cordon = await openCordon(
    estate.fills.map(({ source }) => source),
    clock,
    historyMs,
  )
})
after(async () => {
  cordon.close()
  await estate.close()
})

const digest = (of: Estate): string => {
  const hash = createHash('sha256')
  for (const line of of.truth()) hash.update(`${JSON.stringify(line)}\n`)
  return hash.digest('hex')
}

test('the same seed yields the same ground truth, byte for byte, and another seed another', async () => {
  const [again, other] = [await start(1), await start(2)]
  assert.equal(digest(again), digest(estate))
  assert.notEqual(digest(other), digest(estate))
  await Promise.all([again.close(), other.close()])
})

/** Entities of an authority whose id has this form, among all that Cordon has facts of. */
const many = (vendor: string, kind: string, form: RegExp): number =>
  [...cordon.facts.keys()].filter((id) => {
    const [own = '', authority = '', ...rest] = id.split(':')
    return (
      own === kind &&
      decodeURIComponent(authority) === cordon.authorities.get(vendor) &&
      form.test(decodeURIComponent(rest.join(':')))
    )
  }).length

test('a whole inventory finds as many of each kind as the estate was filled with', () => {
  const found: Record<string, Record<string, number>> = {
    aws: {
      users: many('aws', 'identity', /^AIDA/),
      roles: many('aws', 'identity', /^AROA/),
      keys: [...cordon.facts.keys()].filter((id) => id.startsWith('credential:aws:AKIA')).length,
      passwords: many('aws', 'credential', /^user\/[^/]+\/password$/),
      factors: many('aws', 'credential', /^mfa\//),
      buckets: many('aws', 'resource', /^arn:aws:s3:/),
      secrets: many('aws', 'resource', /^arn:aws:secretsmanager:/),
      functions: many('aws', 'resource', /^arn:aws:lambda:/),
    },
    okta: {
      users: many('okta', 'identity', /^00u/),
      groups: many('okta', 'identity', /^00g/),
      apps: many('okta', 'app', /^0oa/),
      'api-tokens': many('okta', 'credential', /^api-token\//),
      'client-secrets': many('okta', 'credential', /^client-secret\//),
      grants: many('okta', 'credential', /^(app-)?grant\//),
      'refresh-tokens': many('okta', 'credential', /^refresh-token\//),
      factors: many('okta', 'credential', /^factor\//),
      memberships: edges('okta', 'MEMBER_OF', /^00u/, /^00g/),
    },
    google: {
      users: many('google', 'identity', /^\d+$/),
      groups: many('google', 'identity', /^group\//),
      memberships: edges('google', 'MEMBER_OF', /^\d+$/, /^group\//),
      grants: many('google', 'credential', /^grant\//),
      'app-passwords': many('google', 'credential', /^asp\//),
      administrators: many('google', 'resource', /^role-assignment\//),
    },
    slack: {
      users: many('slack', 'identity', /^W/),
      'shared-channels': many('slack', 'resource', /^channel\//),
      usergroups: many('slack', 'identity', /^S0/),
      sessions: many('slack', 'credential', /^session\//),
      // Cordon's own two are known beside the approved ones.
      apps: many('slack', 'app', /^A/) - 2,
    },
    github: {
      users: many('github', 'identity', /^user\/\d+$/),
      teams: many('github', 'identity', /^team\//),
      repositories: many('github', 'resource', /^repo\/\d+$/),
      'deploy-keys': many('github', 'credential', /^deploykey\//),
      workflows: many('github', 'resource', /^workflow\//),
      secrets: many('github', 'credential', /^secret\//),
      runners: many('github', 'host', /^runner\//),
      tokens: many('github', 'credential', /^(token|pat)\//),
      installations: many('github', 'credential', /^installation\/\d+$/),
      leaks: many('github', 'credential', /^leak\//),
    },
  }
  for (const { vendor, counts } of estate.fills) {
    const { delegations: _, members: __, ...told } = counts
    assert.deepEqual(found[vendor], told, vendor)
  }
})

function edges(vendor: string, type: string, from: RegExp, to: RegExp): number {
  const own = (id: EntityId, form: RegExp): boolean => {
    const [, authority = '', ...rest] = id.split(':')
    return (
      decodeURIComponent(authority) === cordon.authorities.get(vendor) && form.test(decodeURIComponent(rest.join(':')))
    )
  }
  const found = cordon.edges.filter((edge) => edge.type === type && own(edge.src, from) && own(edge.dst, to))
  return new Set(found.map(({ src, dst }) => `${src} ${dst}`)).size
}

test('two days of every log come whole, once, page after page out of a past that nobody holds', () => {
  let all = 0
  for (const [vendor, { pasts }] of estate.started) {
    for (const [stream, past] of Object.entries(pasts)) {
      const told = countRows(past, storyMs - historyMs, storyMs - 1)
      const streams = vendor === 'github' ? ['audit', 'git'] : [stream]
      const pulled = streams.reduce((sum, name) => sum + (cordon.events.get(`${vendor}/${name}`) ?? 0), 0)
      assert.equal(pulled, told, `${vendor} ${stream}`)
      all += told
    }
  }
  assert.ok(all > 500, `${all} events`)
})

test('a person is known by the same address wherever a vendor shows one', () => {
  let shown = 0
  for (const person of estate.company.people) {
    for (const { vendor, natives } of estate.fills) {
      const native = natives.get(person.n)
      // AWS and GitHub show no address: what joins them is for a later source to say.
      if (native === undefined || vendor === 'aws' || vendor === 'github') continue
      const facts = cordon.facts.get(identityOf(cordon.authorities, vendor, native))
      const isHidden = vendor === 'okta' && person.endMs !== null && person.leftAlive !== 'okta'
      assert.equal(facts?.['email'], isHidden ? undefined : person.email, `${vendor}: ${person.email}`)
      if (!isHidden) shown++
    }
  }
  assert.ok(shown > 200, `${shown} identities`)
})

test('every credential of the ground truth is in the estate, with its age', () => {
  for (const one of estate.credentials) {
    // Tokens of Slack's apps are known by the app: Slack lists none.
    if (one.kind === 'bot-token' || one.kind === 'user-token') continue
    const names = credentialNames(cordon.authorities, one)
    const facts = names.map((name) => cordon.facts.get(name)).find((told) => told !== undefined)
    assert.ok(facts !== undefined, `${one.id}: none of ${names.join(', ')}`)
    if (one.kind === 'session' || one.vendor === 'google') continue
    assert.equal(Math.floor(Number(facts['createdAtMs']) / 1000), Math.floor(one.createdMs / 1000), one.id)
  }
})

test('every seeded weakness hangs on something that the inventory shows', () => {
  const kinds = new Set<string>()
  for (const weakness of estate.fills.flatMap(({ weaknesses }) => weaknesses)) {
    kinds.add(weakness.kind)
    const names = weakNames(cordon.authorities, weakness)
    const isShown = names.length === 0 || names.some((name) => cordon.facts.has(name))
    assert.ok(isShown, `${weakness.kind} ${weakness.label}: none of ${names.join(', ')}`)
  }
  assert.equal(kinds.size, 10)
})

const publicRepos: ReadonlySet<string> = new Set(
  makeCompany(1, 'tiny').repos.flatMap(({ name, private: isPrivate }) => (isPrivate ? [] : [`github repo/${name}`])),
)

/** Where Cordon and the prober say something else, and why. What fits none of these fails the test. */
const honest: readonly { why: string; is(difference: Difference): boolean }[] = [
  {
    why: 'an Okta refresh token counts as its user: the scopes it was given for are not applied',
    is: ({ by, credential: { vendor, kind } }) => by === 'too-much' && vendor === 'okta' && kind === 'refresh-token',
  },
  {
    why: 'the twin lets each administrator read everything, Okta what the role is for: Cordon keeps to Okta',
    is: ({ by, what, credential: { vendor, kind } }) =>
      by === 'missed' &&
      vendor === 'okta' &&
      kind === 'api-token' &&
      /(apps|idps|networkZones|apiTokens|logs)$/.test(what),
  },
  {
    why: 'a guest sees the channels they were added to, which Cordon says as an upper bound; the twin shows all',
    is: ({ by, what, upper, credential: { vendor } }) =>
      by === 'missed' && vendor === 'slack' && upper && what === 'slack workspace',
  },
  {
    why: 'what is public is open without a token, and Cordon does not count it as opened by one that names repositories',
    is: ({ by, what, credential: { vendor } }) => by === 'missed' && vendor === 'github' && publicRepos.has(what),
  },
]

test('what Cordon says 50 stolen credentials open is what they open when they are tried', async () => {
  const score = await compare(estate, cordon, clock.nowMs(), 50)
  assert.ok(score.tried >= 45 && score.opened > 60, `${score.tried} tried, ${score.opened} things opened`)
  const strange = score.differences.filter((one) => !honest.some(({ is }) => is(one)))
  assert.deepEqual(
    strange.map(({ by, credential, what }) => `${by}: ${credential.id}: ${what}`),
    [],
  )
  const count = (by: Difference['by']): number => score.differences.filter((one) => one.by === by).length
  const [missed, tooMuch] = [count('missed'), count('too-much')]
  if (process.env['CORDON_TEST_FIGURES'] !== undefined)
    console.log(JSON.stringify({ ...score, differences: undefined, missed, tooMuch }))
})

test('a credential that is no more opens nothing', async () => {
  const dead = await probe(targetsOf(estate, clock.nowMs()), {
    value: 'EXAMPLE-of-nobody',
    with: { id: 'AKIAEXAMPLE0NOBODY00', client: 'x', login: 'x', cookie: 'x' },
  })
  assert.deepEqual(dead, { opens: [], makes: [] })
})
