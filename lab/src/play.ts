import type { ResponseOf } from 'cordon/contract'
import { entityId } from 'cordon/model'

import { approvalOf } from './cordon/client.ts'
import { connectSources, reportHosts, startShipper, type Connected } from './cordon/connect.ts'
import type { Served } from './http.ts'
import { nameCustomer } from './people/declare.ts'
import { customers } from './people/records.ts'
import { plantScene, type Planted, type Range, type Scene, type Stolen } from './range.ts'
import { createNames, type Names } from './story/names.ts'
import { isOver } from './story/plain.ts'
import type { LabEvent } from './story/state.ts'
import { viewOf, type ContainmentView } from './story/view.ts'
import { pause, startThief, type Targets, type ThiefPace } from './thief.ts'

/** What the story takes its time for; all in ms. */
export const paceWith: ThiefPace = { everyMs: 250, rows: 25, othersEvery: 4, quickening: 1, roundsMax: 400 }
export const paceWithout: ThiefPace = { everyMs: 20, rows: 25, othersEvery: 20, quickening: 10, roundsMax: 180 }
export const seenMaxMs = 15_000
export const beforeAdvisoryMs = 2500
export const readingPlanMs = 1500
export const containMaxMs = 20_000
export const aftermathMs = 2500
export const pollEveryMs = 150

export type Stageplay = {
  range: Range
  gateway: Served
  cordon: Connected
  folder: string
  emit: (event: LabEvent) => void
  signal: AbortSignal
  nowMs: () => number
}
export type Prepared = { scene: Scene; names: Names; targets: Targets; stopShipping(): Promise<void> }

export async function prepare(play: Stageplay): Promise<Prepared> {
  const { range, gateway, cordon, folder, emit } = play
  emit({ kind: 'progress', says: 'connecting the sources to Cordon' })
  await connectSources(cordon, range)
  const key = await cordon.admin.call('key.issue', { body: { owner: 'annotator' } })
  const scene = await plantScene(range, folder, key, play.nowMs())
  emit({ kind: 'progress', says: 'three hosts report what lies on them' })
  await reportHosts(cordon, scene.hosts, folder)
  const shipper = await startShipper(cordon, range)
  const names = createNames(
    scene.planted,
    customers.map((name) => [nameCustomer(name), name] as const),
  )
  for (const { grant, ref } of range.issuer.register.live()) {
    const planted = scene.planted.find(({ entity }) => entity?.endsWith(`token/${ref}`) === true)
    if (grant !== null && planted?.label.includes('refresh') === true) {
      names.learn(entityId('credential', range.authority, `grant/${grant}`), 'people API refresh token')
    }
  }
  return {
    scene,
    names,
    targets: {
      people: range.people.url,
      gateway: gateway.url,
      issuer: range.issuer.url,
      client: range.client,
    },
    stopShipping: () => shipper.stop(),
  }
}

const trigger = { kind: 'artefact' as const, purl: 'pkg:pypi/litellm', versions: ['1.82.7', '1.82.8'] }
const lookBackMs = 30 * 60_000

/** Waits until a recall sees every planted credential, so that the clock of the story measures response, not first reading. */
export async function waitUntilSeen(play: Stageplay, planted: readonly Planted[]): Promise<boolean> {
  const wanted = planted.filter(({ isExposed, entity }) => isExposed && entity !== null)
  const deadlineMs = play.nowMs() + seenMaxMs
  while (play.nowMs() < deadlineMs && !play.signal.aborted) {
    const body = { trigger, window: { fromMs: play.nowMs() - lookBackMs, toMs: null } }
    // While Cordon still reads its first records it may not know the package at all.
    const assessment = await play.cordon.onCall.call('recall', { body }).catch(() => undefined)
    const seen = new Set<string>(assessment?.exposure.credentials.map(({ credential }) => credential))
    if (wanted.every(({ entity }) => entity !== null && seen.has(entity))) return true
    await pause(pollEveryMs, play.signal)
  }
  return false
}

export type Contained = { incident: string; bystanderStatus: number }

