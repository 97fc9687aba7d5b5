import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CordonError, type ManualClock } from '#kit'
import { defaultTenant, type Action, type EntityId } from '#model'

import type { ContainAction, Probed } from '#respond/contract'
import { makeUndoSeal } from '../../test/simulation/undo-seal.ts'
import { noHome } from '../../test/simulation/respond-hands.ts'
import { credential, makeCore, startMs, type Core, type StepWish } from '../../test/simulation/respond-world.ts'
import { createPace } from './pace.ts'
import type { RunnerOptions, SourceHandle } from './runner-options.ts'
import { createRunner } from './runner.ts'

const a = credential('a')
const source: SourceHandle = {
  config: null,
  authority: 'lab',
  http: { request: () => Promise.reject(new Error('no network here')) },
  isOwn: () => false,
}
const dead = (kind: 'probed' | 'read-back' | 'introspected'): Probed => ({
  verdict: 'dead',
  proof: { kind, says: 'refused', where: ['eu', 'us'] },
})

function verbOf(over: Partial<ContainAction>): ContainAction {
  return {
    verb: 'lab.key.disable',
    phase: 'revoke',
    title: 'disable',
    targetFor: (member) => member.entity,
    scopes: [],
    retry: 'read-back',
    proofs: ['read-back'],
    preview: () => ({ effects: [], reversible: true, undoWithinMs: null, residualMs: 0, scopes: [], proofs: [] }),
    probe: { everyMs: 1_000, withinMs: 10_000, run: () => Promise.resolve(dead('read-back')) },
    apply: () => Promise.resolve({ says: 'disabled' }),
    readBack: () => Promise.resolve('absent'),
    ...over,
  }
}

