import { kindOf, weakThingsMax, type ActionState, type EntityId, type IncidentId, type MendedThing } from '#model'
import { entityCalled } from '#access'
import { openScene } from '#posture'
import { losingBy, noteResumed, overrideResume, resumeChecks, VendorError, type ResumeCheck, type Stop } from '#vendors'
import { usingView } from '#estate'
import type { VendorDesk } from '#api'
import { manualVerb, type ResponseCore } from '#respond'

import type { Paused, VendorLook, VendorParts, Whole } from './look.ts'
import { stopping, thingOf, verbsOf, type PausingParts } from './pausing.ts'

export type PauseParts = VendorParts &
  PausingParts & { responder: Pick<ResponseCore, 'list' | 'open' | 'report' | 'undo'> }

type Shown = Awaited<ReturnType<VendorDesk['pause']>>

/** Steps of which nothing is to be put back. */
const settled: ReadonlySet<ActionState> = new Set(['failed', 'unknown', 'undone', 'undo-executing'])

/** People who must answer for a resume that its checks do not carry. */
const overridersMin = 2

/**
 * A vendor's access taken away for a while: an incident whose plan, approvals, proofs and undo are those of every
 * containment, and given back when its checks are met, or two people answer for it.
 */
export function createPauseDesk(parts: PauseParts, look: VendorLook): Pick<VendorDesk, 'pause' | 'resume'> {
  const { tenant, clock, writer, receipt, responder } = parts

  return {
    async pause({ vendor: named, class: ofClass, dryRun, forGood }, by) {
      const { whole } = await look.one(named)
      const { vendor, name } = whole.vendor
      const of =
        ofClass === undefined
          ? null
          : await usingView(parts.view(), (view) => entityCalled(view, ofClass, ['class'], 'class'))
      const standing = whole.pauses.filter(({ trigger }) => trigger.class === of)
      if (standing.length > 0 && !dryRun)
        throw new VendorError('ERR_VENDOR_STATE', `\`${name}\` is paused already, by \`${standing[0]?.id}\``, {
          hint: `\`cordon incident show ${standing[0]?.id}\` shows how far that is; \`cordon vendor resume\` ends it`,
        })
      return stopping(parts, whole, of, async (scene, { stops, goesOn }) => {
        if (stops.length === 0)
          throw new VendorError('ERR_VENDOR_STATE', `nothing of \`${name}\` that could be paused is here`, {
            hint: goesOn[0]?.why ?? 'no app, key or model of theirs stands',
          })
        const losing = await losingBy(
          scene,
          whole.vendor,
          stops.filter((stop) => verbsOf(stop, forGood).length > 0),
        )
        const things = stops.map((stop) => thingOf(stop, forGood))
        const batches: Shown['batches'] = []
        if (!dryRun)
          for (let at = 0; at < things.length; at += weakThingsMax)
            batches.push(await open(whole, of, things.slice(at, at + weakThingsMax), forGood, by))
        return {
          vendor,
          name,
          class: of,
          forGood,
          stops: stops.map((stop) => shownStop(stop, forGood)),
          goesOn,
          losing,
          batches,
        }
      })
    },
    async resume({ vendor: named, override }, by) {
      const { whole } = await look.one(named)
      const { vendor, name } = whole.vendor
      const { pauses } = whole
      if (pauses.length === 0)
        throw new VendorError('ERR_VENDOR_STATE', `\`${name}\` is not paused`, {
          hint: '`cordon vendor pause` pauses a vendor',
        })
      const checks = await checksOf(whole, pauses)
      const unmet = checks.filter(({ state }) => state !== 'met')
      const incidents = pauses.map(({ id }) => id)
      const answer = { vendor, name, incidents, checks, asked: 0, refused: [], missing: 0 }
      if (unmet.length > 0) {
        if (override === undefined) return { ...answer, state: 'held' as const, missing: overridersMin }
        const people = await overridden(vendor, incidents, unmet, override, by)
        if (people < overridersMin) return { ...answer, state: 'waits' as const, missing: overridersMin - people }
      }
      const { asked, refused } = await giveBack(incidents, by)
      if (refused.length === 0)
        await writer.submit(
          noteResumed({ tenant, incidents, by, atMs: clock.nowMs() }),
          receipt('vendor.resumed', { vendor, incidents: incidents.join(' '), overridden: unmet.length > 0 }, { by }),
        )
      return { ...answer, state: 'resuming' as const, asked, refused }
    },
  }

  async function open(whole: Whole, of: EntityId | null, things: MendedThing[], forGood: boolean, by: string) {
    const { vendor, name } = whole.vendor
    const { id, plan } = await responder.open({
      tenant,
      title: `pause of ${name}${of === null ? '' : `, for one data class`}`,
      severity: 'medium',
      trigger: { kind: 'pause', vendor, class: of, things, forGood },
      window: { fromMs: clock.nowMs(), toMs: null },
      trust: { origin: 'person', sources: [by], confinedTo: null },
      findings: [],
      containBy: by,
    })
    await writer.submit(
      receipt('vendor.paused', { vendor, incident: id, things: things.length, class: of ?? '', forGood }, { by }),
    )
    return { incident: id, plan }
  }

  async function checksOf(whole: Whole, pauses: readonly Paused[]): Promise<ResumeCheck[]> {
    const mine = new Set<string>(pauses.map(({ id }) => id))
    return usingView(parts.view(), (view) =>
      resumeChecks(openScene(view, clock.nowMs(), []), whole.vendor, {
        pausedAtMs: Math.min(...pauses.map(({ openedAtMs }) => openedAtMs)),
        paused: pauses
          .flatMap(({ trigger }) => trigger.things.map(({ target }) => target))
          .filter((target) => kindOf(target) === 'credential'),
        components: whole.components,
        incidents: whole.incidents.filter(({ id }) => !mine.has(id)),
        claims: whole.claims,
      }),
    )
  }

  async function overridden(
    vendor: EntityId,
    incidents: readonly IncidentId[],
    unmet: readonly ResumeCheck[],
    reason: string,
    by: string,
  ): Promise<number> {
    // What one person answers for is what the other saw: a further fault is another list.
    const said = JSON.stringify(unmet.map(({ check, state, why }) => [check, state, why]))
    const names = unmet.map(({ check }) => check).join(' ')
    const [people] = await writer.submit(
      overrideResume({ tenant, incidents, by, unmet: said, reason, atMs: clock.nowMs() }),
      receipt('vendor.resume-overridden', { vendor, unmet: names }, { by, reason }),
    )
    return people
  }

  async function giveBack(incidents: readonly IncidentId[], by: string) {
    const refused: { action: string; target: EntityId; why: string }[] = []
    let asked = 0
    for (const incident of incidents) {
      const { actions, assessment } = await responder.report(tenant, incident)
      const back = new Set<string>(
        assessment?.plan.steps.flatMap(({ key, preview }) => (preview.reversible ? [key] : [])) ?? [],
      )
      for (const { id, target, state, verb } of actions) {
        // What people did by hand they put back by hand.
        if (verb === manualVerb || settled.has(state)) continue
        if (state !== 'contained') {
          refused.push({ action: id, target, why: `it is ${state}: let it end, or close \`${incident}\` first` })
          continue
        }
        if (!back.has(id)) continue
        try {
          await responder.undo(tenant, id, by)
          asked++
        } catch (error) {
          refused.push({
            action: id,
            target,
            why: error instanceof Error ? error.message : 'it could not be asked for',
          })
        }
      }
    }
    return { asked, refused }
  }
}

function shownStop(stop: Stop, forGood: boolean): Shown['stops'][number] {
  const { target, name, of, owner, servings } = stop
  const verbs = verbsOf(stop, forGood)
  return {
    target,
    name,
    of,
    owner,
    does: thingOf(stop, forGood).does,
    reversible: verbs.length > 0 && verbs.every(({ isBack }) => isBack),
    onlyForGood: verbs.length === 0 && servings.length > 0,
    verbs: verbs.map(({ source, verb, title }) => ({ source, verb, title })),
  }
}
