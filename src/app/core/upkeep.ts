import { statSync } from 'node:fs'

import { createHttp } from '#kit'
import { createCheckpointLoop, fileDropWitness, pushWitness, type Witness } from '#ledger'
import { rewrapLogKeys } from '#log'
import type { ResponseCore } from '#respond'
import { rewrapScimKeys } from '#scim'
import type { Telling } from '#signals'

import type { Config } from '../config.ts'
import type { StreamHealth } from '../socket.ts'
import { askingLoopMs } from './asking-loop.ts'
import type { Automation } from './automation.ts'
import type { Feed } from './feed.ts'
import type { Expiry } from './expiry.ts'
import { every } from './loops.ts'
import { deliverKeyRecords, placeOwnKeys } from './own-keys.ts'
import { peopleWatchMs } from './people-watch.ts'
import type { Stores } from './stores.ts'
import { vendorWatchMs } from './vendors/watch.ts'
import type { IncidentWatch } from './watching.ts'

const tickMs = 1_000
const keyRecordsMs = 100
const dayMs = 86_400_000
/** A day is noted within the hour that it begins, or that Cordon starts. */
const controlsMs = 3_600_000
const rotationMs = 10_000
/** Reviews are due by the day. */
const reviewsMs = 60_000

/** What core does without being asked, each in its own loop until the signal; ends when the last of them has. */
export async function runUpkeep(
  stores: Stores,
  parts: {
    config: Config
    responder: ResponseCore
    automation: Automation
    incidentWatch: IncidentWatch
    peopleWatch: { run(): Promise<void> }
    vendorWatch: { run(): Promise<void> }
    giveBack: { run(): Promise<void> }
    leaseWatch: { run(): Promise<void> }
    reviewClosing: { run(): Promise<void> }
    askingLoop: { run(): Promise<void> }
    controls: { noteToday(): Promise<void> }
    expiry: Expiry
    feed: Feed
    health: Map<string, StreamHealth>
    syslog: { run(): Promise<void> }
    telling: Telling | undefined
    signal: AbortSignal
  },
): Promise<void> {
  const { clock, diagnose, bell, ledger } = stores
  const {
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
    feed,
    health,
    syslog,
    telling,
    signal,
  } = parts
  const loop = { clock, diagnose, signal }
  await Promise.all([
    createCheckpointLoop({ ledger, witnesses: witnessesOf(config), clock, diagnose }).run(signal),
    every({ ...loop, everyMs: keyRecordsMs, what: 'keys.records' }, async () => {
      await placeOwnKeys(stores)
      await deliverKeyRecords(stores, { feed, health })
    }),
    every({ ...loop, everyMs: tickMs, what: 'respond.tick' }, async () => {
      const { contained } = await responder.tick()
      if (contained.length > 0) bell.ring('incident')
      await incidentWatch.run()
    }),
    every({ ...loop, everyMs: tickMs, what: 'finding.open' }, () => automation.openWaiting()),
    every({ ...loop, everyMs: tickMs, what: 'trim.give-back' }, () => giveBack.run()),
    every({ ...loop, everyMs: tickMs, what: 'lease.end' }, () => leaseWatch.run()),
    every({ ...loop, everyMs: reviewsMs, what: 'review.due' }, () => reviewClosing.run()),
    every({ ...loop, everyMs: askingLoopMs, what: 'identity.ask' }, () => askingLoop.run()),
    every({ ...loop, everyMs: peopleWatchMs, what: 'people.ended' }, () => peopleWatch.run()),
    every({ ...loop, everyMs: vendorWatchMs, what: 'vendor.note' }, () => vendorWatch.run()),
    every({ ...loop, everyMs: controlsMs, what: 'control.note' }, () => controls.noteToday()),
    every({ ...loop, everyMs: tickMs, what: 'syslog.listen' }, () => syslog.run()),
    ...(telling === undefined
      ? []
      : [
          every({ ...loop, everyMs: tickMs, what: 'signals.queue' }, () => telling.queueDue()),
          every({ ...loop, everyMs: tickMs, what: 'signals.deliver' }, () => telling.deliver()),
        ]),
    every({ ...loop, everyMs: dayMs, what: 'log.expire' }, () => expiry.run()),
    every({ ...loop, everyMs: rotationMs, what: 'vault.reload' }, keyTakeover(stores)),
  ])
}

const witnessesOf = (config: Config): Witness[] =>
  config.witnesses.map((witness) =>
    'directory' in witness
      ? fileDropWitness(witness.directory, witness.name)
      : pushWitness({ name: witness.name, url: witness.url, http: createHttp([witness.url]) }),
  )

/** A rotation replaces key files: data keys of the log then move under the newest, one row at a time. */
function keyTakeover({ at, tenant, reader, writer, vault }: Stores): () => Promise<void> {
  let changedAtMs = statSync(at.keys).mtimeMs
  return async () => {
    const nowMs = statSync(at.keys).mtimeMs
    if (nowMs === changedAtMs) return
    vault.reload()
    await rewrapLogKeys({ reader, writer, keys: vault.logKeys }, tenant)
    await rewrapScimKeys({ reader, writer, keys: vault.logKeys }, tenant)
    changedAtMs = nowMs
  }
}
