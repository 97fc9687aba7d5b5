import { readFileSync } from 'node:fs'

import { readDescription, type Description } from '../kit/description.ts'
import { startTwin, type Twin, type TwinCall, type TwinReply } from '../kit/server.ts'
import { countCalls } from '../kit/windows.ts'
import { absent, refusal } from './answers.ts'
import { createAuditLog } from './audit-log.ts'
import { callerOf } from './caller.ts'
import { createConsole, type Console } from './console.ts'
import { answerData, answerUsage } from './data.ts'
import { organizationHandlers, type Handlers, type Org } from './organization.ts'
import { projectHandlers } from './projects.ts'
import { createState, type State } from './state.ts'

const basePath = '/v1'
const written = readDescription(readFileSync(new URL('fixtures/api.json', import.meta.url), 'utf8'))
/** The paths of OpenAI's description stand below `/v1`. */
export const description: Description = {
  ...written,
  find: (method, path) =>
    path.startsWith(`${basePath}/`) ? written.find(method, path.slice(basePath.length)) : undefined,
}

/** Until an entry of the audit log, or a count of use, shows. */
export const logDelayMsDefault = 10_000
export const usageDelayMsDefault = 5 * 60_000

export type OpenaiTwin = Twin & {
  state: State
  org: Org
  console: Console
  /** Calls per minute of the whole organisation. */
  settings: { perMinute: number; logDelayMs: number; usageDelayMs: number }
}

const handlers: Handlers = { ...organizationHandlers, ...projectHandlers }

/** An organisation at OpenAI on loopback. `clock` is its own: entries of the log and counts of use age by it. */
export async function startOpenaiTwin({
  clock,
  organization = 'org-twin',
}: {
  clock: { nowMs(): number }
  organization?: string
}): Promise<OpenaiTwin> {
  const state = createState(organization)
  const settings = { perMinute: 600, logDelayMs: logDelayMsDefault, usageDelayMs: usageDelayMsDefault }
  const log = createAuditLog(clock, settings)
  const org: Org = { state, log, nowMs: () => clock.nowMs() }
  const count = countCalls(clock, 60_000)

  const limited = (): TwinReply | undefined => {
    const { calls, secondsLeft } = count()
    return calls > settings.perMinute
      ? refusal(429, 'rate_limit_exceeded', 'Rate limit reached.', { 'retry-after': String(secondsLeft) })
      : undefined
  }
  const answer = (call: TwinCall): TwinReply => {
    const caller = callerOf(state, call, clock.nowMs())
    if (caller === undefined) return refusal(401, 'invalid_api_key', 'Incorrect API key provided.')
    const asked = call.headers['openai-organization']
    if (asked !== undefined && asked !== organization) {
      return refusal(401, 'mismatched_organization', 'OpenAI-Organization header should match organization for API key')
    }
    const isData = call.operation?.isOpen === true
    if (
      isData !== (caller.kind === 'project') ||
      (caller.kind === 'admin' && caller.permissions === 'read' && call.method !== 'GET')
    ) {
      return refusal(401, null, 'You have insufficient permissions for this operation. Missing scopes.')
    }
    const refused = limited()
    if (refused !== undefined) return refused
    if (caller.kind === 'project') return answerData(org, call, caller.key)
    if (call.id === 'list-audit-logs') return log.answer(call)
    if (call.id.startsWith('usage-')) return answerUsage(org, call, settings.usageDelayMs)
    return handlers[call.id]?.(org, call, caller.by) ?? absent()
  }
  const twin = await startTwin({
    description,
    beside: {},
    refuse: (why) => (why === 'shape' ? refusal(400, null, 'see wrongRequests') : absent()),
    answer,
  })
  return Object.assign(twin, { state, org, console: createConsole(org), settings })
}
