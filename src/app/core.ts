import type { IncidentId } from '#model'
import { createApi, listen, userNames } from '#api'
import { openLeaseTime } from '#leases'
import { createPolicy } from '#policy'
import { findSource, listSources } from '#sources'
import { openCoreVault } from '#vault'

import type { Config } from './config.ts'
import { createAccessDesk } from './core/access-desk.ts'
import { openTellings } from './core/tellings.ts'
import { createTrackerDesk } from './core/tracker-desk.ts'
import { createGiveBack } from './core/give-back.ts'
import { createGapDesk } from './core/gap-desk.ts'
import { createReportDesk } from './core/report-desk.ts'
import { createTrimDesk, proposing } from './core/trim-desk.ts'
import { createTrimStages } from './core/trim-stages.ts'
import { createAskers } from './core/askers.ts'
import { createAskingDesk } from './core/asking-desk.ts'
import { createAskingLoop } from './core/asking-loop.ts'
import { createAutomation } from './core/automation.ts'
import { openBootstrap } from './core/bootstrap.ts'
import { startEstateThread } from './core/estate-thread-client.ts'
import { createBacktestDesk } from './core/backtest/desk.ts'
import { readConsole } from './core/console-files.ts'
import { createControlDesk } from './core/control-desk.ts'
import { createExpiry } from './core/expiry.ts'
import { createFeed, pushedFeed } from './core/feed.ts'
import { openFront } from './core/front.ts'
import { createHandsDoor } from './core/hands-door.ts'
import { createIntakeDesk } from './core/intake-desk.ts'
import { deadLines, ensureKeysSource } from './core/own-keys.ts'
import { createLeaseDesk } from './core/lease-desk.ts'
import { createLeaseWatch } from './core/lease-watch.ts'
import { createOutputDesk } from './core/output-desk.ts'
import { createIdentityDesk } from './core/identity-desk.ts'
import { createIdentityLook } from './core/identity-look.ts'
import { createPeopleDesk } from './core/people-desk.ts'
import { createPeopleWatch } from './core/people-watch.ts'
import { createPostureDesk } from './core/posture-desk.ts'
import { readSince } from './core/read-since.ts'
import { createProvisioning } from './core/provisioning.ts'
import { composeResponse, sparedBy } from './core/response.ts'
import { openSight } from './core/sight.ts'
import { createReviewClosing } from './core/review-closing.ts'
import { createReviewDesk } from './core/review-desk.ts'
import { createSignalling } from './core/signalling.ts'
import { exposedPlaces } from './core/place-exposure.ts'
import { createSourceDesk } from './core/source-desk.ts'
import { openStores } from './core/stores.ts'
import { createSyslogDoor } from './core/syslog-door.ts'
import { ruleSettingsOf, type CoreThreads } from './core/threads.ts'
import { runUpkeep } from './core/upkeep.ts'
import { createVendorDesk } from './core/vendors/desk.ts'
import { createVendorWatch } from './core/vendors/watch.ts'
import { createIncidentWatch } from './core/watching.ts'
import { socketMode } from './paths.ts'
import { createRegistry } from './registry.ts'
import { coreMethods, listenForHands, remote, serve, type HandsForCore, type StreamHealth } from './socket.ts'
import { reportReady } from './supervise.ts'

