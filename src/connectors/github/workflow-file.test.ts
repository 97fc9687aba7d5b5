import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readActionRef, readWorkflowFile } from './workflow-file.ts'

const file = `
on:
  pull_request_target:
    types: [opened]
# uses: not/this@v1
jobs:
  a:
    uses: acme/flows/.github/workflows/build.yml@main
    secrets: inherit
  b:
    steps:
      - uses: "actions/checkout@v4"
        with:
          ref: \${{ github.event.pull_request.head.sha }}
      - uses: ./local
      - run: echo \${{ secrets.npm_token }} \${{ secrets['AWS_KEY'] }} \${{ secrets.GITHUB_TOKEN }}
`

test('a workflow file tells what it uses, which secrets it names, and that strangers can run in it', () => {
  assert.deepEqual(readWorkflowFile(file), {
    uses: ['./local', 'acme/flows/.github/workflows/build.yml@main', 'actions/checkout@v4'],
    secrets: ['*', 'AWS_KEY', 'NPM_TOKEN'],
    forOutsiders: true,
    runsTheirs: true,
  })
})

test('triggers are read in each of their forms, and no other word is one', () => {
  const opens = (text: string): boolean => readWorkflowFile(text).forOutsiders
  for (const text of [
    'on: pull_request_target',
    'on: [push, issue_comment]',
    'on:\n  - push\n  - workflow_run',
    'on:\n  issues:\n    types: [opened]',
    '"on": pull_request_target',
  ]) {
    assert.equal(opens(text), true, text)
  }
  for (const text of [
    'on: push',
    'on: pull_request',
    '# on: pull_request_target',
    'on: push\npermissions:\n  issues: write',
  ]) {
    assert.equal(opens(text), false, text)
  }
  assert.equal(readWorkflowFile('on: push\nref: ${{ github.head_ref }}').runsTheirs, false)
})

test('only a whole commit id is a pin', () => {
  assert.equal(readActionRef('actions/checkout@v4')?.isPinned, false)
  assert.equal(readActionRef(`Actions/Checkout@${'a'.repeat(40)}`)?.isPinned, true)
  assert.equal(readActionRef('acme/mono/path/to@main')?.name, 'mono')
  for (const none of ['./local', 'docker://alpine:3', '${{ matrix.action }}'])
    assert.equal(readActionRef(none), undefined)
})
