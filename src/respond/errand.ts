import { backoffMs, CordonError, crashPoint, parseOwnJson } from '#kit'
import type { Action, ProofKind } from '#model'

import type { ActionContext, Applied, ContainAction, Probed, ReadBack } from '#respond/contract'
import { expirySkewMs } from './moves.ts'
import { probePauseMs, sourceOf, type Progress } from './probe-pause.ts'
import type { RunnerLimits, RunnerOptions, SourceHandle } from './runner-options.ts'

export type ErrandOptions = RunnerOptions & {
  limits: RunnerLimits
  pace: <T>(source: string, work: () => Promise<T>) => Promise<T>
  progressOf(action: Action): Progress
  /** Of all actions that this process has in hand, or had and will claim again. */
  progressOfAll(): Iterable<Progress>
  forget(action: Action['id']): void
  signal: AbortSignal
}

type Bound = ErrandOptions & { action: Action; verb: ContainAction; source: SourceHandle }
type Call = Omit<ActionContext<unknown>, 'signal'>

/** Dead answers in a row before they are a proof: a refused try may be a hiccup, so two where a secret is tried. */
const refusalsFor: Record<ProofKind, number> = { probed: 2, introspected: 1, 'read-back': 1, expired: 1 }

/** Does what core wants next with one claimed action. Throws only what leaves the claim to its lease (a lost core). */
export async function runErrand(action: Action, options: ErrandOptions): Promise<void> {
  const { desk } = options
  const verb = options.actionFor(action.connector, action.verb)
  if (verb === undefined) {
    return desk.failed(action.id, action.fence, 'ERR_ACTION_VERB', `no connector has \`${action.verb}\``, true)
  }
  const source = await options.sourceFor(action)
  if (source === undefined) {
    return desk.failed(action.id, action.fence, 'ERR_ACTION_SOURCE', 'the source of this action is gone', true)
  }
  const place = action.placeSource === undefined ? undefined : await options.placeFor?.(action)
  if (action.placeSource !== undefined && place === undefined) {
    const says = `\`${action.placeSource}\` is gone, or writes at no such place`
    return desk.failed(action.id, action.fence, 'ERR_ACTION_SOURCE', says, true)
  }
  const bound: Bound = { ...options, action, verb, source }
  // INVARIANT 4, third wall: what only hands can know of our own identity at the vendor.
  if (action.errand === 'apply' || action.errand === 'reconcile') {
    const handles = [source, ...(place === undefined ? [] : [place.source])]
    if (handles.some(({ isOwn }) => isOwn(action.target))) {
      return desk.failed(action.id, action.fence, 'code.own', "the target is Cordon's own identity or credential", true)
    }
    if (handles.some(({ spared = [] }) => spared.includes(action.target))) {
      return desk.failed(action.id, action.fence, 'code.break-glass', 'the target is a break-glass identity', true)
    }
  }
  let call: Call
  try {
    call = await callOf(bound, source, action.source)
    if (place !== undefined && action.placeSource !== undefined) {
      call.place = { holder: place.holder, context: await callOf(bound, place.source, action.placeSource) }
    }
  } catch (error) {
    return giveBack(bound, error, 0)
  }
  switch (action.errand ?? 'reconcile') {
    case 'apply':
      return apply(bound, call)
    case 'reconcile':
      return reconcile(bound, call)
    case 'probe':
    case 'recheck':
      return probe(bound, call)
    case 'undo':
      return undo(bound, call)
    case 'undo-reconcile':
      return undoAgain(bound, call)
  }
}

/** What one source is asked with: its own configuration and contain credential, and no other's. */
async function callOf(bound: Bound, handle: SourceHandle, id: Action['source']): Promise<Call> {
  const { action, clock, home } = bound
  return {
    config: handle.config,
    authority: handle.authority,
    contain: await bound.unseal(id, action),
    http: handle.http,
    clock,
    key: action.id,
    ...(action.untilMs === undefined ? {} : { untilMs: action.untilMs }),
    home,
    lent: (credential) => bound.lent(credential),
    isOwn: (entity) => handle.isOwn(entity),
    spared: handle.spared ?? [],
  }
}

async function apply(bound: Bound, call: Call): Promise<void> {
  const { action, desk, verb, limits, signal } = bound
  if (signal.aborted) return desk.release(action.id, action.fence, limits.idleMs)
  // Tried again because a person asked: the bound is on what the program does by itself.
  if (action.attempts >= limits.attemptsMax && action.state !== 'approved') {
    return unclear(bound, `tried ${action.attempts} times`)
  }
  const sent = await attempted(
    bound,
    (signal) => verb.apply({ ...call, signal }, action.target),
    () => remembered(bound, call),
  )
  if (!sent.ok) return afterFailure(bound, call, sent.error)
  crashPoint('respond.after-apply')
  await settled(bound, sent.value)
  return probe(bound, call, sent.value.undoState)
}

