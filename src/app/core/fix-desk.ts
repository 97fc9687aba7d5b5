import type { Clock } from '#kit'
import { weakThingsMax, type EntityFact, type EntityId, type FindingId, type TenantId, type WeakThing } from '#model'
import { PostureError, type PostureFinding } from '#posture'
import { pagedFacts, usingView, type EstateView } from '#estate'
import type { PostureDesk } from '#api'
import type { ResponseCore } from '#respond'

import type { Serving } from './verbs-serving.ts'

type Fixed = Awaited<ReturnType<PostureDesk['fix']>>
type Batch = Fixed['batches'][number]
type Asked = Parameters<PostureDesk['fix']>[0]

export type FixParts = {
  tenant: TenantId
  clock: Clock
  view(): Promise<EstateView>
  responder: Pick<ResponseCore, 'open'>
  find(id: string): Promise<PostureFinding>
  ofKind(kind: string): Promise<readonly PostureFinding[]>
  excepted(): { has(finding: FindingId): boolean }
  verbsFor(finding: PostureFinding, attributes: EntityFact['attributes']): readonly Serving[]
}

/**
 * Fixes of weak things, as incidents of their own: plan, approvals, proof and undo are those of every containment, and
 * nothing is done here.
 */
export function createFixDesk(parts: FixParts): Pick<PostureDesk, 'fix'> {
  const { tenant, clock, responder } = parts

  return {
    async fix({ what, dryRun }, by) {
      const { findings, excepted, beyond } = await chosen(what)
      const batches: Fixed['batches'] = []
      for (const [kind, some] of Map.groupBy(findings, (one) => one.kind)) {
        for (let at = 0; at < some.length; at += weakThingsMax) {
          const batch = some.slice(at, at + weakThingsMax)
          const things = await shown(batch)
          batches.push({ kind, things, ...(dryRun ? { incident: null, plan: null } : await open(kind, batch, by)) })
        }
      }
      return { batches, excepted, beyond }
    },
  }

  async function chosen(what: Asked['what']) {
    const apart = parts.excepted()
    if ('kind' in what) {
      const all = await parts.ofKind(what.kind)
      const open = all.filter(({ id }) => !apart.has(id))
      const findings = open.slice(0, what.max)
      return { findings, excepted: all.length - open.length, beyond: open.length - findings.length }
    }
    const findings: PostureFinding[] = []
    for (const id of new Set(what.findings)) {
      const found = await parts.find(id)
      if (apart.has(found.id))
        throw new PostureError('ERR_POSTURE_EXCEPTED', `somebody answers for \`${id}\`: it may stay as it is`, {
          hint: `\`cordon posture unexcept ${id}\` ends that first`,
        })
      findings.push(found)
    }
    return { findings, excepted: 0, beyond: 0 }
  }

  function shown(findings: readonly PostureFinding[]): Promise<Batch['things']> {
    return usingView(parts.view(), async (view) => {
      const facts = new Map<EntityId, EntityFact['attributes']>()
      const targets = findings.map(({ fix }) => fix.target)
      for await (const [entity, known] of pagedFacts(view, targets)) facts.set(entity, known)
      return findings.map((found) => ({
        finding: found.id,
        target: found.fix.target,
        fix: found.fix.kind,
        does: found.fix.preview,
        undo: found.fix.undo,
        verbs: parts.verbsFor(found, facts.get(found.fix.target) ?? {}).map(({ verb }) => verb),
      }))
    })
  }

  /** Opened and planned in one; what needs no approval by policy and ladder starts, the rest waits. */
  async function open(kind: string, findings: readonly PostureFinding[], by: string) {
    const [first] = findings
    const things = findings.map(({ id, fix, owner }): WeakThing => {
      return { finding: id, target: fix.target, mending: fix.kind, does: fix.preview, owner }
    })
    const { id, plan } = await responder.open({
      tenant,
      title: `${first?.title ?? kind}: ${findings.length === 1 ? 'one fix' : `${findings.length} fixes`}`,
      severity: first?.severity ?? 'low',
      trigger: { kind: 'weakness', weakness: kind, things },
      window: { fromMs: clock.nowMs(), toMs: null },
      trust: { origin: 'person', sources: [by], confinedTo: null },
      findings: findings.map(({ id: finding }) => finding),
      containBy: by,
    })
    return { incident: id, plan }
  }
}
