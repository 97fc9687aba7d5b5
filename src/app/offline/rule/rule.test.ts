import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'

import { parseOwnJson, systemClock } from '#kit'
import { exitCodes, runCli } from '#cli'

import { ruleCommands } from './index.ts'

const rules = `title: Root signs in
id: root-login
level: high
logsource: { product: aws, service: cloudtrail }
detection:
  selection: { eventName: ConsoleLogin, userIdentity.type: Root }
  condition: selection
---
title: Sign-in fails
id: failed-login
name: failed_login
level: low
logsource: { product: aws, service: cloudtrail }
detection:
  selection: { errorMessage|contains: failed }
  condition: selection
---
title: Many fail
id: many-fail
level: critical
correlation:
  type: event_count
  rules: [failed_login]
  group-by: [sourceIPAddress]
  timespan: 5m
  condition: { gte: 2 }
`
const failure = (minute: number): string =>
  JSON.stringify({
    eventTime: `2026-01-01T00:0${minute}:00Z`,
    errorMessage: 'Failed authentication',
    sourceIPAddress: '203.0.113.9',
  })
const root = JSON.stringify({ eventName: 'consolelogin', userIdentity: { type: 'Root' } })

function folder(files: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), 'cordon-rule-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}

async function cordon(argv: readonly string[], stdin = ''): Promise<{ code: number; out: string[]; err: string }> {
  const out: string[] = []
  const err: string[] = []
  const io = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    stdin: () => Readable.from([Buffer.from(stdin)]),
    env: {},
    clock: systemClock,
    isTty: false,
    columns: 80,
  }
  const code = await runCli({ version: '0', commands: ruleCommands }, argv, io)
  return { code, out, err: err.join('\n') }
}

test('run: a line for each match with the number of its line, then the findings of correlations', async () => {
  const dir = folder({ 'aws.yml': rules, 'events.ndjson': `${root}\n${failure(1)}\n\n${failure(3)}\n${root}` })
  const argv = [
    'rule',
    'run',
    '--rules',
    dir,
    join(dir, 'events.ndjson'),
    '--logsource',
    'product=aws,service=cloudtrail',
    '--json',
  ]
  const { code, out, err } = await cordon(argv)
  assert.equal(code, exitCodes.ok)
  const [first, second, finding, ...rest] = out.map((line) => parseOwnJson<Record<string, unknown>>(line))
  assert.deepEqual(first, { event: 0, rule: 'root-login', title: 'Root signs in', level: 'high' })
  assert.deepEqual([second?.['event'], second?.['rule']], [4, 'root-login'])
  assert.deepEqual(rest, [])
  assert.ok(finding)
  const { finding: id, ...told } = finding
  assert.match(String(id), /^fnd_/)
  assert.deepEqual(told, {
    rule: 'many-fail',
    title: 'Many fail',
    level: 'critical',
    group: { sourceIPAddress: '203.0.113.9' },
    first: '2026-01-01T00:01:00.000Z',
    at: '2026-01-01T00:03:00.000Z',
    measured: 2,
    events: [1, 3],
    complete: true,
  })
  assert.match(err, /5 lines, 0 of them no event; 2 matches; 2 of 2 rules apply \(exact log source\)/)
  assert.match(err, /1 correlation, 1 finding$/)
})

test('run: reads standard input, names lines that are no event, and says so by its exit code', async () => {
  const dir = folder({ 'aws.yml': rules })
  const { code, out, err } = await cordon(['rule', 'run', dir, '-'], `[1]\n${root}\nnot json\n`)
  assert.equal(code, exitCodes.notClean)
  assert.deepEqual(out, ['line 1  high  root-login  Root signs in'])
  assert.match(err, /line 0: not a JSON object/)
  assert.match(err, /line 2: /)
  assert.equal((await cordon(['rule', 'run', dir, '-', '--lateness', 'soon'])).code, exitCodes.usage)
  assert.equal((await cordon(['rule', 'run', folder({}), '-'])).code, exitCodes.usage)
})

test('run: a rule of another log source is not tried, and refused rules are told of', async () => {
  const dir = folder({ 'aws.yml': rules, 'bad.yml': rules.replace('|contains', '|holds').replaceAll('id: ', 'id: x') })
  const other = await cordon(['rule', 'run', dir, '-', '--logsource', 'product=okta,service=okta'], `${root}\n`)
  assert.deepEqual(other.out, [])
  assert.match(other.err, /1 rule REFUSED/)
})

test('lint: names each refusal with file, line, reason and way out', async () => {
  const dir = folder({
    'aws.yml': rules,
    'bad.yml': 'title: t\nlogsource: {}\ndetection:\n  s: { f|holds: x }\n  condition: s\n',
  })
  const { code, out } = await cordon(['rule', 'lint', dir])
  assert.equal(code, exitCodes.notClean)
  assert.match(out[0] ?? '', /bad\.yml:4 .*there is no modifier `holds` \(ERR_SIGMA_MODIFIER\)/)
  assert.match(out.at(-1) ?? '', /2 rules, 1 correlation, 0 filters loaded; 1 refused/)
})

