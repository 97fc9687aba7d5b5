import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import type { Client as PgClient } from 'pg'
import { entityId, type EntityId } from '#model'
import type { ResponseOf } from '#api/contract'

import { customers, passwords, peopleTotal, planted, startCompany, untouched, type Company } from './company.ts'
import { startProduct, type Person, type Product } from './product.ts'
import type { Errand, Loot } from './thief.ts'

// A thief with a stolen password takes people's rows from a real cluster. Cordon, run as its users run it, learns of it
// from the server's own log, kills what the thief holds, and says whose data left. What is true is asked of the server
// and counted at the thief's end; Cordon is asked by command line and HTTP only.
let company: Company
let cordon: Product
let onCall: Person
let authority: string
const source = 'people-db'
const scratch = mkdtempSync(join(tmpdir(), 'cordon-scratch-'))

before(async () => {
  ;[company, cordon] = await Promise.all([startCompany(), startProduct()])
})
after(async () => {
  await cordon?.stop()
  await company?.stop()
  cordon?.remove()
  rmSync(scratch, { recursive: true, force: true })
})

type Report = ResponseOf<'incident.show'>
type IncidentId = Report['incident']['id']
const must = async (person: Person, ...args: string[]): Promise<string> => {
  const { code, out, err } = await person.cli(...args)
  assert.equal(code, 0, `cordon ${args.join(' ')}: ${code} ${err}${out}`)
  return out
}
/** `isTrue` may answer with what is still missing. */
const until = async (what: string, isTrue: () => Promise<boolean | string>, withinMs = 30_000): Promise<void> => {
  for (const end = performance.now() + withinMs; ;) {
    const answer = await isTrue()
    if (answer === true) return
    if (performance.now() > end)
      throw new Error(`waited ${withinMs} ms for ${what}: ${answer}; Cordon said: ${cordon.diagnostics()}`)
    await new Promise((done) => setTimeout(done, 50))
  }
}
const show = (incident: IncidentId): Promise<Report> => onCall.api.call('incident.show', { params: { incident } })
const impactOf = async (incident: IncidentId) =>
  (await onCall.api.call('incident.impact', { params: { incident } })).impact
const role = async (name: string): Promise<EntityId> =>
  entityId('identity', authority, `role/${await company.oidOf(name)}`)
const passwordOf = async (name: string): Promise<EntityId> =>
  entityId('credential', authority, `role/${await company.oidOf(name)}/password`)
const tableOf = async (name: string): Promise<EntityId> => {
  const root = await company.superuser()
  const { rows } = await root.query<{ db: string; rel: string }>(
    `select (select oid from pg_database where datname = 'postgres')::int8 as db, $1::regclass::oid::int8 as rel`,
    [name],
  )
  await root.end()
  return entityId('resource', authority, `db/${rows[0]?.db}/rel/${rows[0]?.rel}`)
}
const sessionsOpen = async (...names: string[]): Promise<number> => {
  const root = await company.superuser()
  const { rows } = await root.query<{ n: number }>(
    'select count(*)::int4 as n from pg_stat_activity where usename = any ($1)',
    [names],
  )
  await root.end()
  return rows[0]?.n ?? 0
}

const isMember = async (member: string, of: string): Promise<boolean> => {
  const root = await company.superuser()
  const { rows } = await root.query<{ is: boolean }>(`select pg_has_role($1, $2, 'MEMBER') as is`, [member, of])
  await root.end()
  return rows[0]?.is === true
}

