import { rmSync, statSync, writeFileSync } from 'node:fs'

import {
  createBell,
  createHttp,
  newId,
  parseOwnJson,
  stderrDiagnose,
  systemClock,
  systemRandom,
  toBase64url,
} from '#kit'
import { defaultTenant, type IncidentId } from '#model'
import { createApi, listen, type ReceiptOf } from '#api'
import { scrubJson } from '#classify'
import { usingView } from '#estate'
import { createKeys, keyRecordsDelivered, readKeyRecords } from '#guards'
import {
  appendReceipt,
  createCheckpointLoop,
  createLedger,
  fileDropWitness,
  formatNoteKey,
  pushWitness,
  receiptArgs,
} from '#ledger'
import { openEventLog, rewrapLogKeys } from '#log'
import { builtInPolicies, createPolicy } from '#policy'
import { evidenceOfOpen } from '#respond'
import { addSource, findSource, listSources, pageBatch, resealSource } from '#sources'
import { openReader, truncateWal } from '#store'
import { openCoreVault } from '#vault'
import { readReporterFile } from '#connectors/host'

import type { Config } from './config.ts'
import { createAutomation } from './core/automation.ts'
import { startEstateThread } from './core/estate-thread-client.ts'
import { createKeyDesk } from './core/keys.ts'
import { matchLent } from './core/lend.ts'
import { every } from './core/loops.ts'
import { exportPeople } from './core/notice.ts'
import { composeResponse, sparedBy } from './core/response.ts'
import { createSourceDesk } from './core/source-desk.ts'
import type { CoreThreads } from './core/threads.ts'
import { socketMode } from './paths.ts'
import { createRegistry, refuseUnknownVerb } from './registry.ts'
import {
  coreMethods,
  listenForHands,
  remote,
  serve,
  type CoreForHands,
  type HandsForCore,
  type StreamHealth,
} from './socket.ts'
import { reportReady } from './supervise.ts'
import { version } from './version.ts'

const tickMs = 1_000
const keyRecordsMs = 100
const dayMs = 86_400_000
const rotationMs = 10_000
/** Cordon's own keys are a source like any other. */
const keysSource = 'cordon-keys'

