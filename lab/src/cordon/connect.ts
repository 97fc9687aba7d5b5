import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { newUserToken, type ResponseOf } from 'cordon/contract'
import { systemRandom } from 'cordon/kit'

import type { Host } from '../hosts/trees.ts'
import { accessRecord, holdings, peopleAuthority } from '../people/declare.ts'
import { audiences } from '../people/api.ts'
import type { Range } from '../range.ts'
import { createCordonClient, makeOnCall, type CordonClient, type OnCall } from './client.ts'

/** Cordon as its users have it: an administrator, a person on call with a signing key, and connected sources. */
export type Connected = {
  admin: CordonClient
  adminToken: string
  onCall: CordonClient
  approver: OnCall
  keyId: string
}

export async function connect(url: string, bootstrapToken: string): Promise<Connected> {
  const { id, hash, token: adminToken } = newUserToken(systemRandom)
  await createCordonClient(url, bootstrapToken).call('system.bootstrap', {
    body: { name: 'lab-admin', token: { id, hash } },
  })
  const admin = createCordonClient(url, adminToken)
  const { token } = await admin.call('user.create', { body: { name: 'on-call', roles: ['responder', 'approver'] } })
  const approver = makeOnCall('on-call')
  const { keyId } = await admin.call('approver.enroll', {
    body: { name: approver.name, publicKey: approver.publicKey },
  })
  return { admin, adminToken, onCall: createCordonClient(url, token), approver, keyId }
}

export async function connectSources({ admin }: Connected, range: Range): Promise<void> {
  const { issuer, people, secrets } = range
  await admin.call('source.add', {
    body: {
      id: 'issuer',
      connector: 'oidc',
      config: {
        issuer: issuer.url,
        clientId: 'cordon',
        adminUrl: `${issuer.url}/admin`,
        resourceDenylist: {
          url: `${people.url}/denied`,
          audience: audiences.payouts,
          probeUrl: `${people.url}/payouts/self`,
        },
      },
      secrets: {
        see: { clientSecret: secrets.responder, adminToken: secrets.adminSee },
        contain: { clientSecret: secrets.responder, adminToken: secrets.adminContain, denyToken: secrets.deny },
      },
    },
  })
  await admin.call('source.add', {
    body: { id: 'people', connector: 'declared', config: { authority: peopleAuthority, logs: ['read'] } },
  })
  await admin.call('source.add', { body: { id: 'hosts', connector: 'host' } })
  await admin.ingest('people', 'log', holdings(people, range.authority))
}

export type Shipper = { stop(): Promise<void> }
export const shipEveryMs = 250

/** The people API's log shipper: every quarter of a second what is new, with a token that can do nothing else. */
export async function startShipper({ admin }: Connected, range: Range): Promise<Shipper> {
  const { token } = await admin.call('ingest-token.create', { params: { source: 'people' }, body: {} })
  const shipper = createCordonClient(admin.url, token)
  let sent = range.people.accesses.length
  const stopping = new AbortController()
  const ship = async (): Promise<void> => {
    const fresh = range.people.accesses.slice(sent)
    if (fresh.length === 0) return
    await shipper.ingest(
      'people',
      'log',
      fresh.map((access) => accessRecord(access, range.authority)),
    )
    sent += fresh.length
  }
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // A batch that Cordon did not take is sent again with the next one.
      await ship().catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, shipEveryMs))
    }
  }
  const done = loop()
  return {
    async stop() {
      stopping.abort()
      await done
    },
  }
}

const reportsAtOnce = 4

/** As on any host: fetches the one-file reporter from Cordon, checks its hash, runs it with a token bound to this host. */
export async function reportHosts(
  { admin }: Pick<Connected, 'admin'>,
  hosts: readonly Pick<Host, 'id' | 'root'>[],
  folder: string,
): Promise<void> {
  const pinned: ResponseOf<'reporter.show'> = await admin.call('reporter.show')
  const text = await admin.call('reporter.file')
  if (createHash('sha256').update(text).digest('hex') !== pinned.sha256.replace(/^sha256:/, '')) {
    throw new Error('the reporter that Cordon serves is not the one it names')
  }
  const file = join(folder, 'cordon-host-report.mjs')
  writeFileSync(file, text, { mode: 0o700 })
  const waiting = hosts.values()
  const report = async (): Promise<void> => {
    for (const { id, root } of waiting) {
      const { token } = await admin.call('ingest-token.create', { params: { source: 'hosts' }, body: { host: id } })
      const send = `${admin.url}/v1/events/hosts?stream=report`
      await run(file, ['--root', root, '--host-id', id, '--send', send], { CORDON_INGEST_TOKEN: token })
    }
  }
  await Promise.all(Array.from({ length: reportsAtOnce }, report))
}

function run(file: string, args: readonly string[], env: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let error = ''
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString('utf8')))
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`host reporter: ${error.trim()}`))))
  })
}
