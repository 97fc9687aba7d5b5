import { isId } from '#kit'
import type { IncidentId } from '#model'
import type { EventSeen } from '#respond'

import { ApiError } from '../error.ts'
import type { RouteHandlers } from './call.ts'

const streamPauseMs = 5_000

export const incidentRoutes: RouteHandlers<
  | 'recall'
  | 'incident.list'
  | 'incident.open'
  | 'incident.show'
  | 'incident.timeline'
  | 'incident.stream'
  | 'incident.contain'
  | 'incident.approve'
  | 'plan.show'
  | 'incident.lend'
  | 'incident.impact'
  | 'incident.close'
  | 'action.undo'
  | 'people.consent'
  | 'people.export'
  | 'task.list'
  | 'task.done'
> = {
  recall: ({ services, body }) => services.responder.assess(services.tenant, body.trigger, body.window),
  'incident.list': ({ services, query }) =>
    Promise.resolve({
      incidents: services.responder.list(services.tenant, query.state === undefined ? undefined : [query.state]),
    }),
  'incident.open': async ({ services, principal, body }) => {
    // Whose approval counts for nothing only the desk of leases says.
    if (body.trigger.kind === 'lease') {
      throw new ApiError('ERR_API_SHAPE', 'a lease is asked for, and not opened as an incident', {
        place: 'trigger.kind',
        hint: '`cordon lease ask` asks for one',
      })
    }
    const incident = await services.responder.open({
      tenant: services.tenant,
      title: body.title,
      severity: body.severity,
      trigger: body.trigger,
      window: body.window,
      // A signed-in person's word is confined by nothing; programs that know less say so in `trust`.
      trust: body.trust ?? { origin: 'person', sources: [principal.id], confinedTo: null },
      findings: [],
    })
    services.bell.ring('incident')
    return incident
  },
  'incident.show': async ({ services, params }) => {
    const incident = incidentId(params)
    const report = await services.responder.report(services.tenant, incident)
    if (report.assessment === null) return report
    return { ...report, impactNow: await services.responder.impactNow(services.tenant, incident) }
  },
  'incident.timeline': ({ services: { responder, tenant, log }, params, query }) =>
    responder.timeline(tenant, incidentId(params), query, async (offsets) => {
      const seen = new Map<number, EventSeen>()
      // In order: neighbours lie in one segment, which is then opened once.
      for (const offset of offsets.toSorted((a, b) => a - b)) {
        const event = await log.event(tenant, offset)
        if (event === undefined) continue
        const { eventAtMs, arrivedAtMs, source, stream } = event
        seen.set(offset, { atMs: eventAtMs ?? arrivedAtMs, arrivedAtMs, source, stream })
      }
      return seen
    }),
  'incident.stream': ({ services, params }) => {
    const incident = incidentId(params)
    return Promise.resolve(async function* (signal: AbortSignal) {
      let before = ''
      while (!signal.aborted) {
        const report = await services.responder.report(services.tenant, incident)
        const now = JSON.stringify([report.actions, report.survivors, report.approvals, report.incident])
        if (now !== before) yield report
        before = now
        await services.bell.wait(['incident'], streamPauseMs, signal)
      }
    })
  },
  'incident.contain': async ({ services, principal, params }) => {
    const result = await services.responder.contain(services.tenant, incidentId(params), principal.id)
    services.bell.ring('incident')
    return result
  },
  'plan.show': ({ services, params }) => {
    const plan = services.responder.plan(services.tenant, params['plan'] ?? '')
    if (plan !== undefined) return Promise.resolve(plan)
    throw new ApiError('ERR_API_NOT_FOUND', `no plan \`${params['plan'] ?? ''}\``, {
      hint: '`cordon contain` makes one',
    })
  },
  'incident.approve': async ({ services, principal, params, body }) => {
    const incident = incidentId(params)
    if (body.approval.incident !== incident)
      throw new ApiError('ERR_API_SHAPE', 'the approval names another incident', { place: 'body: approval.incident' })
    if (body.approval.approver !== principal.id) {
      throw new ApiError(
        'ERR_API_FORBIDDEN',
        `\`${principal.id}\` sent an approval signed as \`${body.approval.approver}\``,
      )
    }
    const result = await services.responder.approve(services.tenant, body)
    services.bell.ring('incident')
    return result
  },
  'incident.lend': ({ services, params, body }) => services.lend(incidentId(params), body.values),
  'incident.impact': async ({ services, params }) => {
    // Rows leave after the plan was made, and the log tells of them later still: the figure is made when it is asked for.
    return services.responder.impactNow(services.tenant, incidentId(params))
  },
  'people.consent': ({ services, principal, params, body }) => {
    if (body.consent.incident !== incidentId(params))
      throw new ApiError('ERR_API_SHAPE', 'the consent names another incident', { place: 'body: consent.incident' })
    if (body.consent.approver !== principal.id) {
      throw new ApiError('ERR_API_FORBIDDEN', `\`${principal.id}\` sent a consent signed as another`)
    }
    return services.responder.consentPeople(services.tenant, body)
  },
  'people.export': ({ services, principal, params, body }) =>
    services.exportPeople(incidentId(params), body.people, principal.id),
  'incident.close': async ({ services, principal, params, body }) => {
    await services.responder.close(services.tenant, incidentId(params), principal.id, body.reason)
    services.bell.ring('incident')
    return { ok: true as const }
  },
  'task.list': ({ services, query }) =>
    Promise.resolve({ tasks: services.responder.tasks(services.tenant, query.incident ?? null) }),
  'task.done': async ({ services, principal, params, body }) => {
    const task = params['task'] ?? ''
    if (!isId('act', task))
      throw new ApiError('ERR_API_NOT_FOUND', `\`${task}\` is no action id`, { hint: '`cordon task list` shows them' })
    const done = await services.responder.taskDone(services.tenant, task, principal.id, services.scrub(body.note))
    services.bell.ring('incident')
    return done
  },
  'action.undo': async ({ services, principal, params }) => {
    const action = params['action'] ?? ''
    if (!isId('act', action)) throw new ApiError('ERR_API_NOT_FOUND', `\`${action}\` is no action id`)
    return services.responder.undo(services.tenant, action, principal.id)
  },
}

export function incidentId(params: Record<string, string>): IncidentId {
  const text = params['incident'] ?? ''
  if (!isId('inc', text))
    throw new ApiError('ERR_API_NOT_FOUND', `\`${text}\` is no incident id`, {
      hint: '`cordon incident list` shows them',
    })
  return text
}