/** The process that knows: API, log, estate, policy, response desk, ledger. It can open nothing of a vendor's. */
export async function runCore(config: Config, threads: CoreThreads): Promise<void> {
  const { at, lock } = threads
  const vault = openCoreVault(at.keys)
  const [clock, random, diagnose, tenant] = [systemClock, systemRandom, stderrDiagnose, defaultTenant]
  const bell = createBell()
  const stop = new AbortController()
  const registry = createRegistry(config.hooks)
  const fingerprinter = vault.fingerprinter(tenant)
  const scrub = (json: string): string => scrubJson(json, fingerprinter).text

  // Loading policies takes long and needs nobody: W and D go on meanwhile.
  const policy = createPolicy()
  const writer = await threads.writer
  const reader = openReader(at.store)
  const log = openEventLog({
    writer,
    reader,
    keys: vault.logKeys,
    held: (of) => Promise.resolve(evidenceOfOpen(reader, of)),
    // A deleted day key must not live on in the write-ahead log.
    afterExpire: () => truncateWal(at.store),
  })
  const ledger = createLedger({ reader, writer, keys: vault.ledgerKeys, clock })
  const receipt: ReceiptOf = (what, facts, sealed) =>
    appendReceipt(receiptArgs({ tenant, what, atMs: clock.nowMs(), customer: null, facts, sealed }, random))
  const keys = createKeys({ writer, reader, clock, random })
  const health = new Map<string, StreamHealth>()
  const handsOf = remote<HandsForCore>(() => socket.hands())
  const wakeHands = (): void => void handsOf.response.wake().catch(() => undefined)
  // Hands that is away has forgotten everything; hands that stays forgets by time.
  const forgetLent = (incident: IncidentId): void => void handsOf.response.forget(incident).catch(() => undefined)
  const { responder, desk } = composeResponse({
    writer,
    reader,
    view: () => estate.view(),
    policy,
    registry,
    health,
    clock,
    random,
    diagnose,
    onWork: wakeHands,
  })
  const automation = createAutomation({
    responder,
    reader,
    tenant,
    bell,
    diagnose,
    estate: () => estate,
    onClosed: forgetLent,
  })
  const estate = await startEstateThread(threads.estate, {
    writer: writer.attach(),
    clock,
    bell,
    onFindings: (findings) => void automation.take(findings),
  })
  const appended = <T>(ack: T): T => {
    estate.wake()
    bell.ring('log')
    return ack
  }
  const forHands: CoreForHands = {
    desk: ringing(desk, () => bell.ring('incident')),
    home: keys.home(tenant),
    intake: {
      append: async (page) => appended(await log.append(pageBatch({ ...page, tenant }, clock.nowMs(), scrub))),
      cursor: (source, stream) => Promise.resolve(log.cursor(tenant, source, stream)),
      health: (list) => {
        for (const one of list) health.set(`${one.source}/${one.stream}`, one)
        return Promise.resolve()
      },
    },
    registry: {
      spared: (authority) => sparedBy(responder, estate, tenant, authority),
      reseal: async (source, use, from, sealed) => {
        await writer.submit(resealSource({ tenant, id: source, use, from, sealed }))
      },
      sources: () =>
        Promise.resolve(
          listSources(reader, tenant)
            .filter(({ state }) => state === 'active')
            .map((source) => ({
              id: source.id,
              connector: source.connector,
              revision: source.revision,
              config: JSON.stringify(source.config),
              authority: source.authority,
              see: source.sealedSee,
              contain: source.sealedContain,
              backfillSinceMs: source.backfillSinceMs,
            })),
        ),
    },
  }
  const socket = await listenForHands(at.socket, serve(forHands, coreMethods), socketMode(at.runDir))

  const keysEntry = registry.find(({ id }) => id === 'keys')
  if (findSource(reader, tenant, keysSource) === undefined && keysEntry !== undefined) {
    const scope = keysEntry.scope('cordon')
    await writer.submit(
      addSource({
        tenant,
        id: keysSource,
        connector: 'keys',
        config: {},
        authority: 'cordon',
        sealedSee: null,
        sealedContain: null,
        trust: 'vendor',
        scope,
        createdAtMs: clock.nowMs(),
      }),
    )
  }
  const deliverKeyRecords = async (): Promise<void> => {
    const page = readKeyRecords(reader, tenant)
    if (page.upTo === null) return
    appended(
      await log.append(
        pageBatch(
          { tenant, source: keysSource, stream: 'records', events: page.events, cursor: null },
          clock.nowMs(),
          scrub,
        ),
      ),
    )
    await writer.submit(keyRecordsDelivered({ tenant, upTo: page.upTo }))
  }

  const bootstrap = openBootstrap(
    at.bootstrapToken,
    () => reader.get('SELECT 1 FROM user WHERE tenant = ?', tenant) !== undefined,
  )
  const reporter = await readReporterFile()
  const sources = createSourceDesk({
    tenant,
    writer,
    receipt,
    reader,
    log,
    sealer: vault.sealer,
    scrub,
    registry,
    hands: () => socket.hands(),
    health,
    clock,
    bell,
    onAppend: () => estate.wake(),
  })
  const api = createApi({
    diagnose,
    bootstrapToken: bootstrap.token,
    names: new Set([config.host.toLowerCase(), ...config.names]),
    services: {
      tenant,
      version,
      clock,
      random,
      writer,
      receipt,
      reader,
      log,
      ledger,
      policy,
      responder,
      bell,
      sources,
      ledgerPublicKey: ledger.publicKeys(tenant).map(formatNoteKey).at(-1) ?? '',
      policies: [{ id: builtInPolicies.place, text: builtInPolicies.text }],
      view: () => estate.view(),
      keys: createKeyDesk(keys, tenant, bell),
      lend: async (incident, values) => {
        const { lent, unmatched } = await usingView(estate.view(), (view) =>
          matchLent({ responder, view, fingerprinter, tenant }, incident, values),
        )
        await handsOf.response.lend(incident, lent)
        return { matched: lent.map(({ credential }) => credential), unmatched }
      },
      exportPeople: (incident, people, by) =>
        exportPeople(
          {
            tenant,
            responder,
            registry,
            sources: () => listSources(reader, tenant).filter(({ state }) => state === 'active'),
            resolve: (source, persons) => handsOf.people.resolve(source, persons),
          },
          incident,
          people,
          by,
        ),
      approvers: {
        list: () => responder.approvers(tenant),
        enroll: async (name, publicKey, by) =>
          (await responder.enrollApprover(tenant, { name, publicKey, method: 'key' }, by)).keyId,
      },
      ladder: {
        list: () => responder.ladder(tenant),
        set: async (rung, by) => {
          refuseUnknownVerb(registry, rung)
          const change = await responder.setLadder(tenant, rung, by)
          const says = change.effective
            ? `\`${rung.verb}\` stands on ${rung.rung} now`
            : `a loosening: it takes effect ${change.effectiveAtMs === null ? 'once a second person consents' : `at ${new Date(change.effectiveAtMs).toISOString()}`}, or once two approvers consent`
          return { effective: change.effective, effectiveAtMs: change.effectiveAtMs, says }
        },
      },
      reporter: { file: reporter.name, text: Buffer.from(reporter.bytes).toString('utf8'), sha256: reporter.sha256 },
      health: () => ({
        status: socket.hands() === undefined || estate.progress().loadedPercent < 100 ? 'degraded' : 'ok',
        version,
        head: log.head(tenant),
        projected: estate.progress().projected,
        estateLoadedPercent: estate.progress().loadedPercent,
        hands: socket.hands() !== undefined,
        automationStopped: responder.isStopped(tenant),
        sources: sources.list().map(({ id, state, streams }) => ({
          id,
          ok: state !== 'unchecked' && streams.every(({ error }) => error === null),
        })),
      }),
      endBootstrap: bootstrap.end,
      scrub: (text) => parseOwnJson<string>(scrub(JSON.stringify(text))),
    },
  })
  let keysChangedAtMs = statSync(at.keys).mtimeMs
  /** A rotation replaces key files: data keys of the log then move under the newest, one row at a time. */
  const takeOverKeys = async (): Promise<void> => {
    const changedAtMs = statSync(at.keys).mtimeMs
    if (changedAtMs === keysChangedAtMs) return
    vault.reload()
    await rewrapLogKeys({ reader, writer, keys: vault.logKeys }, tenant)
    keysChangedAtMs = changedAtMs
  }
  const { server, port } = await listen(api, config.host, config.port)

  const witnesses = config.witnesses.map((witness) =>
    'directory' in witness
      ? fileDropWitness(witness.directory, witness.name)
      : pushWitness({ name: witness.name, url: witness.url, http: createHttp([witness.url]) }),
  )
  const loop = { clock, diagnose, signal: stop.signal }
  const work = [
    createCheckpointLoop({ ledger, witnesses, clock, diagnose }).run(stop.signal),
    every({ ...loop, everyMs: keyRecordsMs, what: 'keys.records' }, deliverKeyRecords),
    every({ ...loop, everyMs: tickMs, what: 'respond.tick' }, async () => {
      const { contained } = await responder.tick()
      if (contained.length > 0) bell.ring('incident')
      await automation.watchIncidents()
    }),
    every({ ...loop, everyMs: dayMs, what: 'log.expire' }, async () => {
      const before = new Date(clock.nowMs() - config.retentionDays * dayMs).toISOString().slice(0, 10)
      await log.expire(tenant, before)
    }),
    every({ ...loop, everyMs: rotationMs, what: 'vault.reload' }, takeOverKeys),
  ]
  reportReady({ url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}` }, async () => {
    stop.abort()
    server.close()
    await socket.close()
    await Promise.all(work)
    await estate.stop()
    await writer.close()
    reader.close()
    lock.release()
  })
}

/** The desk, with a ring after each outcome, so that watchers of an incident see it at once. */
function ringing(desk: CoreForHands['desk'], ring: () => void): CoreForHands['desk'] {
  const after =
    <Args extends unknown[], Result>(method: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      const result = await method(...args)
      ring()
      return result
    }
  return {
    claim: (...args) => desk.claim(...args),
    release: (...args) => desk.release(...args),
    attempt: after((...args) => desk.attempt(...args)),
    applied: after((...args) => desk.applied(...args)),
    probed: after((...args) => desk.probed(...args)),
    failed: after((...args) => desk.failed(...args)),
    undone: after((...args) => desk.undone(...args)),
  }
}

/** One-time token for the first administrator, in a file only this user reads; gone with the first use. */
function openBootstrap(path: string, hasUsers: () => boolean): { token: () => string | undefined; end: () => void } {
  const end = (): void => rmSync(path, { force: true })
  if (hasUsers()) {
    end()
    return { token: () => undefined, end }
  }
  const made = `${newId('cbt', systemRandom)}${toBase64url(systemRandom(32))}`
  writeFileSync(path, `${made}\n`, { mode: 0o600 })
  return { token: () => (hasUsers() ? undefined : made), end }
}
