import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { parseOwnJson } from '#kit'

import { startProduct } from './product.ts'

const python = join(process.env['CORDON_ORACLES'] ?? join(process.cwd(), '.cordon', 'oracles'), 'scim', 'bin', 'python')
const skip = existsSync(python) ? false : 'no oracle: run test/systems/install-scim-oracle.sh (needs Python 3.10)'
type Result = { status: string; title: string; reason: string; type: string }

test('scim2-tester finds nothing that the RFCs forbid', { skip }, async () => {
  const product = await startProduct()
  try {
    const { api } = product.admin
    await api.call('source.add', {
      body: { id: 'people', connector: 'scim', config: { authority: 'people.example' } },
    })
    const { token } = await api.call('ingest-token.create', { params: { source: 'people' }, body: {} })
    const file = join(product.data, 'scim.token')
    writeFileSync(file, token, { mode: 0o600 })
    const results = await check(`${product.url}/scim/v2`, file)
    assert.ok(results.length > 60, `${results.length} checks: the oracle must have looked`)
    const wrong = results.filter(({ status }) => status !== 'SUCCESS' && status !== 'SKIPPED')
    assert.deepEqual(wrong, [])
  } finally {
    await product.stop()
    product.remove()
  }
})

async function check(address: string, tokenFile: string): Promise<Result[]> {
  const child = spawn(python, [join(import.meta.dirname, 'scim-oracle/check.py'), address, tokenFile])
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()))
  const code = await new Promise((done) => child.on('close', done))
  assert.equal(code, 0, said.err)
  return said.out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseOwnJson<Result>(line))
}
