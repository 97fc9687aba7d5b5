import assert from 'node:assert/strict'
import { test } from 'node:test'

import { backlogOf, publishedKeys, signalKeys } from '#signals'
import { queueSignals, waitingMax } from '#signals/writer'

import { signalContext } from '../../../src/app/hands/signals.ts'
import { credential } from '../../simulation/respond-world.ts'
import { applyOne, issuer, rig, startReceiver, tenant } from './transmitter-rig.ts'

test('nothing is told before it is proven, then each receiver once, signed by the published key', async () => {
  const receiver = await startReceiver()
  try {
    const { core, api, telling, makeKey, read, told, only } = rig([receiver.url])
    await makeKey()
    const delivery = {
      method: 'urn:ietf:rfc:8935',
      endpoint_url: `${receiver.url}/events`,
      authorization_header: 'Bearer EXAMPLE-okta',
    }
    await assert.rejects(api.create('okta', { delivery, aud: 'https://another.example' }), { code: 'ERR_SIGNAL_SHAPE' })
    const split = { ...delivery, authorization_header: 'Bearer x\r\nHost: evil' }
    await assert.rejects(api.create('okta', { delivery: split }), { code: 'ERR_SIGNAL_SHAPE' })
    await api.create('okta', { delivery }, { aud: 'https://okta.example', subjectInEvent: false })
    const { incident, prove } = await applyOne(core, { target: credential('a') })
    const goAll = async (): Promise<void> => {
      await telling.queueDue()
      await telling.deliver()
    }
    await goAll()
    assert.deepEqual(receiver.taken, [], 'applied is not proven')
    await prove()
    // Away, broken, busy: it comes again, later each time, and in order.
    receiver.answers.push({ status: 503 }, { status: 401 }, { status: 429 })
    for (let tries = 0; tries < 3; tries++) {
      await goAll()
      await telling.deliver()
      assert.equal(receiver.answers.length, 2 - tries, 'not before its time')
      await core.clock.advance(10_000)
    }
    await goAll()
    await goAll()
    assert.equal(receiver.taken.length, 1)
    const { token, authorization, type } = receiver.taken[0] ?? assert.fail()
    assert.deepEqual([authorization, type], ['Bearer EXAMPLE-okta', 'application/secevent+jwt'])
    const { payload } = await read(token, 'https://okta.example').catch(assert.fail)
    assert.deepEqual(payload['sub_id'], { format: 'email', email: 'ada@example.com' })
    assert.deepEqual(Object.keys(payload['events'] ?? {}), [
      'https://schemas.openid.net/secevent/caep/event-type/credential-change',
    ])
    assert.ok(!('sub' in payload) && !('exp' in payload))
    assert.equal(payload['txn'], incident)
    assert.deepEqual(
      told.map(({ what }) => what).filter((what) => !what.startsWith('signal.stream')),
      ['signal.queued', 'signal.delivered'],
    )
    const bytes = JSON.stringify(core.reader.all('SELECT * FROM signal_stream')) + JSON.stringify(only())
    assert.ok(!bytes.includes('EXAMPLE-okta'), 'the receiver’s header lies sealed')
  } finally {
    await receiver.close()
  }
})

test('a receiver’s 400 is the last word on that token, and what it says goes no further than a code', async () => {
  const receiver = await startReceiver()
  try {
    const { api, telling, makeKey, told, only } = rig([receiver.url])
    await makeKey()
    await api.create('okta', { delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: `${receiver.url}/` } })
    receiver.answers.push({ status: 400, body: { err: 'invalid_audience', description: 'Ada <ada@example.com>' } })
    await telling.verify(only(), 's1')
    await telling.verify(only(), 's2')
    await telling.deliver()
    assert.equal(receiver.taken.length, 1, 'the next one is not held up')
    await api.setStatus('okta', { stream_id: only().id, status: 'paused' })
    await telling.verify(only(), 's3')
    await telling.deliver()
    assert.equal(receiver.taken.length, 1, 'a paused stream is not pushed to')
    await api.setStatus('okta', { stream_id: only().id, status: 'enabled' })
    await telling.deliver()
    assert.equal(receiver.taken.length, 2, 'and loses nothing by it')
    assert.deepEqual(told.find(({ what }) => what === 'signal.refused')?.facts['err'], 'invalid_audience')
    assert.doesNotMatch(JSON.stringify(told), /Ada/)
  } finally {
    await receiver.close()
  }
})