type Thief = { rows(): number; loot: Promise<Loot> }
/** A program of its own: what it says arrived did arrive. */
function send(errand: Omit<Errand, 'port' | 'query' | 'rowsAtOnce' | 'pauseMs'> & Partial<Errand>): Thief {
  const whole: Errand = {
    port: company.port,
    query: `select * from people where email like '%${planted.email}' and name <> '${planted.literal}'`,
    rowsAtOnce: 20,
    pauseMs: 40,
    ...errand,
  }
  const program = fileURLToPath(new URL('./thief.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=source', program, JSON.stringify(whole)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const last = (): Partial<Loot> =>
    JSON.parse(
      text
        .trimEnd()
        .split('\n')
        .findLast((line) => line.endsWith('}')) ?? '{}',
    )
  return {
    rows: () => last().rows ?? 0,
    loot: new Promise((done) => child.on('close', () => done(last() as Loot))),
  }
}

test('a database is connected with the least rights, and a second person may approve', async () => {
  for (const name of ['cordon_see', 'cordon_contain'] as const) writeFileSync(join(scratch, name), passwords[name])
  const wanted = {
    host: company.host,
    port: company.port,
    user: 'cordon_see',
    containUser: 'cordon_contain',
    ssl: 'disable',
    'logs.format': 'jsonlog',
    'logs.path': `${company.logs}/*.json`,
    'people.database': 'postgres',
    'people.view': 'cordon.people',
  }
  const settings = Object.entries(wanted).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  const secrets = [
    '--see',
    `password=file:${scratch}/cordon_see`,
    '--contain',
    `password=file:${scratch}/cordon_contain`,
  ]
  await must(cordon.admin, 'source', 'add', source, '--connector', 'postgres', ...settings, ...secrets)
  const check = await cordon.admin.api.call('source.check', { params: { source } })
  assert.deepEqual([check.missing, check.excess], [[], []])
  authority = check.authority
  assert.match(authority, /^\d{19}$/)
  await until('all streams to have delivered', async () => {
    const { sources } = await cordon.admin.api.call('source.list')
    return (
      sources.find(({ id }) => id === source)?.streams.every(({ lastSuccessAtMs }) => lastSuccessAtMs !== null) === true
    )
  })

  onCall = await cordon.person('on-call', ['responder', 'approver'])
  await must(onCall, 'approver', 'enroll')
  const { loosenings } = await onCall.api.call('loosening.list')
  assert.deepEqual(
    loosenings.map(({ kind }) => kind),
    ['approver'],
  )
  assert.notEqual(
    (await onCall.cli('loosening', 'consent', loosenings[0]?.id ?? '')).code,
    0,
    'not by their own consent',
  )
  await must(cordon.admin, 'loosening', 'consent', loosenings[0]?.id ?? '')

  const found = await must(onCall, 'entity', 'find', 'identity', '--name', 'break_glass')
  assert.ok(found.includes(await role('break_glass')))
  await must(onCall, 'protection', 'add', await role('break_glass'))
})

test('without a valid approval nothing runs, and everything is a named survivor', async () => {
  const held = await company.client('payroll', passwords.payroll)
  const { rows } = await held.query<{ pid: number }>('select pg_backend_pid() as pid')
  const trigger = await passwordOf('payroll')
  await until('the session to be known', async () => {
    const { exposure } = await onCall.api.call('recall', {
      body: { trigger: { kind: 'credential', credential: trigger }, window: { fromMs: Date.now() - 3_600_000 } },
    })
    return exposure.credentials.some(({ credential }) => credential.includes(`session/${rows[0]?.pid}.`))
  })
  const { id } = await onCall.api.call('incident.open', {
    body: {
      title: 'a password of payroll may be known',
      trigger: { kind: 'credential', credential: trigger },
      window: { fromMs: Date.now() - 3_600_000 },
    },
  })
  const first = JSON.parse(await must(onCall, 'contain', id, '--json')) as ResponseOf<'incident.contain'>
  assert.deepEqual([first.started.length, first.waiting.length], [0, first.plan.steps.length])

  // Signed by a key nobody enrolled, for another plan, and by somebody who may not.
  const stranger = await cordon.person('stranger', ['responder', 'approver'])
  const watcher = await cordon.person('watcher', ['responder'])
  for (const [person, hash, code] of [
    [stranger, first.plan.hash, 'ERR_APPROVAL_KEY'],
    [watcher, first.plan.hash, 'ERR_API_FORBIDDEN'],
    [onCall, 'f'.repeat(64), 'ERR_API_NOT_FOUND'],
  ] as const) {
    const refused = await person.cli('contain', id, '--approve', hash, '--json')
    assert.ok(
      refused.code !== 0 && `${refused.out}${refused.err}`.includes(code),
      `${code}: ${refused.out}${refused.err}`,
    )
  }
  // Given in time, and over before anything could start: automation is stopped meanwhile.
  await must(onCall, 'stop', '--reason', 'looking first')
  const soon = await onCall.approve(first.plan, 1_500)
  assert.equal(
    (await onCall.api.call('incident.approve', { params: { incident: id }, body: soon })).started.length,
    first.plan.steps.length,
  )
  await new Promise((done) => setTimeout(done, 2_000))
  await must(onCall, 'resume')
  await until('the expired approval to be asked for again', async () =>
    (await show(id)).actions.every(({ state }) => state === 'awaiting-approval'),
  )
  await assert.rejects(
    async () =>
      onCall.api.call('incident.approve', { params: { incident: id }, body: await onCall.approve(first.plan, -1) }),
    { code: 'ERR_APPROVAL_EXPIRED' },
  )

  const report = await show(id)
  assert.deepEqual([report.dead, report.incident.state], [[], 'containing'])
  assert.deepEqual(
    report.survivors.map(({ credential }) => credential).sort(),
    report.assessment?.exposure.credentials.map(({ credential }) => credential).sort(),
  )
  assert.ok(report.survivors.length >= 2)
  for (const { why, next } of report.survivors)
    assert.match(`${why}; ${next}`, /waits for an approval; approve plan `[0-9a-f]{64}`/)
  assert.equal((await held.query('select 1')).rows.length, 1, 'its session goes on')
  assert.equal(await company.canLogin('payroll', passwords.payroll), true)
  await held.end()
})

test('the thief and all it made die, and what left lies inside the figure', async () => {
  const innocent = await company.client('payroll', passwords.payroll)
  const trigger = await passwordOf('labeller')
  const [people, labeller] = [await tableOf('people'), await role('labeller')]

  // The theft: with labeller's password a role is made and a break-glass role taken over; two of them drain.
  const startedAtMs = Date.now()
  const maker = send({
    user: 'labeller',
    password: passwords.labeller,
    first: [
      `create role sync_svc login password '${passwords.sync_svc}' in role labeller`,
      `alter role break_glass password '${passwords.taken}'`,
      `grant labeller to break_glass`,
    ],
  })
  await until('the first rows to leave', () => Promise.resolve(maker.rows() > 0))
  const made = send({
    user: 'sync_svc',
    password: passwords.sync_svc,
    first: ['set role labeller'],
    query: `select * from people where id > 20000 and email <> '${planted.literal}'`,
  })
  await until('rows to leave by the second role', () => Promise.resolve(made.rows() > 0))
  const taken = await company.client('break_glass', passwords.taken)
  const [sync, breakGlass] = [await role('sync_svc'), await role('break_glass')]
  const recall = async () => {
    const { exposure } = await onCall.api.call('recall', {
      body: { trigger: { kind: 'credential', credential: trigger }, window: { fromMs: startedAtMs - 60_000 } },
    })
    return exposure
  }

  // Cordon learns of it from the log.
  await until('the log to tell the story', async () => {
    const { credentials, descendants, impact } = await recall()
    const names = credentials.map(({ credential }) => credential)
    const sessions = credentials.filter(({ kind }) => kind === 'session').map(({ identity }) => identity)
    return (
      names.includes(await passwordOf('sync_svc')) &&
      names.includes(await passwordOf('break_glass')) &&
      descendants.some(({ entity }) => entity === sync) &&
      [labeller, sync, breakGlass].every((identity) => sessions.includes(identity)) &&
      impact.didTouch.some(({ resource }) => resource === people)
    )
  })
  const learntMs = Date.now() - startedAtMs

  // An incident, a plan, and while people look at it the thief goes on.
  const since = new Date(startedAtMs - 60_000).toISOString()
  const opened = JSON.parse(
    await must(onCall, 'incident', 'open', trigger, '--since', since, '--json'),
  ) as Report['incident']
  const id = opened.id
  const { plan, started } = JSON.parse(await must(onCall, 'contain', id, '--json')) as ResponseOf<'incident.contain'>
  assert.deepEqual(started, [])
  for (const step of plan.steps) {
    const isProtected = step.target === breakGlass
    assert.equal(step.level, isProtected ? null : 1, `${step.verb} ${step.target}`)
    if (isProtected) assert.ok(step.decidedBy.includes('code.break-glass'))
  }
  const late = send({
    user: 'labeller',
    password: passwords.labeller,
    first: [`create role late_svc login password '${passwords.late_svc}' in role labeller`],
    query: `select * from people where id > 30000`,
  })
  await until('rows to leave once more', () => Promise.resolve(late.rows() > 0))
  const lateRole = await role('late_svc')

  // The hash that was looked at is approved; what came since lies inside its envelope.
  const approvedAtMs = Date.now()
  const approving = onCall.cli('contain', id, '--approve', plan.hash, '--wait', '60s', '--json')
  const loot = await Promise.all([maker.loot, made.loot, late.loot])
  const lastRowAtMs = Math.max(...loot.map((one) => one.lastRowAtMs))
  const approved = await approving
  assert.equal(approved.code, 1, `survivors remain: ${approved.err}`)
  await until('the role made after the plan to be proven dead', async () => {
    const { dead, assessment } = await show(id)
    return (
      dead.some(({ credential }) => credential === `credential:${authority}:${lateRole.split(':')[2]}/password`) &&
      assessment?.exposure.descendants.some(({ entity }) => entity === lateRole) === true
    )
  })
  const provenAtMs = Date.now()

  // The world, asked without Cordon.
  for (const { error } of loot) assert.match(error, /terminat|connection/i)
  for (const name of ['labeller', 'sync_svc', 'late_svc'] as const)
    assert.equal(await company.canLogin(name, passwords[name]), false, name)
  assert.equal(await sessionsOpen('labeller', 'sync_svc', 'late_svc'), 0)
  assert.equal((await innocent.query('select count(*)::int4 as n from pay.runs')).rows[0]?.n, 50, 'a bystander goes on')
  assert.equal((await taken.query('select 1 as one')).rows[0]?.one, 1, 'break-glass was never touched')
  assert.equal(await company.canLogin('break_glass', passwords.taken), true)
  assert.equal(await isMember('break_glass', 'labeller'), true, 'nor by way of what the thief made it a member of')
  assert.equal(await isMember('sync_svc', 'labeller'), false)

  // What Cordon says of it: survivors are exactly what still opens something.
  await until('the report to settle', async () => {
    const open = (await show(id)).actions.filter(({ state }) => state !== 'contained' && state !== 'proposed')
    return open.length === 0 || open.map(({ verb, state, lastError }) => `${verb} ${state} ${lastError}`).join('; ')
  })
  const report = await show(id)
  const stillOpen = [await passwordOf('break_glass'), await sessionOf(taken)]
  assert.deepEqual(report.survivors.map(({ credential }) => credential).sort(), stillOpen.sort())
  for (const { why } of report.survivors) assert.match(why, /code\.break-glass|never lets Cordon act/)
  assert.deepEqual(
    report.dead.map(({ credential }) => credential).sort(),
    report.assessment?.exposure.credentials
      .map(({ credential }) => credential)
      .filter((credential) => !stillOpen.includes(credential))
      .sort(),
  )
  for (const { credential, proof, fromApplyMs } of report.dead) {
    assert.ok(proof !== null && proof.says !== '' && fromApplyMs !== null, credential)
  }
  assert.deepEqual(report.descendantsLeft ?? [], [])
  for (const { pid } of loot)
    assert.ok(
      report.dead.some(({ credential }) => credential.includes(`session/${pid}.`)),
      `session ${pid}`,
    )
  assert.ok(report.actions.every(({ target, attempts }) => target !== breakGlass || attempts === 0))
  assert.deepEqual(
    report.approvals.map(({ approver }) => approver),
    ['on-call'],
  )
  assert.equal((await onCall.api.call('incident.list')).incidents.length, 2, 'one story is one incident')

  // Rows that left, counted where they arrived, against the figure.
  const rows = loot.reduce((sum, one) => sum + one.rows, 0)
  const distinct = new Map(loot.flatMap((one) => one.people))
  await until('the last lines of the log to be counted', async () => (recordsIn(await impactOf(id)) ?? 0) >= rows)
  const impact = await impactOf(id)
  const records = recordsIn(impact) ?? 0
  assert.ok(records >= rows && records - rows <= 3 * 2 * 20, `${rows} rows left, Cordon says at most ${records}`)
  const { atLeast, atMost } = impact.people.didTouch
  assert.ok(
    atLeast <= distinct.size && distinct.size <= atMost,
    `${distinct.size} people, Cordon says ${atLeast} to ${atMost}`,
  )
  assert.ok(atMost <= peopleTotal)
  assert.deepEqual(impact.people.couldReach, {
    atLeast: peopleTotal + untouched.people,
    atMost: peopleTotal + untouched.people,
  })
  assert.deepEqual(new Set(distinct.values()), new Set(customers))
  const touched = impact.customers.filter(({ didTouch }) => didTouch).map(({ customer }) => customer)
  assert.deepEqual(
    touched.sort(),
    customers.map((name) => entityId('customer', 'cordon', name)),
  )
  for (const { customer, people: figure } of impact.customers.filter(({ didTouch }) => didTouch)) {
    const theirs = [...distinct.values()].filter((name) => customer === entityId('customer', 'cordon', name)).length
    assert.ok(figure.atLeast <= theirs && theirs <= figure.atMost, `${customer}: ${theirs}`)
  }
  const spared = impact.customers.find(
    ({ customer }) => customer === entityId('customer', 'cordon', untouched.customer),
  )
  assert.deepEqual([spared?.couldReach, spared?.didTouch, spared?.didChange], [true, false, false])
  assert.deepEqual(impact.didChange, [])

  const heardAtMs = report.approvals[0]?.atMs ?? approvedAtMs
  console.log(
    JSON.stringify({
      theftToKnownMs: learntMs,
      commandToLastRowMs: lastRowAtMs - approvedAtMs,
      approvalToLastRowMs: lastRowAtMs - heardAtMs,
      approvalToAllProvenMs: provenAtMs - heardAtMs,
      rowsLeft: rows,
      recordsSaid: records,
      peopleLeft: distinct.size,
      peopleSaid: [atLeast, atMost],
    }),
  )

  // Undo gives back the login and says whom it brings back to life.
  const disable = report.actions.find(({ verb, target }) => verb === 'postgres.role.disable' && target === labeller)
  const undone = JSON.parse(
    await must(onCall, 'action', 'undo', disable?.id ?? '', '--json'),
  ) as ResponseOf<'action.undo'>
  assert.deepEqual(undone.resurrects, [trigger, labeller])
  await until('the login to be back', () => company.canLogin('labeller', passwords.labeller))
  await until('the report to say so', async () =>
    (await show(id)).survivors.some(({ credential, why }) => credential === trigger && why.includes('undone')),
  )
  await new Promise((done) => setTimeout(done, 5_000))
  assert.equal(
    await company.canLogin('labeller', passwords.labeller),
    true,
    'what a person undid, only a person does again',
  )
  assert.equal(await company.canLogin('sync_svc', passwords.sync_svc), false, 'the rest stays dead')
  await innocent.end()
  await taken.end()
})

const recordsIn = (impact: Awaited<ReturnType<typeof impactOf>>): number | null | undefined =>
  impact.didTouch.find(({ records }) => records !== null)?.records

async function sessionOf(client: PgClient): Promise<EntityId> {
  const { rows } = await client.query<{ pid: number; start: string }>(
    'select pid, trunc(extract(epoch from backend_start))::int8 * 1000 as start from pg_stat_activity where pid = pg_backend_pid()',
  )
  return entityId('credential', authority, `session/${rows[0]?.pid}.${rows[0]?.start}`)
}

test('the ledger verifies without Cordon, and no value out of the tables is anywhere in what Cordon keeps or says', async () => {
  // Everything the API gives of the log, unsealed.
  const { head } = await cordon.admin.api.call('system.health')
  const events: string[] = []
  for (let offset = 1; offset <= head; offset++)
    events.push(JSON.stringify(await cordon.admin.api.call('event.show', { params: { offset: String(offset) } })))
  assert.ok(events.some((text) => text.includes('sync_svc')) && events.some((text) => text.includes('loot')))
  await cordon.stop()

  const exported = join(scratch, 'ledger')
  await must(cordon.admin, 'ledger', 'export', exported, '--data', cordon.data)
  const verified = JSON.parse(await must(cordon.admin, 'ledger', 'verify', exported, '--json'))
  assert.equal(verified.ok, true)
  assert.ok(verified.size > 40)

  const words = [...planted.names, planted.email, planted.phone, planted.literal, ...Object.values(passwords)]
  const found: string[] = []
  const search = (where: string, bytes: Uint8Array): void => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (const word of words) if (buffer.includes(word)) found.push(`${word} in ${where}`)
  }
  const files = [cordon.data, exported].flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
  )
  assert.ok(files.some(({ name }) => name === 'store.sqlite') && files.length > 5)
  for (const { parentPath, name } of files) search(name, readFileSync(join(parentPath, name)))
  search('diagnostics', Buffer.from(cordon.diagnostics()))
  search('the log as the API shows it', Buffer.from(events.join('\n')))
  assert.deepEqual(found, [])
  // The search itself finds: the server's own log is full of them.
  const own = readdirSync(company.logs).map((name) => readFileSync(join(company.logs, name)))
  assert.ok(
    [planted.email, planted.literal, planted.names[0]].every((word) => own.some((bytes) => bytes.includes(word))),
  )
})