/** What undo needs, before anything is changed: `apply` may land and its answer never come. */
async function remembered(bound: Bound, call: Call): Promise<string | null> {
  const { action, verb } = bound
  const remember = verb.remember
  if (remember === undefined) return null
  const undoState = await timed(bound, (signal) => remember({ ...call, signal }, action.target, undoStateOf(bound)))
  return keptOf(bound, undoState)
}

async function settled(bound: Bound, applied: Applied): Promise<void> {
  const { desk, action, clock } = bound
  await desk.applied(action.id, action.fence, applied.says, keptOf(bound, applied.undoState))
  Object.assign(bound.progressOf(action), { sinceMs: clock.monotonicMs(), refusals: 0 })
}

/**
 * A refusal the connector calls final stands, once a look shows that nothing landed. Every other error leaves open
 * whether it landed: the action goes back, and the next claim reads back before anything is sent again. That claim
 * comes no sooner than a request may last, because the vendor may still be working on this one.
 */
async function afterFailure(bound: Bound, call: Call, error: unknown): Promise<void> {
  const { action, desk, verb, limits } = bound
  if (isStale(error)) return
  if (isStopped(error)) return desk.release(action.id, action.fence, limits.idleMs)
  const { code, says } = describe(error)
  if (!isFinal(error)) return giveBack(bound, error, limits.requestTimeoutMs)
  // Found in place because it stood before: that is nobody's lease.
  if (code === 'ERR_LEASE_STANDS') return desk.failed(action.id, action.fence, code, says, true)
  const landed = await look(bound, call)
  if (landed === 'landed') {
    await settled(bound, { says: `${says}; found in place all the same` })
    return probe(bound, call)
  }
  if (landed === 'unknown' && verb.readBack !== undefined) return unclear(bound, `${code}: ${says}`)
  return desk.failed(action.id, action.fence, code, says, true)
}

async function reconcile(bound: Bound, call: Call): Promise<void> {
  const { action, verb } = bound
  if (verb.readBack === undefined) {
    // `approved`: a person looked and asked for one more try. Otherwise only what is safe to repeat is repeated.
    if (verb.retry === 'idempotent' || action.state === 'approved') return apply(bound, call)
    return unclear(bound, 'it was sent once, no answer came, and the vendor cannot be asked whether it landed')
  }
  const landed = await look(bound, call)
  if (landed === 'landed') {
    await settled(bound, { says: 'found in place by read-back' })
    return probe(bound, call)
  }
  if (landed === 'absent') {
    if (verb.retry === 'once' && action.state !== 'approved') {
      return unclear(bound, 'it was sent once and did not land; this verb is never repeated by itself')
    }
    return apply(bound, call)
  }
  return giveBack(bound, new CordonError('ERR_READ_BACK', 'the vendor could not say whether it landed'), 0)
}

async function look(bound: Bound, call: Call): Promise<ReadBack> {
  const { verb, action } = bound
  const readBack = verb.readBack
  if (readBack === undefined) return 'unknown'
  const answer = await guarded(() =>
    inTurn(bound, () => timed(bound, (signal) => readBack({ ...call, signal }, action.target))),
  )
  return answer.ok ? answer.value : 'unknown'
}

