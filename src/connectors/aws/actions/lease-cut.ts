import { canonicalJson, formatTime, parseJson, type JsonObject } from '#kit'

import { conditionIn, statementsIn } from '../rights/policy.ts'

/**
 * Sessions of one lease, refused from a moment on. AWS compares its own clock, so that they die at the end of the lease
 * though nobody is there to end them. `userId`: `aws:userid`, the role's unique id and the name that the lease's sessions bear.
 */
export type LeaseCut = { sid: string; userId: string; fromMs: number }

/** No session of a role lives longer than twelve hours; then its cut denies nobody. */
const keptMs = 14 * 3_600_000

/** The document of all leases' cuts, with this one in it. `text`: the one that stands. Pure. */
export function withCut(text: string | undefined, cut: LeaseCut, nowMs: number): string {
  const rest = statementsOf(text).filter((one) => {
    const known = readCut(one)
    // What is not of a lease was put there by somebody: it stays.
    return known === undefined || (known.sid !== cut.sid && known.fromMs > nowMs - keptMs)
  })
  const statement = {
    Sid: cut.sid,
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: {
      StringEquals: { 'aws:userid': cut.userId },
      DateGreaterThanEquals: { 'aws:CurrentTime': formatTime(cut.fromMs) },
    },
  }
  return canonicalJson({ Version: '2012-10-17', Statement: [...rest, statement] })
}

export const cutIn = (text: string | undefined, sid: string): LeaseCut | undefined =>
  statementsOf(text)
    .map(readCut)
    .find((one) => one?.sid === sid)

const statementsOf = (text: string | undefined): JsonObject[] =>
  statementsIn(text === undefined ? undefined : parseJson(text))

/** Undefined for a statement that denies less than all, or anybody else. */
function readCut(one: JsonObject): LeaseCut | undefined {
  const { Sid: sid, Effect: effect, Action: action, Resource: resource } = one
  if (typeof sid !== 'string' || effect !== 'Deny' || action !== '*' || resource !== '*') return undefined
  const userId = conditionIn(one, 'StringEquals', 'aws:userid')
  const fromMs = Date.parse(conditionIn(one, 'DateGreaterThanEquals', 'aws:CurrentTime') ?? '')
  return userId === undefined || Number.isNaN(fromMs) ? undefined : { sid, userId, fromMs }
}