test('a token that a receiver never takes holds up no other, and is asked about ever more rarely', async () => {
  const receiver = await startReceiver()
  try {
    const { api, telling, makeKey, only, core, told } = rig([receiver.url])
    await makeKey()
    await api.create('okta', { delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: `${receiver.url}/` } })
    receiver.state.chokesOn = 'poison'
    await telling.verify(only(), 'poison')
    await telling.deliver()
    await core.clock.advance(1)
    await telling.verify(only(), 'good')
    await telling.deliver()
    assert.equal(receiver.taken.length, 0, 'a receiver that failed is left alone')
    await core.clock.advance(10_000)
    await telling.deliver()
    assert.equal(receiver.taken.length, 1, 'the younger one went first')
    delete receiver.state.chokesOn
    let tries = 0
    for (let hour = 0; hour < 8 * 24; hour++) {
      receiver.answers.push({ status: 500 })
      await telling.deliver()
      tries += receiver.answers.length === 0 ? 1 : 0
      receiver.answers.length = 0
      await core.clock.advance(3_600_000)
    }
    assert.ok(tries > 24 && tries <= 7 * 24 + 1, `${tries} tries`)
    assert.equal(told.filter(({ what }) => what === 'signal.dropped').length, 1, 'given up after a week, and said')
    assert.equal(told.filter(({ what }) => what === 'signal.delivered').length, 1)
  } finally {
    await receiver.close()
  }
})

test('what a receiver answered last is what `signal list` shows', async () => {
  const receiver = await startReceiver()
  try {
    const { api, telling, makeKey, only, core } = rig([receiver.url])
    await makeKey()
    await api.create('okta', { delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: `${receiver.url}/` } })
    const shown = () => backlogOf(core.reader, tenant, only().id)
    await telling.verify(only(), 's1')
    assert.deepEqual(shown(), { waiting: 1, lastError: null })
    for (const status of [503, 429]) {
      receiver.answers.push({ status })
      await telling.deliver()
      assert.equal(shown().lastError, `answered ${status}`)
      await core.clock.advance(10_000)
      await telling.verify(only(), `beside ${status}`)
    }
    assert.deepEqual(shown(), { waiting: 3, lastError: 'answered 429' })
  } finally {
    await receiver.close()
  }
})

test('a token whose key is gone holds up no other, pushed or polled, and is given up like any', async () => {
  const receiver = await startReceiver()
  try {
    const { api, telling, makeKey, only, core, told } = rig([receiver.url])
    await makeKey()
    await api.create('pushed', { delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: `${receiver.url}/` } })
    await api.create('polled', {})
    const type = 'https://schemas.openid.net/secevent/ssf/event-type/verification'
    const [pushed, polled] = [only('pushed'), only('polled')]
    const tokens = [pushed, polled].map(({ id: stream }) => {
      const at = { created_at: core.clock.nowMs(), attempts: 0 }
      return { tenant, stream, jti: 'shut', type, sealed: 'nobody opens this', ...at }
    })
    await core.writer.submit(queueSignals({ tenant, tokens, told: [] }))
    await core.clock.advance(1)
    await telling.verify(pushed, 'good')
    await telling.verify(polled, 'good')
    await telling.deliver()
    assert.equal(receiver.taken.length, 1)
    const { sets } = await telling.poll(polled, {})
    assert.deepEqual([Object.keys(sets).length, 'shut' in sets], [1, false])
    assert.match(backlogOf(core.reader, tenant, polled.id).lastError ?? '', /do not open/)
    await telling.poll(polled, { ack: Object.keys(sets) })
    await core.clock.advance(7 * 86_400_000 + 1)
    await telling.deliver()
    await telling.poll(polled, {})
    for (const { id } of [pushed, polled]) assert.equal(backlogOf(core.reader, tenant, id).waiting, 0)
    assert.equal(told.filter(({ what }) => what === 'signal.dropped').length, 2)
  } finally {
    await receiver.close()
  }
})

