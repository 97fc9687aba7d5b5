import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createHttp, HttpError, silentDiagnose, type Http } from '#kit'
import { entityId } from '#model'
import { awsOrigins } from '#connectors/aws'
import { githubConnector, githubHolder, githubOrigins, type GithubConfig } from '#connectors/github'
import { openPlaces } from '#respond'
import { plannedPlaces } from '#respond/contract'

import { putSlot } from '../../../lab/twins/github/secrets.ts'
import { emptyShelf, type Slot } from '../../../lab/twins/github/state.ts'
import { createRegistry } from '../../../src/app/registry.ts'
import { checkSource } from '../../../src/app/hands/check.ts'
import type { SourceRecord } from '../../../src/app/socket.ts'
import { account, heldOf, tried } from '../aws/company.ts'
import { foundShop } from '../aws/shop.ts'
import { openIssuer } from '../hand-over.ts'
import { planOf } from '../plan.ts'
import { foundCompany, type Company } from './company.ts'
import { openCordon } from './cordon.ts'

// Where Actions, Dependabot and codespaces have secrets beside those of a repository: a pair of AWS goes into each.
const names = { id: 'AWS_ACCESS_KEY_ID', secret: 'AWS_SECRET_ACCESS_KEY' }
type Place = GithubConfig['places'][number]
type Slots = Map<string, Slot>
type Kind = {
  says: string
  place(repository: number): Omit<Place, 'values' | 'rereadSeconds'>
  native(repository: number): string
  shelf(company: Company): { secrets: Slots; variables: Slots }
  marker: string
  needs: string[]
}
const ofRepository = ({ payroll }: Company, secrets: Slots) => ({ secrets, variables: payroll.variables })

const kinds: readonly Kind[] = [
  {
    says: 'an environment',
    place: (repository) => ({ repository, environment: 'prod/eu' }),
    native: (repository) => `repo/${repository}/environment/prod%2Feu`,
    shelf({ payroll }) {
      const shelf = payroll.shelves.get('prod/eu') ?? emptyShelf()
      payroll.environments.set('prod/eu', Object.values(names))
      payroll.shelves.set('prod/eu', shelf)
      return shelf
    },
    marker: 'CORDON_SUCCESSOR',
    needs: ['environments: write'],
  },
  {
    says: 'the organisation',
    place: () => ({ organization: true }),
    native: () => 'org/actions/AWS_ACCESS_KEY_ID',
    shelf({ twin, payroll }) {
      twin.state.secrets.set(names.id, { repositories: [payroll.id] })
      twin.state.secrets.set(names.secret, { repositories: null })
      return twin.state.shelf
    },
    marker: 'CORDON_SUCCESSOR_AWS_ACCESS_KEY_ID',
    needs: ['organization_secrets: write', 'organization_actions_variables: write'],
  },
  {
    says: 'Dependabot',
    place: (repository) => ({ repository, kind: 'dependabot' }),
    native: (repository) => `repo/${repository}/dependabot`,
    shelf: (company) => ofRepository(company, company.payroll.dependabot),
    marker: 'CORDON_SUCCESSOR_DEPENDABOT',
    needs: ['dependabot_secrets: write', 'actions_variables: write'],
  },
  {
    says: 'codespaces',
    place: (repository) => ({ repository, kind: 'codespaces' }),
    native: (repository) => `repo/${repository}/codespaces`,
    shelf: (company) => ofRepository(company, company.payroll.codespaces),
    marker: 'CORDON_SUCCESSOR_CODESPACES',
    needs: ['codespaces_secrets: write', 'actions_variables: write'],
  },
]

/** A twin counts alike each time. */
let numbered: Promise<number> | undefined
async function numberOf(): Promise<number> {
  const { payroll, twin } = await foundCompany()
  await twin.close()
  return payroll.id
}

async function openBoth(kind: Kind) {
  const aws = await foundShop()
  numbered ??= numberOf()
  const repository = await numbered
  const values = { [names.id]: 'id', [names.secret]: 'secret' }
  const place = { ...kind.place(repository), values, rereadSeconds: 600 }
  const company = await foundCompany({ places: [place] })
  assert.equal(company.payroll.id, repository)
  const { secrets, variables } = kind.shelf(company)
  const leaked = heldOf(aws.ciKey)
  const beforeMs = company.clock.nowMs() - 86_400_000
  /** As before the incident. */
  const restore = (): void => {
    putSlot(secrets, names.id, leaked.accessKeyId, beforeMs)
    putSlot(secrets, names.secret, leaked.secretAccessKey, beforeMs)
    variables.clear()
    aws.standby.keys.length = 0
  }
  restore()
  const authority = `${new URL(company.twin.url).host}/org/${company.twin.state.org.id}`
  const target = entityId('resource', authority, kind.native(company.payroll.id))
  const { config, handOver, side, lending } = openIssuer(aws, target)
  const githubSide = openCordon(company)
  return {
    aws,
    config,
    company,
    leaked,
    authority,
    target,
    variables,
    restore,
    githubSide,
    awsSide: side,
    handOver,
    /** GitHub and AWS, as they answer this try. */
    context(at?: Http, issuer?: Http) {
      const over = at === undefined ? {} : { http: githubSide.httpFor('contain', at) }
      return lending(githubHolder, githubSide.context(over), issuer)
    },
    read: () => ({
      accessKeyId: secrets.get(names.id)?.value ?? '',
      secretAccessKey: secrets.get(names.secret)?.value ?? '',
    }),
    async close(): Promise<void> {
      githubSide.close()
      side.close()
      await Promise.all([aws.close(), company.twin.close()])
    },
  }
}

