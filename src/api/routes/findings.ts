import { isId, newId } from '#kit'
import {
  addException,
  assignFinding,
  byWeight,
  endException,
  exceptionsAt,
  likeFindings,
  rulesFound,
  signalWeights,
  toldFinding,
  toldFindings,
  triageFinding,
} from '#respond'

import { ApiError } from '../error.ts'
import type { RouteHandlers } from './call.ts'

export const findingRoutes: RouteHandlers<
  | 'finding.list'
  | 'finding.show'
  | 'finding.triage'
  | 'finding.assign'
  | 'exception.list'
  | 'exception.add'
  | 'exception.end'
  | 'rule.list'
  | 'rule.reload'
> = {
  'finding.list': ({ services: { reader, tenant }, query }) => {
    const findings = (query.grouped === 'true' ? likeFindings : toldFindings)(reader, tenant, query)
    return Promise.resolve({ findings: query.order === 'weight' ? byWeight(findings) : findings })
  },
  'finding.show': ({ services: { reader, tenant }, params }) => {
    const id = params['finding'] ?? ''
    const found = toldFinding(reader, tenant, id)
    if (found === undefined)
      throw new ApiError('ERR_API_NOT_FOUND', `no finding \`${id}\``, { hint: '`cordon finding list` shows them' })
    return Promise.resolve(found)
  },
  'finding.triage': async ({ services, principal, params, body }) => {
    const { tenant, clock, writer, receipt, bell } = services
    const id = findingIn(params)
    const note = body.note === undefined ? null : services.scrub(body.note)
    const verdict = body.verdict ?? null
    const args = { tenant, id, state: body.state, verdict, note, by: principal.id, atMs: clock.nowMs() }
    const [triage] = await writer.submit(
      triageFinding(args),
      receipt('finding.triaged', { finding: id, state: body.state, verdict: verdict ?? '' }, { by: principal.id }),
    )
    bell.ring('incident')
    return triage
  },
  'finding.assign': async ({ services, principal, params, body: { owner } }) => {
    const { tenant, clock, writer, receipt, bell } = services
    const id = findingIn(params)
    const [triage] = await writer.submit(
      assignFinding({ tenant, id, owner, by: principal.id, atMs: clock.nowMs() }),
      receipt('finding.assigned', { finding: id }, { owner: owner ?? '', by: principal.id }),
    )
    bell.ring('incident')
    return triage
  },
  'exception.list': ({ services: { reader, tenant, clock } }) =>
    Promise.resolve({ exceptions: exceptionsAt(reader, tenant, clock.nowMs()) }),
  'exception.add': async ({ services, principal, body: { rule, of, owner, untilMs, ...body } }) => {
    const { tenant, clock, random, writer, receipt } = services
    const [id, reason, by] = [newId('exc', random), services.scrub(body.reason), principal.id]
    const [made] = await writer.submit(
      addException({ tenant, id, rule, of, reason, owner, untilMs, by, atMs: clock.nowMs() }),
      receipt('exception.added', { exception: id, rule, untilMs }, { of: JSON.stringify(of), reason, owner, by }),
    )
    return made
  },
  'exception.end': async ({ services, principal, params }) => {
    const { tenant, clock, writer, receipt } = services
    const id = params['exception'] ?? ''
    const [ended] = await writer.submit(
      endException({ tenant, id, by: principal.id, atMs: clock.nowMs() }),
      receipt('exception.ended', { exception: id }, { by: principal.id }),
    )
    return ended
  },
  'rule.list': ({ services: { reader, tenant } }) =>
    Promise.resolve({ rules: rulesFound(reader, tenant), signals: signalWeights(reader, tenant) }),
  'rule.reload': ({ services }) => {
    services.reloadRules()
    return Promise.resolve({ ok: true as const })
  },
}

function findingIn(params: Record<string, string>) {
  const id = params['finding'] ?? ''
  if (isId('fnd', id)) return id
  throw new ApiError('ERR_API_NOT_FOUND', `\`${id}\` is no finding id`, { hint: '`cordon finding list` shows them' })
}
