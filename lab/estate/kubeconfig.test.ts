import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { readKubeconfig } from './kubeconfig.ts'

const pem = (name: string): string => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`
const data = (name: string): string => Buffer.from(pem(name)).toString('base64')
const configFor = (server: string): string => `
current-context: lab
contexts:
- {name: other, context: {cluster: far, user: nobody}}
- {name: lab, context: {cluster: near, user: admin}}
clusters:
- {name: far, cluster: {server: "https://192.0.2.1:6443"}}
- {name: near, cluster: {server: "${server}", certificate-authority-data: ${data('ca')}}}
users:
- {name: admin, user: {client-certificate-data: ${data('cert')}, client-key: admin.key}}
`

test('the current context of a kubeconfig, its parts within it or beside it; of this machine alone', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-kubeconfig-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'config')
  const write = (text: string): string => {
    writeFileSync(file, text)
    return file
  }
  writeFileSync(join(folder, 'admin.key'), pem('key'))
  const near = { url: 'https://127.0.0.1:6443', ca: pem('ca'), cert: pem('cert'), key: pem('key') }
  assert.deepEqual(readKubeconfig(write(configFor('https://127.0.0.1:6443/'))), near)
  assert.throws(() => readKubeconfig(write(configFor('https://10.0.0.1:6443'))), /give one on this machine/)
  const text = configFor(near.url)
  assert.throws(
    () => readKubeconfig(write(text.replace('current-context: lab', 'current-context: x'))),
    /set `current-context`/,
  )
  assert.throws(
    () => readKubeconfig(write(text.replace('client-certificate-data', 'token'))),
    /no `client-certificate` in PEM/,
  )
})