for (const kind of kinds) {
  test(`a successor goes into secrets of ${kind.says}, with no more rights than are printed`, async (t) => {
    const both = await openBoth(kind)
    t.after(both.close)
    const { aws, company, target, context, handOver, read, variables, authority, githubSide } = both
    const [planned] = plannedPlaces(githubHolder, company.config, authority)
    assert.deepEqual([planned?.place, planned?.scopes], [target, kind.needs])
    const role = githubConnector.role?.(company.config, 'contain')?.scopes.map(({ name }) => name) ?? []
    assert.deepEqual(
      role.filter((name) => /secrets|variables|environments/.test(name)),
      [
        'secrets',
        'dependabot_secrets',
        'codespaces_secrets',
        'environments',
        'organization_secrets',
        'actions_variables',
        'organization_actions_variables',
      ]
        .map((name) => `${name}: write`)
        .filter((name) => kind.needs.includes(name)),
    )
    const before = structuredClone(company.twin.state.secrets)
    const said = [await handOver.apply(context(), target), await handOver.probe.run(context(), target)]
    aws.clock.pass(aws.state.lagMs)
    const now = read()
    assert.equal(await tried(aws, { ...now }), 'works')
    assert.match((await handOver.apply(context(), target)).says, /written before/)
    assert.equal(await handOver.readBack?.({ ...context(), key: 'another' }, target), 'absent')
    assert.deepEqual([[...variables.keys()], read()], [[kind.marker], now])
    assert.deepEqual(company.twin.state.secrets, before, 'whom it is visible to stays')
    assert.deepEqual([company.twin.wrongRequests, company.twin.wrongAnswers], [[], []])
    for (const stream of ['organisation', 'repositories']) await githubSide.pull(stream)
    const trigger = { kind: 'identity' as const, identity: entityId('identity', authority, `user/${company.grace.id}`) }
    const fromMs = company.clock.nowMs()
    const { exposure } = await planOf({ house: githubSide, sources: [], trigger, fromMs, nowMs: fromMs, by: 'github' })
    assert.ok(openPlaces(exposure).has(target), 'who may push could read it: such a plan would write nothing there')
    assert.ok(!JSON.stringify([said, [...variables]]).includes(now.secretAccessKey), 'no value is told')
  })

  // The others differ from those of a repository by their addresses alone.
  if (!['an environment', 'the organisation'].includes(kind.says)) continue
  test(`whatever call is their last, the next try ends with one successor in ${kind.says}`, async (t) => {
    const both = await openBoth(kind)
    t.after(both.close)
    const { aws, config, company, leaked, target, handOver, read, restore } = both
    let orphans = 0
    for (let last = 0; ; last++) {
      restore()
      // Another action each time, as another incident would be.
      const context = (...at: [Http?, Http?]) => ({ ...both.context(...at), key: `act_${last}` })
      let calls = 0
      const dying = (http: Http): Http => ({
        async request(url, request) {
          const call = calls++
          const response = call > last ? undefined : await http.request(url, request)
          if (call < last && response !== undefined) return response
          throw new HttpError('ERR_HTTP_NETWORK', 'lost', { retryable: true })
        },
      })
      const github = dying(createHttp(githubOrigins(company.config)))
      const isDone = await handOver.apply(context(github, dying(createHttp(awsOrigins(config)))), target).then(
        () => true,
        () => false,
      )
      aws.clock.pass(aws.state.lagMs)
      if (read().accessKeyId === leaked.accessKeyId && aws.standby.keys.length > 0) orphans++
      if ((await handOver.readBack?.(context(), target)) === 'absent') await handOver.apply(context(), target)
      const found = [[read().accessKeyId], read().secretAccessKey === leaked.secretAccessKey]
      assert.deepEqual(found, [aws.standby.keys.map(({ id }) => id), false], `after ${last} calls`)
      if (isDone) break
    }
    assert.ok(orphans > 0, 'they died between issuing and writing, too')
  })
}

test('the check of each source names the permission that one set of `places` lacks, and asks for no other', async (t) => {
  const [kind] = kinds
  assert.ok(kind)
  const both = await openBoth(kind)
  t.after(both.close)
  const { company, config, authority, aws, target } = both
  const registry = createRegistry(undefined)
  const record = (id: string, settings: unknown, of: string): SourceRecord => ({
    id,
    connector: id,
    config: JSON.stringify(settings),
    authority: of,
    revision: 1,
    see: 'sealed',
    contain: 'sealed',
  })
  const sources = [record('aws', config, account), record('github', company.config, authority)]
  const missingOf = async (id: string): Promise<string[]> => {
    const source = sources.find((one) => one.id === id)
    assert.ok(source)
    const { missing } = await checkSource(source, {
      clock: company.clock,
      diagnose: silentDiagnose,
      sources,
      secretsOf: (of, use) => (of.id === 'github' ? { privateKey: company.keys[use] } : aws.secrets),
      open({ id: of, config: settings }, use) {
        const entry = registry.find(of)
        assert.ok(entry)
        const http = (of === 'github' ? both.githubSide : both.awsSide).httpFor(use)
        return { entry, connector: entry.connector, config: entry.connector.config.parse(JSON.parse(settings)), http }
      },
    })
    return missing.filter((line) => /secrets|variables|environments|successor/.test(line))
  }
  assert.deepEqual([await missingOf('github'), await missingOf('aws')], [[], []])
  const installation = company.twin.state.installations.get(company.config.containApp?.installation ?? 0)
  assert.ok(installation)
  delete installation.permissions['environments']
  const [line, ...more] = await missingOf('github')
  assert.deepEqual([line?.includes('environments: write'), more], [true, []])
  const [misfit, ...others] = await missingOf('aws')
  assert.deepEqual([misfit?.includes(target) && misfit.includes('environments: write'), others], [true, []])
})
