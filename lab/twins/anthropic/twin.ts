import { startTwin, type Twin, type TwinCall, type TwinReply } from '../kit/server.ts'
import { countCalls } from '../kit/windows.ts'
import { createActivityFeed, type ActivityFeed, type By } from './activity-feed.ts'
import { absent, refusal } from './answers.ts'
import { createConsole, type Console } from './console.ts'
import { answerData, answerUsage } from './data.ts'
import { description } from './operations.ts'
import { handlers, type Org } from './organization.ts'
import { createState, type State } from './state.ts'

/** Until an entry of the feed, or a count of use, shows. */
export const feedDelayMsDefault = 20_000
export const usageDelayMsDefault = 5 * 60_000

export type AnthropicTwin = Twin & {
  state: State
  org: Org
  feed: ActivityFeed
  console: Console
  /** Calls per minute of the whole organisation; is the Compliance API switched on? */
  settings: { perMinute: number; feedDelayMs: number; usageDelayMs: number; isFeedOn: boolean }
}

/** Anthropic takes a key in either header: its pages show the one, its own client sends the other. */
const valueIn = ({ headers }: TwinCall): string =>
  String(headers['x-api-key'] ?? (headers.authorization ?? '').replace(/^Bearer /, ''))

/** An organisation at Anthropic on loopback. `clock` is its own: entries of the feed and counts of use age by it. */
export async function startAnthropicTwin({
  clock,
  organization = '00000000-0000-4000-8000-000000000001',
}: {
  clock: { nowMs(): number }
  organization?: string
}): Promise<AnthropicTwin> {
  const state = createState(organization)
  const settings = {
    perMinute: 600,
    feedDelayMs: feedDelayMsDefault,
    usageDelayMs: usageDelayMsDefault,
    isFeedOn: true,
  }
  const feed = createActivityFeed(clock, organization, settings)
  const org: Org = { state, feed, nowMs: () => clock.nowMs() }
  const count = countCalls(clock, 60_000)

  const limited = (): TwinReply | undefined => {
    const { calls, secondsLeft } = count()
    return calls > settings.perMinute
      ? refusal(429, 'rate_limit_error', 'too many requests', { 'retry-after': String(secondsLeft) })
      : undefined
  }
  const answer = (call: TwinCall): TwinReply => {
    if (call.headers['anthropic-version'] === undefined)
      return refusal(400, 'invalid_request_error', 'anthropic-version: absent')
    const value = valueIn(call)
    const admin = [...state.adminKeys.values()].find((key) => key.value === value)
    const key = [...state.keys.values()].find((one) => one.value === value && one.row.status === 'active')
    if (admin === undefined && key === undefined) return refusal(401, 'authentication_error', 'invalid x-api-key')
    const from = { ip_address: String(call.headers['x-forwarded-for'] ?? '192.0.2.1'), user_agent: 'twin' }
    const isAdministration = /^\/v1\/(organizations|compliance)\//.test(call.url.pathname)
    const refused = limited()
    if (refused !== undefined) return refused
    if (key !== undefined) {
      const by: By = { type: 'api_actor', api_key_id: key.row.id, ...from }
      return isAdministration
        ? refusal(401, 'authentication_error', 'an admin key is needed')
        : answerData(org, call, key, by)
    }
    if (admin === undefined || !isAdministration) return refusal(401, 'authentication_error', 'no admin key here')
    const by: By = { type: 'admin_api_key_actor', admin_api_key_id: admin.id, ...from }
    if (call.id === 'activities') {
      return settings.isFeedOn && admin.hasFeed
        ? feed.answer(call)
        : refusal(403, 'permission_error', 'read:compliance_activities')
    }
    return call.id === 'usage'
      ? answerUsage(org, call, settings.usageDelayMs)
      : (handlers[call.id]?.(org, call, by) ?? absent())
  }
  const twin = await startTwin({
    description,
    beside: {},
    refuse: (why) => (why === 'shape' ? refusal(400, 'invalid_request_error', 'see wrongRequests') : absent()),
    answer,
  })
  return Object.assign(twin, { state, org, feed, console: createConsole(org), settings })
}