/** The process that knows: API, log, estate, policy, response desk, ledger. It can open nothing of a vendor's. */
export async function runCore(config: Config, threads: CoreThreads): Promise<void> {
  const { at, lock } = threads
  const vault = openCoreVault(at.keys)
  const registry = createRegistry(config.hooks)
  // Loading policies takes long and needs nobody: W and D go on meanwhile.
  const policy = createPolicy()
  const stores = openStores({ at, writer: await threads.writer }, vault)
  const { tenant, clock, bell, diagnose, reader, writer } = stores
  const health = new Map<string, StreamHealth>()
  const stop = new AbortController()

  const hands = remote<HandsForCore>(() => socket.hands())
  // Hands that is away has forgotten everything; hands that stays forgets by time.
  const forgetLent = (incident: IncidentId): void => void hands.response.forget(incident).catch(() => undefined)
  const onWork = (): void => void hands.response.wake().catch(() => undefined)
  const view = () => estate.view()
  const { responder, desk } = composeResponse({ ...stores, view, policy, registry, health, onWork })
  const toEstate = (): typeof estate => estate
  const automation = createAutomation({ ...stores, responder })
  const incidentWatch = createIncidentWatch({ ...stores, responder, estate: toEstate, onClosed: forgetLent })
  const estate = await startEstateThread(threads.estate, {
    writer: writer.attach(),
    clock,
    bell,
    // What fails here is tried again, and told, by upkeep.
    onFindings: () => void automation.openWaiting().catch(() => undefined),
  })

  const pulled = createFeed(stores, estate)
  const feed = pushedFeed(pulled, clock)
  const spared = (authority: string) => sparedBy(responder, estate, tenant, authority)
  const outputs = createOutputDesk({ ...stores, registry })
  const tracking = createTrackerDesk({ ...stores, registry, responder })
  const allSources = () => listSources(reader, tenant)
  const askers = createAskers({ registry, sources: allSources, named: config.asking?.output })
  const { asker } = askers
  const look = createIdentityLook({ ...stores, sources: allSources })
  const identities = createIdentityDesk({ ...stores, view, look, responder, asker })
  const asking = createAskingDesk({ ...stores, view, look, askers, identities, responder })
  const settings = config.asking
  const askingLoop = createAskingLoop({ ...stores, settings, askers, asking, identities, responder })
  const door = createHandsDoor({
    ...stores,
    desk,
    feed: pulled,
    health,
    spared,
    outputs: outputs.desk,
    tracking,
    asking,
  })
  const socket = await listenForHands(at.socket, serve(door, coreMethods), socketMode(at.runDir))
  await ensureKeysSource(stores, registry)

  const bootstrap = openBootstrap(stores)
  const { sealer } = vault
  const scim = createProvisioning(stores, feed)
  const { forget } = scim
  const intake = createIntakeDesk(hands)
  const sources = createSourceDesk({
    ...stores,
    sealer,
    registry,
    hands: () => socket.hands(),
    intake,
    health,
    feed,
    forget,
    outputs,
    unknownTypes: () => estate.progress().unknown,
    exposedPlaces: async (source) => {
      const entry = registry.find(source.connector)
      if (entry === undefined) return []
      return [...deadLines(source, stores.keys, tenant), ...(await exposedPlaces(source, entry, view, clock.nowMs()))]
    },
  })
  const people = createPeopleDesk({ ...stores, view, responder, feed, sources: allSources })
  const posture = createPostureDesk({
    ...stores,
    view,
    sources,
    registry,
    responder,
    readSince: (source, stream) => {
      const found = findSource(reader, tenant, source)
      return found === undefined ? Infinity : readSince(found, stream, health)
    },
  })
  const { coverageOf, blindSpots } = openSight({ ...stores, registry, health })
  const sight = () => ({ byAuthority: coverageOf(tenant), late: blindSpots(tenant) })
  const vendors = createVendorDesk({ ...stores, view, sources: allSources, registry, posture, responder, sight })
  const controls = createControlDesk({
    ...stores,
    posture,
    people,
    sources,
    vendors,
    responder,
    rules: () => estate.progress().rules,
    witnesses: config.witnesses.length,
    retentionDays: config.retentionDays,
  })
  const reports = createReportDesk({
    ...stores,
    view,
    responder,
    vendors,
    controls,
    checkpoint: () => stores.ledger.checkpoints(tenant, 1)[0] ?? null,
    late: () => blindSpots(tenant),
  })
  const vendorWatch = createVendorWatch({
    ...stores,
    view,
    sources: allSources,
    registry,
    look: vendors,
    bounds: config.vendors,
    onFindings: () => void automation.openWaiting().catch(() => undefined),
  })
  const tellings = openTellings({ ...stores, registry, health })
  const trimming = {
    ...stores,
    view,
    sources,
    registry,
    tells: () => tellings(tenant),
    spared: () => new Set(responder.protectedEntities(tenant).map(({ entity }) => entity)),
    late: () => blindSpots(tenant),
  }
  const trim = createTrimDesk(trimming)
  const trimStages = createTrimStages({ ...trimming, responder, propose: proposing(trimming) })
  const gaps = createGapDesk(trimming)
  const access = createAccessDesk({ ...stores, view, sight, gaps, trim, trimStages })
  const giveBack = createGiveBack({ ...stores, responder })
  const reviewClosing = createReviewClosing({ ...stores, view, responder, sources, registry })
  const reviews = createReviewDesk({
    ...stores,
    view,
    sight,
    propose: proposing(trimming),
    tells: () => tellings(tenant),
    users: () => userNames(reader, tenant),
    closing: reviewClosing,
  })
  const time = openLeaseTime(stores)
  const leases = createLeaseDesk({ ...stores, view, responder, sources, registry, time })
  const leaseWatch = createLeaseWatch({ ...stores, responder, time })
  const peopleWatch = createPeopleWatch({
    ...stores,
    view,
    responder,
    sources: allSources,
    onFindings: () => void automation.openWaiting().catch(() => undefined),
  })
  const syslog = createSyslogDoor({
    ...stores,
    intake,
    feed,
    sources: allSources,
    registered: (connector) => registry.find(connector) ?? {},
  })
  const isHandsUp = (): boolean => socket.hands() !== undefined
  const endBootstrap = bootstrap.end
  const expiry = createExpiry({ ...stores, retentionDays: config.retentionDays })
  const { warnings } = expiry
  const { desk: signals, telling } = createSignalling(stores, { settings: config.signals, hands, view })
  const backtests = createBacktestDesk({
    ...stores,
    responder,
    rules: ruleSettingsOf(config),
    data: { store: at.store, keys: at.keys, hooks: config.hooks },
  })
  const front = {
    policy,
    responder,
    registry,
    estate,
    sources,
    people,
    identities,
    posture,
    access,
    leases,
    reviews,
    controls,
    reports,
    vendors,
    scim,
    signals,
    hands,
    backtests,
    isHandsUp,
    warnings,
    endBootstrap,
  }
  const services = await openFront(stores, front)
  const names = new Set([config.host.toLowerCase(), ...config.names])
  const api = createApi({ diagnose, bootstrapToken: bootstrap.token, names, services, console: readConsole })
  const { server, port } = await listen(api, config.host, config.port)

  const upkeep = runUpkeep(stores, {
    config,
    responder,
    automation,
    incidentWatch,
    peopleWatch,
    vendorWatch,
    giveBack,
    leaseWatch,
    reviewClosing,
    askingLoop,
    controls,
    expiry,
    feed: pulled,
    health,
    syslog,
    telling,
    signal: stop.signal,
  })
  reportReady({ url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}` }, async () => {
    stop.abort()
    backtests.stop()
    server.close()
    await syslog.close()
    await socket.close()
    await upkeep
    await estate.stop()
    await writer.close()
    reader.close()
    lock.release()
  })
}
