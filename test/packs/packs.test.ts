import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'

import { systemClock } from '#kit'
import { loadSigma } from '#detect/sigma'
import { runCli, serverCommands } from '#cli'

import { offlineCommands } from '../../src/app/offline/index.ts'
import { ruleCommands } from '../../src/app/offline/rule/index.ts'
import { packFaults, sourcesOf } from './pack-faults.ts'

const packs = readdirSync('packs').map((name) => join('packs', name))
const commandNames = async (): Promise<Set<string>> =>
  new Set([...(await offlineCommands()), ...(await serverCommands())].map(({ name }) => name))

test('every pack says what it is about, what it needs and what to do, and its rules have cases both ways', async () => {
  assert.ok(packs.length >= 3, 'the gate must see packs')
  const commands = await commandNames()
  assert.deepEqual(
    packs.flatMap((pack) => packFaults(pack, commands)),
    [],
  )
})

test('all packs load together: no id is used twice, no name either', () => {
  const { rules, correlations, refused } = loadSigma(packs.flatMap(sourcesOf))
  assert.deepEqual(refused, [])
  const names = [...rules, ...correlations].map(({ name }) => name)
  assert.ok(names.length > 20, 'the gate must see rules')
  assert.deepEqual([...new Set(names)], names)
})

test('the cases beside the rules of every pack hold', async () => {
  for (const pack of packs) {
    const said: string[] = []
    const io = {
      out: (text: string) => void said.push(text),
      err: (text: string) => void said.push(text),
      stdin: () => Readable.from([]),
      env: {},
      clock: systemClock,
      isTty: false,
      columns: 80,
    }
    const code = await runCli({ version: '0', commands: ruleCommands }, ['rule', 'test', pack], io)
    assert.equal(code, 0, said.join('\n'))
  }
})

test('the gate can fail: each part of a pack that is missing or wrong is named', () => {
  const pack = mkdtempSync(join(tmpdir(), 'cordon-pack-'))
  try {
    const write = (file: string, text: string): void => writeFileSync(join(pack, file), text)
    mkdirSync(join(pack, 'rules'))
    write('pack.yml', 'title: t\nstory: Short.\nneeds: [aws/cloudtrail]\nlevel: high\nextra: 1\n')
    write('runbook.md', '## What happened\n\n`cordon recall x` and `cordon explode all`\n')
    write(
      'rules/one.yml',
      'title: t\nid: one\nname: one\nlogsource: { product: okta, service: okta }\ndetection: { s: { a: 1 }, condition: s }\n',
    )
    write('rules/one.test.yml', 'rule: one\ntests: [{ name: n, event: { a: 1 }, matches: true }]\n')
    write('rules/two.test.yml', 'rule: two\ntests: []\n')
    const told = packFaults(pack, new Set(['recall'])).map((fault) => fault.slice(pack.length + 1))
    assert.deepEqual(told, [
      'pack.yml: a story is two sentences or more',
      'pack.yml: not known: extra',
      'pack.yml: needs are the log sources of its rules: okta/okta',
      'runbook.md: its headings are not What happened · Look first · Contain · What it cannot see',
      'runbook.md: there is no command `cordon explode all`',
      'rules/one.yml: its id is no random UUID',
      'rules/one.yml: it does not say why it matters',
      'rules/one.yml: it has no level',
      'rules/one.yml: every case beside it matches',
      'rules/two.test.yml: there is no rule beside it',
    ])
  } finally {
    rmSync(pack, { recursive: true })
  }
})
