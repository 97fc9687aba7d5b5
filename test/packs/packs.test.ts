import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { serverCommands } from '#cli'

import { offlineCommands } from '../../src/app/offline/index.ts'
import { packs } from './load.ts'
import { packFaults, readPack } from './pack-faults.ts'

test('every pack says what it is about, needs and asks to do; each rule has cases both ways, and they hold', async () => {
  assert.ok(packs().length >= 3, 'the gate must see packs')
  const commands = new Set([...(await offlineCommands()), ...(await serverCommands())].map(({ name }) => name))
  assert.deepEqual(
    packs().flatMap((pack) => packFaults(pack, commands)),
    [],
  )
})

test('no id or name is that of two rules, also in different packs', () => {
  const rules = packs().flatMap(({ loaded }) => [...loaded.rules, ...loaded.correlations])
  assert.ok(rules.length > 20, 'the gate must see rules')
  for (const key of ['id', 'name'] as const) {
    const values = rules.map((rule) => rule[key])
    assert.deepEqual([...new Set(values)], values)
  }
})

test('only rules about reading wait for habits: to whom a right is given is no habit of the giver', () => {
  const rules = packs().flatMap(({ loaded }) => [...loaded.rules, ...loaded.correlations])
  const asking = rules.flatMap(({ name, urgency }) => (urgency === 'unless-habit' ? [name ?? ''] : []))
  assert.ok(asking.length > 0, 'the gate must see some')
  assert.deepEqual(
    asking.filter((name) => !/^data_access_.*_read$/.test(name)),
    [],
  )
})

test('the gate can fail: each part of a pack that is missing or wrong is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-pack-'))
  try {
    const write = (file: string, text: string): void => writeFileSync(join(folder, file), text)
    mkdirSync(join(folder, 'rules'))
    write('pack.yml', 'title: t\nstory: Short.\nneeds: [aws/cloudtrail]\nlevel: high\nextra: 1\n')
    write('runbook.md', '## What happened\n\n`cordon recall x` and `cordon explode all`\n')
    write(
      'rules/one.yml',
      'title: t\nid: one\nname: one\nlogsource: { product: okta, service: okta }\ndetection: { s: { a: 1 }, condition: s }\n',
    )
    write(
      'rules/one.test.yml',
      'rule: one\ntests: [{ name: yes, event: { a: 1 }, matches: true }, { name: no, event: { a: 2 }, matches: true }]\n',
    )
    write('rules/two.yml', 'title: t\nid: two\ndetection: {}\n')
    write('rules/three.test.yml', 'rule: three\ntests: []\n')
    const told = packFaults(readPack(folder), new Set(['recall'])).map((fault) => fault.slice(folder.length + 1))
    assert.deepEqual(told, [
      'rules/two.yml:1 logsource: there is no `logsource`',
      'pack.yml: a story is two sentences or more',
      'pack.yml: not known: extra',
      'pack.yml: needs are the log sources of its rules: okta/okta',
      'runbook.md: its headings are not What happened · Look first · Contain · What it cannot see',
      'runbook.md: there is no command `cordon explode all`',
      'rules/one.yml: its id is no random UUID',
      'rules/one.yml: it does not say why it matters',
      'rules/one.yml: it has no level',
      'rules/one.yml: every case beside it matches',
      'rules/one.yml: the case does not hold: no',
      'rules/three.test.yml: there is no rule beside it',
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
