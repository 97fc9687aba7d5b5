import { isObject, parseJson } from 'cordon/kit'

import { refresh, TokenRefused } from './issuer/browser.ts'
import type { IssuerClient } from './issuer/issuer.ts'
import type { Stolen } from './range.ts'
import type { LabEvent } from './story/state.ts'

export type Targets = { people: string; gateway: string; issuer: string; client: IssuerClient }
export type ThiefPace = {
  everyMs: number
  /** Rows a request asks for. */
  rows: number
  /** The other stolen credentials are tried once in so many rounds. */
  othersEvery: number
  /** How much faster than life this is shown; times are stretched by it. */
  quickening: number
  roundsMax: number
}
export type Thief = { done: Promise<void>; stop(): void; people(): number; rounds(): number }

export const lootNames = {
  access: 'people API access token',
  refresh: 'people API refresh token',
  payouts: 'payouts JWT',
  interviews: 'interviews JWT',
  key: 'AI gateway key (Cordon)',
} as const

const requestTimeoutMs = 5000
/** A refused client tries less often, so that the change stays in sight. */
const refusedSlower = 4

/**
 * Loops over the people API with the stolen token and tries the rest of the loot now and then. It knows nothing of Cordon:
 * what it gets is the ground truth of what a stolen credential still opens.
 */
export function startThief(setup: {
  targets: Targets
  stolen: Stolen
  pace: ThiefPace
  startedAtMs: number
  nowMs: () => number
  emit: (event: LabEvent) => void
}): Thief {
  const { targets, stolen, pace, startedAtMs, nowMs, emit } = setup
  const stopping = new AbortController()
  const people = new Set<string>()
  const cursors = new Map<string, number>()
  let access = stolen.access
  let rounds = 0
  let isRefused = false

  const tell = (loot: string, request: string, answer: string, isOpen: boolean): void => {
    const atMs = (nowMs() - startedAtMs) * pace.quickening
    emit({ kind: 'attempt', atMs, loot, request, answer, isOpen, people: people.size })
  }
  const get = (url: string, token: string): Promise<Response> =>
    fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(requestTimeoutMs)]),
    })

  const takeRows = async (table: string, token: string, rows: number): Promise<number> => {
    const response = await get(`${targets.people}/${table}?after=${cursors.get(table) ?? 0}&max=${rows}`, token)
    const body = parseJson(await response.text())
    if (isObject(body) && Array.isArray(body['rows'])) {
      for (const row of body['rows']) if (isObject(row) && typeof row['id'] === 'string') people.add(row['id'])
      const { next, total } = body
      cursors.set(table, typeof next === 'number' && typeof total === 'number' && next < total ? next : 0)
    }
    return response.status
  }
  const mainRound = async (): Promise<void> => {
    const status = await takeRows('contractors', access, pace.rows)
    tell(lootNames.access, 'GET /contractors', String(status), status === 200)
    isRefused = status === 401
    if (isRefused) await renew()
  }
  /** Any thief's next move: the refresh token makes a new access token, if its family still lives. */
  const renew = async (): Promise<void> => {
    try {
      access = (await refresh(targets.issuer, targets.client, stolen.refresh)).accessToken
      tell(lootNames.refresh, 'POST /token', 'new token', true)
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error
      tell(lootNames.refresh, 'POST /token', error.message, false)
    }
  }
  const others = async (): Promise<void> => {
    for (const table of ['payouts', 'interviews'] as const) {
      const status = await takeRows(table, stolen[table], 5)
      tell(lootNames[table], `GET /${table}`, String(status), status === 200)
    }
    const { status } = await get(`${targets.gateway}/models`, stolen.key)
    tell(lootNames.key, 'GET /models', String(status), status === 200)
  }
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted && rounds < pace.roundsMax) {
      try {
        await mainRound()
        if (rounds % pace.othersEvery === 0) await others()
      } catch (error) {
        if (!stopping.signal.aborted) tell(lootNames.access, 'GET /contractors', failureOf(error), false)
      }
      rounds++
      await pause(isRefused ? pace.everyMs * refusedSlower : pace.everyMs, stopping.signal)
    }
  }
  return {
    done: loop(),
    stop: () => stopping.abort(),
    people: () => people.size,
    rounds: () => rounds,
  }
}

const failureOf = (error: unknown): string => (error instanceof Error ? error.name : 'failed')

export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