/** Until refused as often as a proof takes, or until the time for it is over. */
async function probe(
  bound: Bound,
  call: Call,
  // What is sealed is opened for the undo alone.
  undoState = bound.verb.sealsUndo === true ? undefined : undoStateOf(bound),
): Promise<void> {
  const { action, desk, verb, limits, clock, signal } = bound
  const progress = bound.progressOf(action)
  const source = sourceOf(action)
  progress.asks = { source, nextMs: clock.monotonicMs() }
  const isRecheck = action.errand === 'recheck'
  if (isRecheck) Object.assign(progress, { sinceMs: clock.monotonicMs(), refusals: 0 })
  // Core hears of the first answer at once, so that screens can say why it is not dead yet; then often enough for the lease.
  let heardMs = -Infinity
  for (;;) {
    const answer = await guarded(() =>
      inTurn(bound, () => timed(bound, (signal) => verb.probe.run({ ...call, signal }, action.target, undoState))),
    )
    const probed = judge(answer.ok ? answer.value : unanswered(answer.error), clock.nowMs())
    progress.refusals = probed.verdict === 'dead' ? progress.refusals + 1 : 0
    if (probed.verdict === 'dead' && progress.refusals >= (verb.probe.refusals ?? refusalsFor[probed.proof.kind])) {
      crashPoint('respond.before-proof')
      bound.forget(action.id)
      const proof = { ...probed.proof, atMs: clock.nowMs() }
      return desk.probed(action.id, action.fence, { verdict: 'dead', proof })
    }
    const isOver = clock.monotonicMs() - progress.sinceMs >= verb.probe.withinMs
    if (probed.verdict !== 'dead' && (isOver || isRecheck)) {
      bound.forget(action.id)
      const expiresAtMs = probed.expiresAtMs ?? null
      return desk.probed(action.id, action.fence, {
        verdict: probed.verdict,
        says: probed.says,
        expiresAtMs,
        isFinal: true,
      })
    }
    const says = probed.verdict === 'dead' ? `refused ${progress.refusals} times so far` : probed.says
    const expiresAtMs = probed.verdict === 'dead' ? null : (probed.expiresAtMs ?? null)
    const pauseMs = probePauseMs(verb, probed, { source, all: bound.progressOfAll(), clock })
    progress.asks.nextMs = clock.monotonicMs() + pauseMs
    // What may last is not held: slots are for steps that can start now.
    const isLong = (verb.probe.everyMs > limits.probeHoldMs && probed.verdict !== 'dead') || signal.aborted
    if (!isRecheck && (isLong || clock.monotonicMs() - heardMs > limits.leaseMs / 4)) {
      await desk.probed(action.id, action.fence, { verdict: 'unknown', says, expiresAtMs, isFinal: false })
      heardMs = clock.monotonicMs()
    }
    if (isLong && !isRecheck) return desk.release(action.id, action.fence, pauseMs)
    await clock.sleep(Math.min(pauseMs, limits.probeHoldMs), signal)
  }
}

/** INVARIANT: what an action wants sealed is sealed before it leaves hands, or nothing is done. */
function keptOf({ action, verb, undoSeal }: Bound, state: Applied['undoState']): string | null {
  if (state === undefined) return null
  const text = JSON.stringify(state)
  if (verb.sealsUndo !== true) return text
  if (undoSeal !== undefined) return undoSeal.seal(text, action.id)
  throw new CordonError('ERR_UNDO_SEAL', `nothing seals what the undo of \`${action.verb}\` needs; nothing was changed`)
}

function undoStateOf({ action, verb, undoSeal }: Bound): Applied['undoState'] {
  const { undoState: kept } = action
  if (kept === null) return undefined
  const text = verb.sealsUndo === true ? undoSeal?.open(kept, action.id) : kept
  return text === undefined ? undefined : parseOwnJson<Applied['undoState']>(text)
}

const unanswered = (error: unknown): Probed => ({ verdict: 'unknown', says: describe(error).says })

/** Its time is over and nothing says that it lives: that is the proof `expired`. A live answer outweighs any date. */
function judge(probed: Probed, nowMs: number): Probed {
  if (probed.verdict !== 'unknown' || probed.expiresAtMs === undefined) return probed
  if (nowMs < probed.expiresAtMs + expirySkewMs) return probed
  const says = `its time ended at ${new Date(probed.expiresAtMs).toISOString()}; ${probed.says}`
  return { verdict: 'dead', proof: { kind: 'expired', says, where: [] } }
}

async function undo(bound: Bound, call: Call): Promise<void> {
  const { action, desk, verb } = bound
  const put = verb.undo
  if (put === undefined) return unclear(bound, `\`${action.verb}\` has no undo; put it back by hand`)
  const sent = await attempted(bound, (signal) => put({ ...call, signal }, action.target, undoStateOf(bound)))
  if (sent.ok && verb.isGone !== undefined) return ended(bound, call, verb.isGone)
  if (sent.ok) return desk.undone(action.id, action.fence, 'put back')
  if (isStale(sent.error)) return
  const { code, says } = describe(sent.error)
  if (isFinal(sent.error)) return desk.failed(action.id, action.fence, code, says, true)
  return giveBack(bound, sent.error, bound.limits.requestTimeoutMs)
}

/**
 * INVARIANT: what was lent has ended only with a proof that it is gone. Without one in time the action goes back, is undone
 * anew, and after many tries is a person's; it never reads as ended.
 */
