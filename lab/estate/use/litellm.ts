import { sha256, toHex, utf8, type JsonObject } from 'cordon/kit'

import { callOf, changeOf } from '../../twins/litellm/logs.ts'
import { adminName, type Deployment, type Key } from '../../twins/litellm/state.ts'
import type { LitellmTwin } from '../../twins/litellm/twin.ts'
import type { PastRow } from '../../twins/kit/past.ts'
import { dayMs, type Company } from '../company/model.ts'
import type { Credential } from '../truth.ts'
import { actsOf, makePast, yearOf, type Actor, type Pasts } from './past.ts'
import { customerOf, programActors } from './programs.ts'

const perHour = 3
const keyTable = 'LiteLLM_VerificationToken'
const root = { user: adminName, hash: '' }
/** Keys of teams are made anew so often. */
const keyLifeMs = 91 * dayMs
/** Of a call, in dollars. */
const cost = { fixed: 0.002, varying: 0.016 }
const refusedShare = 0.02
const meanCost = cost.fixed + cost.varying / 2
type Caller = Actor & { key: Key; createdMs: number; ip: string }

/** A year of calls by programs, with the keys they had then, and of those keys made and taken away. */
export function useLitellm(
  { gateway: { state, logs } }: LitellmTwin,
  company: Company,
  credentials: readonly Credential[],
  density: number,
): Pasts {
  const base = yearOf(company, density)
  const programs = credentials.map((one) => callersOf(one)).filter(([first]) => first !== undefined)
  const deployments = [...state.deployments.values()]
  for (const { key, createdMs, ...actor } of programs.flat())
    key.spend += (1 - refusedShare) * meanCost * density * actsOf(actor, createdMs, company.nowMs)
  const call = ({ ip, ...caller }: Caller, atMs: number, id: string, spend: number, isRefused: boolean): JsonObject => {
    const { key } = caller
    const deployment = deployments.find((one) => key.models.length === 0 || key.models.includes(one.model_name))
    return callOf(
      {
        call_type: 'acompletion',
        api_key: hashAt(caller, atMs),
        user: key.user_id ?? '',
        team_id: key.team_id,
        ...(deployment === undefined ? {} : modelOf(deployment)),
        prompt_tokens: 900,
        completion_tokens: isRefused ? 0 : 200,
        total_tokens: isRefused ? 900 : 1_100,
        spend: isRefused ? 0 : spend,
        status: isRefused ? 'failure' : 'success',
        requester_ip_address: ip,
        metadata: { user_agent: 'openai-python/2.1.0' },
      },
      { atMs, id },
    )
  }
  const past = logs.setPast({
    calls: makePast({
      ...base,
      place: 'litellm/requests',
      actors: programs.flat(),
      act: (caller, atMs, draw, id) => {
        const spend = cost.fixed + cost.varying * draw.unit()
        return call(caller, atMs, `req-${id}`, spend, draw.chance(refusedShare))
      },
      fixed: programs.flatMap(([caller]) => {
        const atMs = caller?.endMs ?? 0
        return caller === undefined
          ? []
          : [{ atMs, row: call(caller, atMs, `req-last-${caller.key.token}`, meanCost, false) }]
      }),
    }),
    changes: (recorded) =>
      makePast<Actor, JsonObject>({
        ...base,
        place: 'litellm/audit',
        actors: [],
        act: () => undefined,
        fixed: [...recorded, ...programs.flatMap(([caller]) => (caller === undefined ? [] : renewed(caller)))],
      }),
  })
  return { requests: past.calls, audit: past.changes }

  /** A program of a team has worked since before the year, with a key each quarter; what is of nobody is as old as its key. */
  function callersOf({ native, createdMs, lastUsedMs }: Credential): Caller[] {
    const key = state.keys.get(native)
    if (key === undefined || lastUsedMs === null) return []
    const customer = customerOf(company, state.teams.get(key.team_id ?? '')?.team_alias)
    const caller = {
      key,
      createdMs,
      ip: `10.20.${1 + (customer ?? 0)}.${10 + (Number.parseInt(native.slice(0, 2), 16) % 200)}`,
    }
    const rhythm = key.key_alias?.startsWith('checker') === true ? 'nightly' : 'machine'
    const startMs = key.team_id === null ? createdMs : Math.min(createdMs, company.yearMs)
    const actors = programActors(company, { startMs, endMs: lastUsedMs, customer, rhythm, perHour })
    return actors.map((actor) => ({ ...actor, ...caller }))
  }
}

/** The key that a program had then: the one that is there, or, by how many quarters before it, one that is no more. */
const hashAt = ({ key, createdMs }: Pick<Caller, 'key' | 'createdMs'>, atMs: number): string =>
  atMs >= createdMs ? key.token : formerHash(key, Math.ceil((createdMs - atMs) / keyLifeMs))
const formerHash = ({ token }: Key, quarters: number): string => toHex(sha256(utf8(`${token} ${quarters} before`)))

const modelOf = ({ id, model, model_name, provider, address }: Deployment): JsonObject => ({
  model,
  model_group: model_name,
  model_id: id,
  custom_llm_provider: provider,
  api_base: address,
})

/** Of keys that are no more, when they were made and deleted. */
function renewed({ key, createdMs, startMs }: Caller): PastRow<JsonObject>[] {
  const { user_id, team_id, key_alias } = key
  const quarters = Math.max(0, Math.ceil((createdMs - startMs) / keyLifeMs))
  return Array.from({ length: quarters }, (_, n) => n + 1).flatMap((before) => {
    const hash = formerHash(key, before)
    const change = (action: string, atMs: number, more: JsonObject): PastRow<JsonObject> => {
      const id = `audit-${action}-${hash.slice(0, 16)}`
      return { atMs, row: changeOf([action, keyTable, hash], root, more, { atMs, id }) }
    }
    return [
      change('created', createdMs - before * keyLifeMs, { updated_values: { user_id, team_id, key_alias } }),
      change('deleted', createdMs - (before - 1) * keyLifeMs, { before_value: { user_id, team_id, key_alias } }),
    ]
  })
}
