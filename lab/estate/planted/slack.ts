import { makeApp, makeChannel, makeToken, makeUser } from '../../twins/slack/browser.ts'
import type { SlackTwin } from '../../twins/slack/twin.ts'
import type { EstateClock } from '../clock.ts'
import { dayMs, type Company } from '../company/model.ts'
import { fine, tellApp, tellIdentity, weak, type Draft } from '../truth.ts'

type World = { twin: SlackTwin; company: Company; fill: Draft; clock: EstateClock; workspace: string }

export function plantSlack({ twin, company, fill, clock, workspace }: World): void {
  const { org } = twin
  const sinceMs = company.nowMs - 150 * dayMs
  for (let n = 1; n <= company.size.weaknesses; n++) {
    const team = company.teams[n % company.teams.length]?.slug ?? ''
    const open = makeChannel(org, `${team}-plans-${n}`, workspace, [`T0STRANGE${String(n).padStart(2, '0')}`])
    weak(fill, 'external-channel', { noun: 'channel', native: open.id, label: open.name, sinceMs })
  }
  for (const { id, name, sharedWith } of twin.state.channels.values())
    if (sharedWith.some((team) => team.startsWith('T0LAB')))
      fine(fill, 'external-channel', { noun: 'channel', native: id, label: name, why: 'for work with that customer' })

  for (let n = 1; n <= company.size.weaknesses; n++) {
    const bot = clock.during(sinceMs, () =>
      makeUser(org, `herald-${n}-bot`, 'member', [workspace], { isBot: true, hasMfa: false }),
    )
    const app = makeApp(org, `Herald ${n}`, { isInternal: true, resolution: 'approved', botScopes: ['chat:write'] })
    tellApp(fill, { native: app.id, label: app.name, ours: true, letIn: null })
    tellIdentity(fill, { kind: 'app', noun: 'app', native: app.id, label: app.name })
    const { value } = makeToken(org, app, bot, 'bot', app.botScopes)
    fill.credentials.push({
      id: `slack/bot/herald-${n}`,
      vendor: 'slack',
      kind: 'bot-token',
      native: app.id,
      value,
      with: {},
      owner: app.name,
      createdMs: sinceMs,
      lastUsedMs: company.nowMs - dayMs,
      lies: [],
    })
    fine(fill, 'human-size-rights', {
      noun: 'app',
      native: app.id,
      label: app.name,
      why: 'writes messages, and reads none',
    })
  }
}