async function ended(bound: Bound, call: Call, isGone: NonNullable<ContainAction['isGone']>): Promise<void> {
  const { action, desk, verb, clock, signal } = bound
  crashPoint('respond.after-apply')
  const untilMs = clock.monotonicMs() + Math.min(verb.probe.withinMs, bound.limits.leaseMs / 2)
  for (;;) {
    const answer = await guarded(() =>
      inTurn(bound, () => timed(bound, (stop) => isGone({ ...call, signal: stop }, action.target, undoStateOf(bound)))),
    )
    const probed = answer.ok ? answer.value : unanswered(answer.error)
    if (probed.verdict === 'dead') {
      return desk.undone(action.id, action.fence, probed.proof.says, { ...probed.proof, atMs: clock.nowMs() })
    }
    if (signal.aborted || clock.monotonicMs() >= untilMs) {
      return giveBack(bound, new CordonError('ERR_LEASE_ALIVE', `not gone yet: ${probed.says}`), 0)
    }
    await clock.sleep(verb.probe.everyMs, signal)
  }
}

async function undoAgain(bound: Bound, call: Call): Promise<void> {
  const { action, desk, verb } = bound
  if (verb.isGone !== undefined) return undo(bound, call)
  const landed = await look(bound, call)
  if (landed === 'absent') return desk.undone(action.id, action.fence, 'found put back by read-back')
  if (landed === 'landed') return undo(bound, call)
  if (bound.verb.readBack === undefined) return unclear(bound, 'the undo was sent once and no answer came')
  return giveBack(bound, new CordonError('ERR_READ_BACK', 'the vendor could not say whether the undo landed'), 0)
}

function unclear({ desk, action, forget }: Bound, says: string): Promise<void> {
  forget(action.id)
  return desk.probed(action.id, action.fence, { verdict: 'unknown', says, expiresAtMs: null, isFinal: true })
}

async function giveBack(bound: Bound, error: unknown, atLeastMs: number): Promise<void> {
  const { action, desk, limits } = bound
  const progress = bound.progressOf(action)
  const { code, says } = describe(error)
  await desk.failed(action.id, action.fence, code, says, false)
  const backoff = { firstMs: limits.retryFirstMs, maxMs: limits.retryMaxMs, attemptsMax: limits.attemptsMax }
  const waitMs = Math.max(atLeastMs, backoffMs(backoff, Math.min(progress.rounds++, 20), bound.unit()))
  return desk.release(action.id, action.fence, waitMs)
}

const inTurn = <T>({ action, pace }: Bound, work: () => Promise<T>): Promise<T> => pace(sourceOf(action), work)

/**
 * A call that changes something: in its turn, behind a durable attempt, and only while it can still end within the lease
 * that the attempt renewed. Whoever was held up longer sends nothing, for another may be reading back already.
 */
function attempted<T>(
  bound: Bound,
  work: (signal: AbortSignal) => Promise<T>,
  before: () => Promise<string | null> = () => Promise.resolve(null),
): Promise<Guarded<T>> {
  const { action, desk, clock, limits } = bound
  return guarded(() =>
    inTurn(bound, async () => {
      const undoState = await before()
      const beganMs = clock.monotonicMs()
      await desk.attempt(action.id, action.fence, undoState)
      crashPoint('respond.after-attempt')
      if (clock.monotonicMs() - beganMs > limits.leaseMs - 2 * limits.requestTimeoutMs) {
        throw new CordonError('ERR_ACTION_LATE', 'the claim grew old before the call could go out', { retryable: true })
      }
      return timed(bound, work)
    }),
  )
}

async function timed<T>({ clock, limits }: Bound, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ended = new AbortController()
  const timeout = new AbortController()
  const late = clock.sleep(limits.requestTimeoutMs, ended.signal).then((): never => {
    timeout.abort()
    throw new CordonError('ERR_ACTION_TIMEOUT', `no answer within ${limits.requestTimeoutMs} ms`, { retryable: true })
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([work(timeout.signal), late])
  } finally {
    ended.abort()
  }
}

type Guarded<T> = { ok: true; value: T } | { ok: false; error: unknown }

/** Errors of vendors are outcomes here; whether they are final is judged where they are handled. */
async function guarded<T>(work: () => Promise<T>): Promise<Guarded<T>> {
  try {
    return { ok: true, value: await work() }
  } catch (error) {
    return { ok: false, error }
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'ERR_INTERNAL'
const isStale = (error: unknown): boolean => codeOf(error) === 'ERR_FENCE_STALE'
const isStopped = (error: unknown): boolean => codeOf(error) === 'ERR_AUTOMATION_STOPPED'
/** Only what a connector declares as not worth repeating is final; a fault of our own may have happened at any point. */
const isFinal = (error: unknown): boolean => error instanceof CordonError && !error.retryable
const describe = (error: unknown): { code: string; says: string } => ({
  code: codeOf(error),
  says: error instanceof Error ? error.message : String(error),
})