/** The run with Cordon: theft, advisory, incident, plan, one approval, proofs. */
export async function playWith(play: Stageplay, prepared: Prepared): Promise<Contained> {
  const { cordon, emit, nowMs, signal } = play
  const { scene, names, targets } = prepared
  const startedAtMs = nowMs()
  const at = (): number => nowMs() - startedAtMs
  const note = (says: string): void => emit({ kind: 'note', atMs: at(), says })
  emit({ kind: 'run', run: 'with', says: 'A poisoned litellm took what it could read. With Cordon:' })
  const thief = startThief({ targets, stolen: scene.stolen, pace: paceWith, startedAtMs, nowMs, emit })
  try {
    await pause(beforeAdvisoryMs, signal)
    note('advisory: litellm 1.82.7 and 1.82.8 on PyPI are poisoned')
    const incident = await cordon.onCall.call('incident.open', {
      body: {
        title: 'poisoned litellm on PyPI',
        severity: 'critical',
        trigger,
        window: { fromMs: startedAtMs - lookBackMs, toMs: null },
      },
    })
    const params = { incident: incident.id }
    const { plan } = await cordon.onCall.call('incident.contain', { params })
    note(`incident ${incident.id.slice(0, 12)} open, plan of ${plan.steps.length} steps waits for approval`)
    await lendValues(play, names, incident.id, scene.planted)
    const follow = followIncident(play, names, incident.id, startedAtMs)
    await pause(readingPlanMs, signal)
    const approval = approvalOf(cordon.approver, cordon.keyId, incident.id, plan, nowMs())
    await cordon.onCall.call('incident.approve', { params, body: approval })
    note('the person on call has read the plan and signed it')
    const last = await follow
    await pause(aftermathMs, signal)
    if (last !== undefined)
      emit({ kind: 'containment', atMs: at(), view: await withNewestImpact(play, last, startedAtMs) })
    const bystanderStatus = await statusOf(`${targets.people}/contractors/self`, scene.bystander.accessToken)
    note(`collateral: the token of the clean runner still answers ${bystanderStatus}`)
    return { incident: incident.id, bystanderStatus }
  } finally {
    thief.stop()
    await thief.done
  }
}

/** Owners lend what lies on their hosts, so that death is tried with the value and not only read back. */
async function lendValues(play: Stageplay, names: Names, incident: string, planted: readonly Planted[]): Promise<void> {
  const { cordon, emit } = play
  for (const { value, label, isExposed } of planted) {
    if (!isExposed) continue
    try {
      const { matched } = await cordon.onCall.call('incident.lend', { params: { incident }, body: { values: [value] } })
      for (const entity of matched) names.learn(entity, label)
    } catch (error) {
      emit({ kind: 'note', atMs: 0, says: `lending failed: ${error instanceof Error ? error.message : 'unknown'}` })
      return
    }
  }
}

/** The plan's figures stand as of its making; the thief read on until the tokens died. */
async function withNewestImpact(play: Stageplay, view: ContainmentView, startedAtMs: number): Promise<ContainmentView> {
  const body = { trigger, window: { fromMs: startedAtMs - lookBackMs, toMs: null } }
  const { exposure } = await play.cordon.onCall.call('recall', { body })
  const { couldReach: reach, didTouch: touched, didChange: changed, unknown } = exposure.impact.people
  return view.impact === null ? view : { ...view, impact: { ...view.impact, reach, touched, changed, unknown } }
}

async function followIncident(
  play: Stageplay,
  names: Names,
  incident: string,
  startedAtMs: number,
): Promise<ContainmentView | undefined> {
  let view: ContainmentView | undefined
  const { cordon, emit, nowMs, signal } = play
  const deadlineMs = nowMs() + containMaxMs
  let before = ''
  while (nowMs() < deadlineMs && !signal.aborted) {
    const report: ResponseOf<'incident.show'> | Error = await cordon.onCall
      .call('incident.show', { params: { incident } })
      .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
    if (report instanceof Error) {
      if (report.message !== before) emit({ kind: 'note', atMs: nowMs() - startedAtMs, says: report.message })
      before = report.message
      await pause(pollEveryMs, signal)
      continue
    }
    view = viewOf(report, (entity) => names.of(entity))
    const now = JSON.stringify(view)
    if (now !== before) emit({ kind: 'containment', atMs: nowMs() - startedAtMs, view })
    before = now
    if (isOver(view)) return view
    await pause(pollEveryMs, signal)
  }
  return view
}

/** The same theft with fresh tokens while nobody acts: bounded, and shown faster than it happens. */
export async function playWithout(play: Stageplay, prepared: Prepared): Promise<void> {
  const { range, cordon, emit, nowMs } = play
  const key = await cordon.admin.call('key.issue', { body: { owner: 'annotator-2' } })
  const tokens = await range.signIn('svc-without', 'contractors')
  const stolen: Stolen = {
    access: tokens.accessToken,
    refresh: tokens.refreshToken ?? '',
    payouts: (await range.signIn('dev-without', 'payouts')).accessToken,
    interviews: (await range.signIn('dev-without', 'interviews')).accessToken,
    key: key.token,
    vendor: prepared.scene.stolen.vendor,
  }
  emit({
    kind: 'run',
    run: 'without',
    says: `The same theft without Cordon, shown ${paceWithout.quickening} times faster than it happens:`,
  })
  emit({
    kind: 'note',
    atMs: 0,
    says: 'Somebody reads the advisory tomorrow. The access token is good for 60 minutes, its refresh token for 14 days.',
  })
  const thief = startThief({
    targets: prepared.targets,
    stolen,
    pace: paceWithout,
    startedAtMs: nowMs(),
    nowMs,
    emit,
  })
  const stop = (): void => thief.stop()
  play.signal.addEventListener('abort', stop, { once: true })
  await thief.done
}

export const statusOf = async (url: string, token: string): Promise<number> =>
  (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status