/** Lets everybody who is awake fall asleep first: the clock moves only for sleepers. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  await clock.advance(ms)
}

type Bench = { core: Core; run: (ms: number) => Promise<void>; action: () => Promise<Action>; end: () => void }

async function bench(over: Partial<ContainAction>, options: Partial<RunnerOptions> = {}, wish: Partial<StepWish> = {}) {
  const core = makeCore()
  const incident = await core.open([{ target: a, ...wish }])
  await core.responder.contain(defaultTenant, incident, 'ann')
  const verb = verbOf(over)
  const runner = createRunner({
    desk: core.desk,
    worker: 'w',
    clock: core.clock,
    unit: () => 0.5,
    home: noHome,
    lent: () => undefined,
    unseal: () => Promise.resolve({ token: 'EXAMPLE' }),
    actionFor: () => verb,
    sourceFor: () => source,
    ...options,
  })
  const life = new AbortController()
  void runner.run(life.signal)
  const made: Bench = {
    core,
    run: (ms) => pass(core.clock, ms),
    action: async () => {
      const [action] = (await core.responder.report(defaultTenant, incident)).actions
      assert.ok(action)
      return action
    },
    end: () => life.abort(),
  }
  return made
}

test('HTTP 200 proves nothing: what still answers after its time is a survivor', async () => {
  const { run, action, end } = await bench({
    probe: {
      everyMs: 1_000,
      withinMs: 10_000,
      run: () => Promise.resolve({ verdict: 'alive', says: 'the key still opens the lab' }),
    },
  })
  await run(5_000)
  assert.equal((await action()).state, 'probing')
  await run(10_000)
  const { state, proof, lastError } = await action()
  assert.deepEqual([state, proof], ['unknown', null])
  assert.match(lastError ?? '', /still opens/)
  end()
})

test('a secret that is tried must be refused twice in a row; one refusal may be a hiccup', async () => {
  const answers: Probed[] = [dead('probed'), { verdict: 'alive', says: 'open' }, dead('probed'), dead('probed')]
  let asked = 0
  const { run, action, end } = await bench({
    probe: {
      everyMs: 1_000,
      withinMs: 60_000,
      run: () => Promise.resolve(answers[asked++] ?? dead('probed')),
    },
  })
  await run(10_000)
  assert.equal((await action()).state, 'contained')
  assert.equal(asked, 4)
  end()
})

test('an action may ask for more refusals than one', async () => {
  let asked = 0
  const { run, action, end } = await bench({
    probe: {
      everyMs: 100,
      withinMs: 60_000,
      refusals: 5,
      run: () => {
        asked++
        return Promise.resolve(dead('introspected'))
      },
    },
  })
  await run(10_000)
  assert.deepEqual([(await action()).state, asked], ['contained', 5])
  end()
})

test('what may last is given back between its probes, asked about when it is time, and confirmed at once', async () => {
  let asked = 0
  const { core, run, action, end } = await bench({
    probe: {
      everyMs: 60_000,
      soonestMs: 20_000,
      withinMs: 600_000,
      run: () => Promise.resolve(asked++ === 0 ? { verdict: 'alive', says: 'the log lags' } : dead('probed')),
    },
  })
  await run(19_900)
  assert.deepEqual([(await action()).state, asked], ['probing', 1])
  assert.equal(
    core.reader.get<{ worker: string | null }>('SELECT worker FROM action')?.worker,
    null,
    'no slot is taken meanwhile',
  )
  await run(150)
  assert.deepEqual([(await action()).state, asked], ['probing', 2], 'not at the next look around only')
  await run(600)
  assert.deepEqual([(await action()).state, asked], ['contained', 3])
  end()
})

test('a token nobody can revoke is a survivor until its time is over; then it is expired', async () => {
  const expiresAtMs = startMs + 20 * 60_000
  const { core, run, action, end } = await bench({
    probe: {
      everyMs: 1_000,
      withinMs: 5_000,
      run: () => Promise.resolve({ verdict: 'unknown', says: 'self-contained', expiresAtMs }),
    },
  })
  await run(30_000)
  const { survivors } = await core.responder.report(defaultTenant, (await action()).incident)
  assert.equal(survivors[0]?.expiresAtMs, expiresAtMs)
  await run(22 * 60_000)
  const { state, proof } = await action()
  assert.deepEqual([state, proof?.kind], ['contained', 'expired'])
  assert.ok((proof?.atMs ?? 0) > expiresAtMs)
  end()
})

test('a date in the past does not outweigh a live answer', async () => {
  const { run, action, end } = await bench({
    probe: {
      everyMs: 1_000,
      withinMs: 5_000,
      run: () => Promise.resolve({ verdict: 'alive', says: 'it opened', expiresAtMs: startMs - 3_600_000 }),
    },
  })
  await run(10_000)
  assert.equal((await action()).state, 'unknown')
  end()
})

test('what a connector calls final fails at once; what it calls retryable is read back and sent again', async () => {
  let sent = 0
  const busy = await bench({
    apply: () => {
      sent++
      if (sent === 1) throw new CordonError('ERR_LAB_BUSY', '429', { retryable: true })
      return Promise.resolve({ says: 'disabled' })
    },
  })
  await busy.run(5_000)
  assert.equal((await busy.action()).state, 'executing', 'the vendor may still be working on it')
  await busy.run(30_000)
  assert.deepEqual([(await busy.action()).state, sent], ['contained', 2])
  busy.end()

  const refused = await bench({ apply: () => Promise.reject(new CordonError('ERR_LAB_FORBIDDEN', 'no scope')) })
  await refused.run(2_000)
  assert.equal((await refused.action()).state, 'failed')
  assert.match((await refused.action()).lastError ?? '', /ERR_LAB_FORBIDDEN/)
  refused.end()
})

test('a final error after which the change is found in place counts as applied', async () => {
  const { run, action, end } = await bench({
    apply: () => Promise.reject(new CordonError('ERR_HTTP_SHAPE', 'the answer is not JSON')),
    readBack: () => Promise.resolve('landed'),
  })
  await run(2_000)
  assert.equal((await action()).state, 'contained')
  end()
})

test('a call without answer ends after its time, and is not sent again when it landed', async () => {
  let sent = 0
  let isThere = false
  const { run, action, end } = await bench({
    apply: () => {
      sent++
      isThere = true
      return new Promise(() => undefined)
    },
    readBack: () => Promise.resolve(isThere ? 'landed' : 'absent'),
  })
  await run(9_000)
  assert.equal((await action()).state, 'executing')
  await run(30_000)
  assert.deepEqual([(await action()).state, sent], ['contained', 1])
  end()
})

test('our own identity at the vendor, or a break-glass one, is refused before anything goes out', async () => {
  for (const wall of [{ isOwn: (entity: EntityId) => entity === a }, { spared: [a] }]) {
    let sent = 0
    const { run, action, end } = await bench(
      {
        apply: () => {
          sent++
          return Promise.resolve({ says: 'oops' })
        },
      },
      { sourceFor: () => ({ ...source, ...wall }) },
    )
    await run(2_000)
    assert.deepEqual([(await action()).state, (await action()).attempts, sent], ['failed', 0, 0])
    end()
  }
})

test('a credential that cannot be unsealed costs no attempt', async () => {
  let tries = 0
  const { run, action, end } = await bench(
    {},
    {
      unseal: () => {
        tries++
        return tries < 3
          ? Promise.reject(new CordonError('ERR_VAULT_SEALED', 'sealed', { retryable: true }))
          : Promise.resolve({})
      },
    },
  )
  await run(20_000)
  assert.deepEqual([(await action()).state, (await action()).attempts], ['contained', 1])
  end()
})

test('an undo gets back the state that apply left, and a lost answer is read back', async () => {
  const seen: unknown[] = []
  let isDisabled = false
  const { core, run, action, end } = await bench({
    apply: () => {
      isDisabled = true
      return Promise.resolve({ says: 'disabled', undoState: { roles: ['reader'] } })
    },
    readBack: () => Promise.resolve(isDisabled ? 'landed' : 'absent'),
    undo: (_, __, state) => {
      seen.push(state)
      isDisabled = false
      return Promise.reject(new CordonError('ERR_LAB_LOST', 'reset', { retryable: true }))
    },
  })
  await run(2_000)
  await core.responder.undo(defaultTenant, (await action()).id, 'ann')
  await run(40_000)
  assert.equal((await action()).state, 'undone')
  assert.deepEqual(seen, [{ roles: ['reader'] }])
  end()
})

test('a proof is looked at again by itself', async () => {
  let isAlive = false
  const { run, action, core, end } = await bench({
    probe: {
      everyMs: 1_000,
      withinMs: 10_000,
      run: () => Promise.resolve(isAlive ? { verdict: 'alive', says: 're-created' } : dead('read-back')),
    },
  })
  await run(2_000)
  const { id, incident } = await action()
  assert.equal((await core.responder.report(defaultTenant, incident)).incident.state, 'contained')
  isAlive = true
  await run(6 * 60_000)
  const report = await core.responder.report(defaultTenant, incident)
  assert.equal(report.incident.state, 'containing')
  isAlive = false
  await core.responder.tick()
  await run(5_000)
  const again = (await core.responder.report(defaultTenant, incident)).actions.find((one) => one.id !== id)
  assert.deepEqual([again?.state, again?.generation], ['contained', 1])
  end()
})

test('a shutdown lets the call under way end and starts no other', async () => {
  let sent = 0
  const { run, core, end } = await bench({
    apply: async (context) => {
      sent++
      await context.clock.sleep(3_000)
      return { says: 'disabled' }
    },
  })
  await run(1_000)
  end()
  await pass(core.clock, 10_000)
  assert.equal(sent, 1)
  const { actions } = await core.responder.report(defaultTenant, core.responder.list(defaultTenant)[0]?.id ?? 'inc_x')
  assert.equal(actions[0]?.state, 'contained')
})

test('one source gets only so many calls at once and in a minute', async () => {
  const core = makeCore()
  const pace = createPace(core.clock, () => ({ callsAtOnceMax: 2, callsPerMinuteMax: 60 }))
  let now = 0
  let most = 0
  let done = 0
  for (let call = 0; call < 62; call++) {
    void pace('lab', async () => {
      most = Math.max(most, ++now)
      await core.clock.sleep(10)
      now--
      done++
    })
  }
  await pass(core.clock, 30_000)
  assert.equal(most, 2)
  assert.ok(done >= 28 && done <= 34, `${done} calls in half a minute`)
  await pass(core.clock, 40_000)
  assert.equal(done, 62)
})

test('what an undo needs of a person is sealed in the store, opened for the undo alone, and nothing is done where it cannot be', async () => {
  const seen: unknown[] = []
  let applied = 0
  const sealing: Partial<ContainAction> = {
    sealsUndo: true,
    remember: () => Promise.resolve({ profile: 'EXAMPLE-person' }),
    apply: () => {
      applied++
      return Promise.resolve({ says: 'taken' })
    },
    undo: (_, __, state) => {
      seen.push(state)
      return Promise.resolve()
    },
  }
  const { core, run, action, end } = await bench(sealing, { undoSeal: makeUndoSeal() })
  await run(1_000)
  const { id, state, undoState } = await action()
  assert.deepEqual([state, applied], ['contained', 1])
  assert.ok(undoState !== null && !undoState.includes('EXAMPLE') && !undoState.startsWith('{'))
  await core.responder.undo(defaultTenant, id, 'ann')
  await run(1_000)
  assert.deepEqual(seen, [{ profile: 'EXAMPLE-person' }])
  end()

  const bare = await bench(sealing)
  await bare.run(1_000)
  const { state: refused, lastError } = await bare.action()
  assert.deepEqual([refused, applied], ['failed', 1])
  assert.match(lastError ?? '', /nothing seals/)
  bare.end()
})
