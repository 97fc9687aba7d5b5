import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { assert, createHttp, systemClock, systemRandom, toBase64url, utf8 } from '#kit'
import { entityId, type EntityId } from '#model'
import { createClient, type Client } from '#cli'

import { freePort } from '../../lab/src/cordon/port.ts'
import { startTwin, kinds, secrets, type Twin, type TwinFaults } from './product-twin.ts'
import { makeSigner, signValue, type Signer } from './respond-world.ts'

export type Role = 'core' | 'hands'
export type Life = { child: ChildProcess; ready: Promise<void>; ended: Promise<NodeJS.Signals | null> }

/** A product on disk, a vendor beside it, and what a person and a sender hold. */
export type Rig = {
  dir: string
  witness: string
  twin: Twin
  url: string
  admin: Client
  adminToken: string
  ingestToken: string
  signer: Signer
  launch(role: Role, crashAt?: string): Life
  /** Ends what still runs, this test's own processes only. */
  close(): void
}

const program = join(import.meta.dirname, 'product-program.ts')
/** The cap on targets of one verb within ten minutes is 25; a rig stays below it with every verb. */
export const targetsOfAKind = 24

/**
 * A fresh data directory with both processes up, an administrator, an approver, and the twin as its one source. `prepare`
 * may write into the directory before the first start.
 */
export async function startRig(
  unit: () => number,
  faults: TwinFaults,
  prepare: (data: string) => Promise<void> = () => Promise.resolve(),
): Promise<{ rig: Rig; core: Life; hands: Life }> {
  const dir = mkdtempSync(join(tmpdir(), 'cordon-product-'))
  const witness = join(dir, 'witness')
  mkdirSync(witness)
  const file = join(dir, 'cordon.yaml')
  writeFileSync(file, `witnesses:\n  - name: folder\n    directory: ${witness}\n`)
  const twin = await startTwin(targetsOfAKind, unit, faults)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const alive = new Set<ChildProcess>()
  const launch = (role: Role, crashAt = ''): Life => {
    const child = spawn(
      process.execPath,
      [
        '--conditions=source',
        '--disable-warning=ExperimentalWarning',
        program,
        role,
        join(dir, 'data'),
        `127.0.0.1:${port}`,
        file,
      ],
      {
        stdio: ['ignore', 'ignore', process.env['CORDON_TEST_LOUD'] === undefined ? 'ignore' : 'inherit', 'ipc'],
        env: { ...process.env, NODE_OPTIONS: '', CORDON_CRASH_AT: crashAt },
      },
    )
    alive.add(child)
    const ended = new Promise<NodeJS.Signals | null>((resolve) =>
      child.on('exit', (_, signal) => {
        alive.delete(child)
        resolve(signal)
      }),
    )
    return { child, ended, ready: new Promise((resolve) => child.once('message', () => resolve())) }
  }
  mkdirSync(join(dir, 'data'), { mode: 0o700 })
  await prepare(join(dir, 'data'))
  const core = launch('core')
  const hands = launch('hands')
  await Promise.all([core.ready, hands.ready])
  const bootstrap = readFileSync(join(dir, 'data', 'bootstrap-token'), 'utf8').trim()
  const asUser = (token: string): Client => createClient({ url, token, user: 'ada' }, createHttp([url]))
  const { token } = await asUser(bootstrap).call('system.bootstrap', { body: { name: 'ada' } })
  assert(token !== null, 'the server makes a token where the client brings none')
  const admin = asUser(token)
  const made = makeSigner('ada')
  const { keyId } = await admin.call('approver.enroll', { body: { name: 'ada', publicKey: made.publicKey } })
  await admin.call('source.add', {
    body: {
      id: 'issuer',
      connector: 'oidc',
      config: { issuer: twin.url, adminUrl: `${twin.url}/admin` },
      secrets: {
        see: { clientSecret: secrets.client, adminToken: secrets.see },
        contain: { clientSecret: secrets.client, adminToken: secrets.contain },
      },
    },
  })
  // What Cordon reads from a vendor itself, nobody may hand in: senders have a source of their own.
  await admin.call('source.add', {
    body: { id: 'people', connector: 'declared', config: { authority: 'people.example', logs: ['read'] } },
  })
  const ingest = await admin.call('ingest-token.create', { params: { source: 'people' }, body: {} })
  const close = (): void => {
    for (const child of alive) child.kill('SIGKILL')
    twin.close()
  }
  const rig = {
    dir,
    witness,
    twin,
    url,
    admin,
    adminToken: token,
    ingestToken: ingest.token,
    signer: { ...made, keyId },
    launch,
    close,
  }
  return { rig, core, hands }
}

export const authorityOf = ({ twin }: Pick<Rig, 'twin'>): string => new URL(twin.url).host

/** Every target once, kinds in turn. */
export function targetsOf(rig: Rig): { credential: EntityId; effect: string }[] {
  const authority = authorityOf(rig)
  return Array.from({ length: targetsOfAKind }, (_, n) =>
    kinds.map((kind) => {
      const native = {
        clients: `client/x${n}/secret`,
        grants: `grant/x${n}`,
        sessions: `session/x${n}`,
        tokens: `token/x${n}`,
      }
      return { credential: entityId('credential', authority, native[kind]), effect: `${kind}/x${n}` }
    }),
  ).flat()
}

/** Opens an incident about a credential, contains it and approves the plan. Gives the intents that were acknowledged. */
export async function containOne(rig: Rig, credential: EntityId): Promise<string[]> {
  const { admin, signer } = rig
  const incident = await admin.call('incident.open', {
    body: {
      title: `stolen: ${credential}`.slice(0, 100),
      trigger: { kind: 'credential', credential },
      window: { fromMs: systemClock.nowMs() - 3_600_000 },
    },
  })
  const { plan } = await admin.call('incident.contain', { params: { incident: incident.id } })
  const intents = plan.steps.filter(({ level }) => level !== null).map(({ key }) => key)
  const nowMs = systemClock.nowMs()
  const approval = {
    plan: plan.hash,
    incident: incident.id,
    approver: signer.name,
    envelope: {
      verbs: [...new Set(plan.steps.map(({ verb }) => verb))],
      connectors: [...new Set(plan.steps.map(({ connector }) => connector))],
      furtherTargetsMax: 10,
      expiresAtMs: nowMs + 600_000,
    },
    nonce: toBase64url(systemRandom(18)),
    atMs: nowMs,
  }
  const signature = signValue(signer.privateKey, approval)
  await admin.call('incident.approve', {
    params: { incident: incident.id },
    body: { approval, keyId: signer.keyId, signature },
  })
  return intents
}

export type Ack = { accepted: number; duplicates: number; firstOffset: number | null; lastOffset: number | null }

export async function ingest(rig: Rig, batch: string, records: readonly object[]): Promise<Ack> {
  const sender = createClient({ url: rig.url, token: rig.ingestToken, user: 'sender' }, createHttp([rig.url]))
  return sender.upload('event.ingest', {
    params: { source: 'people' },
    query: { stream: 'log', batch },
    bytes: utf8(records.map((record) => JSON.stringify(record)).join('\n')),
  })
}