test('explain: shows every part of a rule and what the event says', async () => {
  const dir = folder({ 'aws.yml': rules })
  const ask = (rule: string, ...more: string[]) =>
    cordon(['rule', 'explain', dir, '-', '--rule', rule, ...more], `${root}\n`)
  const yes = await ask('root-login')
  assert.equal(yes.code, exitCodes.ok)
  assert.match(
    yes.out.join('\n'),
    /^matches: Root signs in[\s\S]*yes {2}eventName: ConsoleLogin {3}\(event: "consolelogin"\)/,
  )
  const no = await ask('failed-login')
  assert.equal(no.code, exitCodes.notClean)
  assert.match(no.out.join('\n'), /no {3}errorMessage\|contains: failed {3}\(event: absent\)/)
  const elsewhere = await ask('root-login', '--logsource', 'product=okta')
  assert.match(
    elsewhere.out.join('\n'),
    /does not match[\s\S]*log source of the rule is product=aws,service=cloudtrail/,
  )
  const joined = await ask('many-fail')
  assert.equal(joined.code, exitCodes.notClean)
  assert.match(
    joined.out.join('\n'),
    /^Many fail joins .* 1 rule by sourceIPAddress[\s\S]*does not match: Sign-in fails/,
  )
  assert.equal((await ask('no-such-rule')).code, exitCodes.usage)
  assert.equal((await ask('root-login', '--event', '7')).code, exitCodes.usage)
})

test('coverage: names each rule that no source can make match, and why', async () => {
  const other = 'title: t\nid: elsewhere\nlogsource: { product: moon }\ndetection:\n  s: { f: x }\n  condition: s\n'
  const dir = folder({ 'aws.yml': rules, 'other.yml': other })
  const all = await cordon(['rule', 'coverage', '--rules', dir])
  assert.equal(all.code, exitCodes.notClean)
  assert.deepEqual(all.out.length, 1)
  assert.match(all.out[0] ?? '', /^NEVER elsewhere .*no source has product=moon/)
  assert.match(all.err, /3 of 4 rules can match/)
  const okta = await cordon(['rule', 'coverage', dir, '--source', 'okta', '--json'])
  const told = okta.out.map((line) => parseOwnJson<{ rule: string; canMatch: boolean; lacks: string }>(line))
  assert.deepEqual(new Set(told.map(({ canMatch }) => canMatch)), new Set([false]))
  assert.equal(told.find(({ rule }) => rule === 'many-fail')?.lacks, 'rules')
  assert.equal((await cordon(['rule', 'coverage', dir, '--source', 'moon'])).code, exitCodes.usage)
})

test('test: runs the tests beside the rules', async () => {
  const cases = (matches: number): string =>
    `rule: root-login
tests:
  - { name: root, event: ${root}, matches: true }
  - { name: other, event: { eventName: ConsoleLogin }, matches: false }
---
`.replace('---\n', '') + `  - { name: two, events: [${root}, ${root}], matches: ${matches} }\n`
  const joined = `rule: many-fail\ntests:\n  - { name: two in time, events: [${failure(1)}, ${failure(3)}], matches: 1 }\n  - { name: too slow, events: [${failure(1)}, ${failure(7)}], matches: 0 }\n`
  const good = await cordon([
    'rule',
    'test',
    folder({ 'aws.yml': rules, 'aws.test.yml': cases(2), 'many.test.yml': joined }),
  ])
  assert.deepEqual(good.out, ['5 tests of 2 rules: 0 failed'])
  assert.equal(good.code, exitCodes.ok)
  const bad = await cordon(['rule', 'test', folder({ 'aws.yml': rules, 'aws.test.yml': cases(1) })])
  assert.equal(bad.code, exitCodes.notClean)
  assert.match(bad.out[0] ?? '', /FAILED .*aws\.test\.yml: root-login: two: 2 instead of 1 match/)
  assert.notEqual((await cordon(['rule', 'test', folder({ 'aws.yml': rules })])).code, exitCodes.ok)
})

test('test: one event several times, numbered and at equal distances; `pack.yml` is no rule', async () => {
  const event = `{ errorMessage: failed, sourceIPAddress: 'host-{n}' }`
  const cases = `rule: many-fail
tests:
  - { name: one after another, event: { errorMessage: failed, sourceIPAddress: a }, times: 3, every: 2m, matches: 1 }
  - { name: too slow, event: { errorMessage: failed, sourceIPAddress: a }, times: 3, every: 6m, matches: 0 }
  - { name: from everywhere, event: ${event}, times: 3, matches: 0 }
`
  const good = folder({ 'aws.yml': rules, 'pack.yml': 'title: about', 'many.test.yml': cases })
  assert.deepEqual((await cordon(['rule', 'test', good])).out, ['3 tests of 1 rule: 0 failed'])
  assert.equal((await cordon(['rule', 'lint', good])).code, exitCodes.ok)
  const bad = folder({ 'aws.yml': rules, 'many.test.yml': cases.replace('2m', 'often') })
  assert.match((await cordon(['rule', 'test', bad])).err, /no span of time/)
})
