import type { ServerResponse } from 'node:http'

import { entityId } from 'cordon/model'

import { approvalOf } from './cordon/client.ts'
import { reply, serve, type Served } from './http.ts'
import { statusOf, type Prepared, type Stageplay } from './play.ts'
import { refOf } from './range.ts'
import { clockTime, duration } from './story/text.ts'
import { pause } from './thief.ts'

export const encoreWaitMs = 15_000
export const deadMaxMs = 20_000
const tryEveryMs = 50

/** `POST /again`: a fresh stolen token, time to use it, then a real incident about it; answers as plain lines while it happens. */
export function startEncore(play: Stageplay, prepared: Prepared): Promise<Served> {
  let isBusy = false
  return serve(() => async (request, response) => {
    if (request.method !== 'POST' || request.url !== '/again') return reply(response, 404, { error: 'POST /again' })
    if (isBusy) return reply(response, 409, { error: 'one is running already' })
    isBusy = true
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
    try {
      await again(play, prepared, response)
    } catch (error) {
      response.write(`failed: ${error instanceof Error ? error.message : 'unknown'}\n`)
    } finally {
      isBusy = false
      response.end()
    }
  })
}

async function again(play: Stageplay, { targets }: Prepared, response: ServerResponse): Promise<void> {
  const { range, cordon, nowMs, signal } = play
  const say = (text: string): boolean => response.write(`${text}\n`)
  const { accessToken } = await range.signIn('svc-again', 'contractors')
  const url = `${targets.people}/contractors/self`
  say('stolen just now, and alive; in another terminal:')
  say(`  ${curl(url, accessToken)}`)
  say(`containment starts in ${encoreWaitMs / 1000} s`)
  await pause(encoreWaitMs, signal)
  const credential = entityId('credential', range.authority, `token/${refOf(accessToken)}`)
  const openedAtMs = nowMs()
  const incident = await cordon.onCall.call('incident.open', {
    body: {
      title: 'a stolen token',
      severity: 'high',
      trigger: { kind: 'credential', credential },
      window: { fromMs: openedAtMs - 3_600_000, toMs: null },
    },
  })
  const params = { incident: incident.id }
  const { plan } = await cordon.onCall.call('incident.contain', { params })
  say(`incident ${incident.id}: plan of ${plan.steps.length} steps`)
  const approval = approvalOf(cordon.approver, cordon.keyId, incident.id, plan, nowMs())
  await cordon.onCall.call('incident.approve', { params, body: approval })
  const approvedAtMs = nowMs()
  while (nowMs() - approvedAtMs < deadMaxMs && !signal.aborted) {
    if ((await statusOf(url, accessToken)) === 401) {
      say(`the people API answers 401, ${duration(nowMs() - approvedAtMs)} after approval`)
      return
    }
    await pause(tryEveryMs, signal)
  }
  say('the token still opens the people API: not contained')
}

const curl = (url: string, token: string): string =>
  `curl -s -o /dev/null -w '%{http_code}\\n' -H 'Authorization: Bearer ${token}' ${url}`

/** What a visitor can check with their own hands; nothing here asks to be believed. */
export function tryItYourself(facts: {
  play: Stageplay
  prepared: Prepared
  incident: string
  encore: string
}): string[] {
  const { cordon, range } = facts.play
  const { stolen } = facts.prepared.scene
  const interviews = range.issuer.register.token(refOf(stolen.interviews))
  const until = interviews?.expiresAtMs == null ? '' : `, until ${clockTime(interviews.expiresAtMs)}`
  return [
    'Try it yourself (all of it runs on this machine, until Ctrl-C):',
    '  the token that was stolen; answers 401:',
    `    ${curl(`${range.people.url}/contractors/self`, stolen.access)}`,
    `  the survivor, a JWT that nobody can revoke; answers 200${until}:`,
    `    ${curl(`${range.people.url}/interviews/self`, stolen.interviews)}`,
    '  a fresh theft and its containment, while you hold the token:',
    `    curl -sN -X POST ${facts.encore}/again`,
    '  the same in a browser; sign in with the token:',
    `    ${cordon.admin.url}/  ${cordon.adminToken}`,
    '  what Cordon knows of the incident:',
    `    CORDON_URL=${cordon.admin.url} CORDON_TOKEN=${cordon.adminToken} ./cordon incident show ${facts.incident}`,
  ]
}