test('of more than may wait for a stream the oldest go, and a leaf says how many', async () => {
  const { api, telling, makeKey, only, core, told } = rig([])
  await makeKey()
  await api.create('okta', {})
  const { id: stream } = only()
  const tokens = Array.from({ length: waitingMax }, (_, n) => {
    return { tenant, stream, jti: `old-${n}`, type: 'x', sealed: 'x', created_at: n, attempts: 0 }
  })
  await core.writer.submit(queueSignals({ tenant, tokens, told: [] }))
  const { prove } = await applyOne(core, { target: credential('a') })
  await prove()
  await telling.queueDue()
  assert.equal(backlogOf(core.reader, tenant, stream).waiting, waitingMax)
  assert.equal(told.find(({ what }) => what === 'signal.dropped')?.facts['count'], 1)
  const oldest = core.reader.all<{ jti: string }>('SELECT jti FROM signal_out ORDER BY created_at LIMIT 1')
  assert.equal(oldest[0]?.jti, 'old-1')
})

test('a polled stream gives, keeps what was not acknowledged, and forgets what was', async () => {
  const { api, telling, makeKey, read, only, told, core } = rig([])
  await makeKey()
  const made = await api.create('okta', { events_requested: ['https://vendor.example/unknown'] })
  assert.deepEqual(made['events_delivered'], [])
  for (const state of ['a', 'b', 'c']) {
    await telling.verify(only(), state)
    await core.clock.advance(1)
  }
  const first = await telling.poll(only(), { maxEvents: 2, returnImmediately: true })
  assert.deepEqual([Object.keys(first.sets).length, first.moreAvailable], [2, true])
  const [one = '', two = ''] = Object.keys(first.sets)
  const { payload } = await read(first.sets[one] ?? '', `${issuer}/receivers/okta`)
  assert.deepEqual([payload['jti'], payload['sub_id']], [one, { format: 'opaque', id: only().id }])
  const second = await telling.poll(only(), { ack: [one, 'unknown'], setErrs: { [two]: { err: 'x'.repeat(64) } } })
  assert.equal(Object.keys(second.sets).length, 1)
  assert.ok(!(one in second.sets) && !(two in second.sets))
  assert.deepEqual(
    told
      .slice(-2)
      .map(({ what }) => what)
      .toSorted(),
    ['signal.delivered', 'signal.refused'],
  )
  await assert.rejects(telling.poll(only(), { maxEvents: 'all' }), { code: 'ERR_SIGNAL_SHAPE' })
  await api.setStatus('okta', { stream_id: only().id, status: 'paused' })
  assert.deepEqual((await telling.poll(only(), {})).sets, {})
  await api.setStatus('okta', { stream_id: only().id, status: 'enabled' })
  assert.equal(Object.keys((await telling.poll(only(), {})).sets).length, 1, 'a pause keeps what it held')
  await api.setStatus('okta', { stream_id: only().id, status: 'disabled' })
  await api.setStatus('okta', { stream_id: only().id, status: 'enabled' })
  assert.deepEqual((await telling.poll(only(), {})).sets, {}, 'a disabled stream keeps nothing')
})

