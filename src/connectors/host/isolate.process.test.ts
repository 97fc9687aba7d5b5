import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { systemClock, createHttp } from '#kit'
import type { EntityId } from '#model'
import type { ActionContext, ContainAction, Member } from '#respond/contract'

import { HostError, hostActions, hostEntity, hostHooksSchema, type HostConfig, type HostHooks } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'cordon-hooks-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** A firewall of one host: a file exists while it is cut off. Arguments and environment are written down. */
function script(name: string, body: string): string {
  const path = join(folder, name)
  writeFileSync(
    path,
    `#!/bin/sh\nprintf '%s\\n' "$@" > "${folder}/arguments"\nenv > "${folder}/environment"\n${body}\n`,
  )
  chmodSync(path, 0o755)
  return path
}
const state = join(folder, 'isolated')
const never = join(folder, 'never')
const hooks: HostHooks = hostHooksSchema.parse({
  isolate: [script('isolate', `touch "${state}"`), '--zone', `lab; touch ${never}`],
  release: [script('release', `rm -f "${state}"`)],
  check: [script('check', `[ -e "${state}" ]`)],
})
const target = hostEntity('runner-7')
const context = (own?: EntityId, signal = new AbortController().signal): ActionContext<HostConfig> => ({
  config: { hooks },
  authority: 'host',
  contain: {},
  http: createHttp([]),
  clock: systemClock,
  signal,
  key: 'act_example',
  home: {
    killKey: () => Promise.resolve('unknown-key'),
    reviveKey: () => Promise.resolve(),
    lendKey: () => Promise.resolve(),
    keyState: () => Promise.resolve('unknown-key'),
    keySuccessor: () => Promise.resolve(null),
    issueSuccessor: () => Promise.reject(new Error('not asked')),
    withdrawSuccessor: () => Promise.resolve(),
  },
  lent: () => undefined,
  isOwn: (entity) => entity === own,
})
const isolate = (changed: Partial<HostHooks> = {}): ContainAction<HostConfig> => {
  const [action] = hostActions({ hooks: { ...hooks, ...changed } })
  assert.ok(action)
  return action
}
const member = (entity: EntityId, role: Member['role'] = 'host'): Member => ({
  entity,
  role,
  credentialKind: null,
  identity: null,
  attributes: {},
})

test('a host is cut off, proven by the check hook, and let back', async () => {
  const action = isolate()
  assert.equal(await action.readBack?.(context(), target), 'absent')
  assert.equal((await action.probe.run(context(), target)).verdict, 'alive')
  await action.apply(context(), target)
  assert.deepEqual(readFileSync(join(folder, 'arguments'), 'utf8').trim().split('\n'), [
    '--zone',
    `lab; touch ${never}`,
    'runner-7',
  ])
  assert.equal(await action.readBack?.(context(), target), 'landed')
  const probed = await action.probe.run(context(), target)
  assert.deepEqual(probed.verdict === 'dead' && [probed.proof.kind, probed.proof.where], ['read-back', ['runner-7']])
  await action.undo?.(context(), target, undefined)
  assert.equal(await action.readBack?.(context(), target), 'absent')
  assert.equal(existsSync(never), false)
})

test('a hook sees none of our environment', async () => {
  process.env['CORDON_TEST_SECRET'] = 'EXAMPLE'
  await isolate().apply(context(), target)
  const seen = readFileSync(join(folder, 'environment'), 'utf8')
  assert.ok(!seen.includes('CORDON_TEST_SECRET'))
  assert.match(seen, /CORDON_HOST_ID=runner-7/)
  assert.match(seen, /CORDON_ACTION_KEY=act_example/)
})

test('a hook that fails, hangs, floods or is missing is never a success', async () => {
  const broken: Record<string, string> = {
    fails: script('fails', 'exit 3'),
    killed: script('killed', 'kill -9 $$'),
    floods: script('floods', 'yes EXAMPLE'),
    missing: join(folder, 'missing'),
  }
  for (const [name, path] of Object.entries(broken)) {
    await assert.rejects(isolate({ isolate: [path] }).apply(context(), target), HostError, name)
    assert.equal(await isolate({ check: [path] }).readBack?.(context(), target), 'unknown', name)
    assert.equal((await isolate({ check: [path] }).probe.run(context(), target)).verdict, 'unknown', name)
  }
  const abort = new AbortController()
  setTimeout(() => abort.abort(), 200)
  const hanging = isolate({ check: [script('hangs', 'exec sleep 30')] })
  assert.equal(await hanging.readBack?.(context(undefined, abort.signal), target), 'unknown')
})

test('only a host whose id is a safe argument is a target, and never our own', async () => {
  const action = isolate()
  assert.equal(action.targetFor(member(target)), target)
  assert.equal(action.targetFor(member(target, 'readable')), undefined)
  assert.equal(action.targetFor(member('host:k8s:node-1')), undefined)
  for (const id of ['-rf', 'a b', 'a;b', '../x', '$(x)', 'x\n']) {
    assert.equal(action.targetFor(member(hostEntity(id))), undefined, id)
    await assert.rejects(action.apply(context(), hostEntity(id)), HostError)
  }
  await assert.rejects(action.apply(context(target), target), /Cordon itself/)
})

test('without hooks there is no action; half a set, or a name to look up, is refused', () => {
  assert.deepEqual(hostActions({}), [])
  assert.equal(hostHooksSchema.safeParse({ isolate: ['/bin/true'] }).success, false)
  assert.equal(hostHooksSchema.safeParse({ ...hooks, check: ['check-host'] }).success, false)
})
