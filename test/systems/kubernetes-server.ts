import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { isObject, parseJson, type Json, type JsonObject } from '#kit'

import { freePort } from '../../lab/src/cordon/port.ts'
import type { Answer, Ask, Cluster } from '../conformance/kubernetes/cluster.ts'

const oracles = process.env['CORDON_ORACLES'] ?? fileURLToPath(new URL('../../.cordon/oracles', import.meta.url))
const program = join(oracles, 'kube-api')
/** Reason to skip, or false. */
export const skipKubernetes = existsSync(program)
  ? false
  : 'no API server: run test/systems/build-kubernetes.sh (needs Go 1.26 and a quarter of an hour)'

const startMsMax = 120_000
const policy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    users: ['system:apiserver', 'admin']
    verbs: [get, list, watch]
  - level: None
    resources: [{group: coordination.k8s.io, resources: [leases]}, {group: '', resources: [events]}]
  - level: RequestResponse
`

type Identity = { cert: Buffer; key: Buffer } | { token: string } | undefined

/** Kubernetes' own API server on loopback, with a store of its own in a temporary folder. `webhook`: a kubeconfig. */
export async function startKubernetes(
  options: { webhook?: { url: string; token: string } } = {},
): Promise<Cluster & { folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-kube-'))
  const file = (name: string): string => join(folder, name)
  writeFileSync(file('policy.yaml'), policy)
  const flags = [`--audit-policy-file=${file('policy.yaml')}`, `--audit-log-path=${file('audit.log')}`]
  if (options.webhook !== undefined) {
    const { url, token } = options.webhook
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'cordon', cluster: { server: url } }],
      users: [{ name: 'cordon', user: { token } }],
      contexts: [{ name: 'cordon', context: { cluster: 'cordon', user: 'cordon' } }],
      'current-context': 'cordon',
    }
    writeFileSync(file('webhook.yaml'), JSON.stringify(config), { mode: 0o600 })
    flags.push(
      `--audit-webhook-config-file=${file('webhook.yaml')}`,
      '--audit-webhook-batch-max-wait=1s',
      '--audit-webhook-batch-max-size=50',
    )
  }
  const [api, etcd] = [await freePort(), await freePort()]
  const child = spawn(program, [folder, String(api), String(etcd), ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-4_000)))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready: ${errors}`)), startMsMax)
    child.stdout.on('data', (chunk: Buffer) => chunk.toString().includes('ready') && (clearTimeout(timer), resolve()))
    child.once('exit', (code) => (clearTimeout(timer), reject(new Error(`ended with ${code}: ${errors}`))))
  })
  const url = `https://127.0.0.1:${api}`
  const ca = readFileSync(file('ca.pem'), 'utf8')
  const asking = (identity: Identity): Ask => ask(url, ca, identity)

  return {
    folder,
    url,
    ca,
    admin: asking({ cert: readFileSync(file('admin.pem')), key: readFileSync(file('admin.key')) }),
    withToken: (token) => asking({ token }),
    withCertificate: (user, groups) => asking(signCertificate(folder, user, groups)),
    async audit() {
      const lines = readFileSync(file('audit.log'), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
      return lines.map((line) => parseJson(line)).filter((event): event is JsonObject => isObject(event))
    },
    async settled(done) {
      for (let tries = 0; !(await done()); tries++) {
        assert.ok(tries < 100, 'controllers did their part')
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    },
    async close() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(timer)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const ask =
  (url: string, ca: string, identity: Identity): Ask =>
  (method, path, body) =>
    new Promise<Answer>((resolve, reject) => {
      const headers = {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(identity !== undefined && 'token' in identity ? { authorization: `Bearer ${identity.token}` } : {}),
      }
      const keys = identity !== undefined && 'cert' in identity ? identity : {}
      const sent = request(new URL(path, url), { method, ca, headers, ...keys, agent: false }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: read(Buffer.concat(chunks).toString('utf8')) }),
        )
      })
      sent.once('error', reject)
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })

function read(text: string): JsonObject {
  let parsed: Json
  try {
    parsed = parseJson(text)
  } catch {
    return { text }
  }
  return isObject(parsed) ? parsed : { text }
}

/** By openssl: Node makes no certificates. */
function signCertificate(folder: string, user: string, groups: readonly string[]): { cert: Buffer; key: Buffer } {
  const name = join(
    folder,
    `client-${createHash('sha256')
      .update(`${user} ${groups.join(' ')}`)
      .digest('hex')
      .slice(0, 12)}`,
  )
  const subject = `/${[...groups.map((group) => `O=${group}`), `CN=${user}`].join('/')}`
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  openssl(
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    subject,
  )
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    join(folder, 'client-ca.pem'),
    '-CAkey',
    join(folder, 'client-ca.key'),
    '-set_serial',
    String(Date.now()),
    '-days',
    '1',
    '-out',
    `${name}.pem`,
  )
  const [cert, key] = [readFileSync(`${name}.pem`), readFileSync(`${name}.key`)]
  assert.ok(new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
  return { cert, key }
}