test('a receiver cannot make Cordon call whom it likes, nor touch another’s stream, nor ask for ever', async () => {
  const { api, hands, makeKey, core, only, coreVault } = rig(['https://okta.example'])
  await makeKey()
  for (const endpoint_url of [
    'http://169.254.169.254/latest',
    'https://okta.example.evil/',
    'https://okta.example@evil/',
    'x',
    'file:///etc/passwd',
  ]) {
    const asked = { delivery: { method: 'urn:ietf:rfc:8935', endpoint_url } }
    await assert.rejects(api.create('okta', asked), { code: 'ERR_SIGNAL_ENDPOINT' }, endpoint_url)
  }
  await api.create('okta', {})
  const { id } = only()
  assert.throws(() => api.read('evil', id), { code: 'ERR_SIGNAL_ABSENT' })
  await assert.rejects(api.remove('evil', id), { code: 'ERR_SIGNAL_ABSENT' })
  await assert.rejects(api.setStatus('evil', { stream_id: id, status: 'disabled' }), { code: 'ERR_SIGNAL_ABSENT' })
  assert.deepEqual(api.list('evil'), [])
  for (let n = 0; n < 3; n++) await api.create('okta', {})
  await assert.rejects(api.create('okta', {}), { code: 'ERR_SIGNAL_FULL' })
  await core.clock.advance(60_000)
  await api.noteVerification(api.need('okta', id))
  assert.throws(() => api.need('okta', 'sgs_none'), { code: 'ERR_SIGNAL_ABSENT' })
  await assert.rejects(api.noteVerification(api.need('okta', id)), { code: 'ERR_SIGNAL_TOO_OFTEN' })
  // Core alone cannot send hands anywhere either.
  const [key] = signalKeys(core.reader, tenant)
  assert.ok(key)
  const sealed = coreVault.sealer.seal('{}', signalContext.token('s', 'j'))
  const [outcome] = await hands.push(key, { stream: 's', endpoint: 'http://127.0.0.1:1/x', auth: null }, [
    { jti: 'j', sealed },
  ])
  assert.match(outcome?.says ?? '', /not an origin/)
})

test('an excluded subject is told of no more, until it is added again', async () => {
  const { api, telling, makeKey, core, only } = rig([])
  await makeKey()
  await api.create('okta', {})
  const subject = { email: 'ada@example.com', format: 'email' }
  await api.setSubject('okta', { stream_id: only().id, subject }, true)
  let count = 0
  const proveOne = async (): Promise<number> => {
    const { prove } = await applyOne(core, { target: credential(`k${count}`) }, credential(`t${count++}`))
    await prove()
    await telling.queueDue()
    return Object.keys((await telling.poll(only(), {})).sets).length
  }
  assert.equal(await proveOne(), 0)
  await api.setSubject('okta', { stream_id: only().id, subject }, false)
  assert.equal(await proveOne(), 1)
})

test('a new key is published before it signs, and the old one stays until what it signed has arrived', async () => {
  const { api, telling, makeKey, core, only, read } = rig([])
  const old = await makeKey()
  await api.create('okta', {})
  const kidOf = async (): Promise<string | undefined> => {
    await telling.verify(only(), String(core.clock.nowMs()))
    const { sets } = await telling.poll(only(), {})
    const token = Object.values(sets).at(-1) ?? ''
    await telling.poll(only(), { ack: Object.keys(sets), maxEvents: 0 })
    const { protectedHeader } = await read(token, `${issuer}/receivers/okta`)
    return protectedHeader.kid
  }
  await core.clock.advance(3_600_000)
  const fresh = await makeKey()
  const published = (): unknown[] =>
    publishedKeys(signalKeys(core.reader, tenant), core.clock.nowMs()).map(({ kid }) => kid)
  assert.deepEqual(published(), [fresh, old])
  assert.equal(await kidOf(), old)
  await core.clock.advance(11 * 60_000)
  assert.equal(await kidOf(), fresh)
  await core.clock.advance(2 * 86_400_000)
  assert.deepEqual(published(), [fresh])
})
