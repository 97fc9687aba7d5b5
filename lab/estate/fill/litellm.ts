import { formatTime } from 'cordon/kit'

import { makeDeployment, makeTeam, makeUser } from '../../twins/litellm/directory.ts'
import { makeKey } from '../../twins/litellm/keys.ts'
import { adminName } from '../../twins/litellm/state.ts'
import { startLitellmTwin, type LitellmTwin } from '../../twins/litellm/twin.ts'
import { dayMs, type Company } from '../company/model.ts'
import { commonModel, modelsOf } from '../gateway/models.ts'
import { standing, type At, type Part } from '../part.ts'
import { isOld, isUnused } from '../planted/kinds.ts'
import { draftOf, fine, tellIdentity, weak, type Draft } from '../truth.ts'
import { useLitellm } from '../use/litellm.ts'

const root = { user: adminName, role: 'proxy_admin', hash: '', team: null, models: [] }

/** The gateway to models: a team with a key for each customer's programs, and keys that nobody bounded. */
export const litellm: Part = async (company, at) => {
  const twin = await startLitellmTwin({ clock: at.clock })
  const fill = draftOf('litellm')
  const models = modelsOf(company)
  at.clock.during(company.yearMs, () => {
    for (const { name, provider, address, upstreamKey } of models)
      makeDeployment(twin.gateway, { model_name: name, provider, address, upstreamKey })
  })
  fillKeys(twin, at, company, fill)
  const pasts = at.density > 0 ? useLitellm(twin, company, fill.credentials, at.density) : {}
  const source = await connectCordon(twin, at, company)
  const { state } = twin.gateway
  fill.counts = {
    users: state.users.size,
    teams: state.teams.size,
    keys: state.keys.size,
    deployments: state.deployments.size,
  }
  return {
    url: twin.url,
    fill: { ...fill, source, names: { models: models.map(({ name }) => name) } },
    pasts,
    ...standing(twin),
  }
}

type Wish = { name: string; days: number; lastDays: number | null; isBounded: boolean }

function fillKeys({ gateway }: LitellmTwin, { clock }: At, company: Company, fill: Draft): void {
  for (const { slug, n } of company.customers) {
    const { team_id: team } = clock.during(company.yearMs, () => makeTeam(gateway, slug, [], [commonModel]))
    const wishes: Wish[] = [
      { name: `rater-${slug}`, days: 60, lastDays: 1, isBounded: true },
      { name: `checker-${slug}`, days: 90, lastDays: 1, isBounded: true },
      ...(n < company.size.weaknesses ? [{ name: `everything-${slug}`, days: 70, lastDays: 1, isBounded: false }] : []),
      ...(n < company.size.weaknesses ? [{ name: `trial-${slug}`, days: 70, lastDays: null, isBounded: true }] : []),
    ]
    for (const { name, days, lastDays, isBounded } of wishes) {
      const createdMs = company.nowMs - days * dayMs
      const lastUsedMs = lastDays === null ? null : company.nowMs - lastDays * dayMs
      const { key, value } = clock.during(createdMs, () =>
        makeKey(gateway, root, {
          user_id: null,
          team_id: isBounded ? team : null,
          key_alias: name,
          models: isBounded ? [commonModel] : [],
          expires: isBounded ? formatTime(company.nowMs + 90 * dayMs) : null,
          last_active: lastUsedMs === null ? null : formatTime(lastUsedMs),
        }),
      )
      fill.credentials.push({
        id: `litellm/key/${name}`,
        vendor: 'litellm',
        kind: 'key',
        native: key.token,
        value,
        with: {},
        owner: name,
        createdMs,
        lastUsedMs,
        lies: [],
      })
      const plant = { noun: 'key', native: key.token, label: name } as const
      if (isOld(createdMs, company.nowMs)) weak(fill, 'old-key', { ...plant, sinceMs: createdMs })
      if (isUnused(createdMs, lastUsedMs, company.nowMs)) weak(fill, 'unused-key', { ...plant, sinceMs: createdMs })
      // A key of a team acts as the team; one of nobody's acts for itself.
      if (!isBounded) tellIdentity(fill, { kind: 'agent', noun: 'key-holder', native: key.token, label: name })
      if (isBounded) fine(fill, 'unbounded-key', { ...plant, why: 'one model, of a team, with an end' })
      else weak(fill, 'unbounded-key', { ...plant, sinceMs: createdMs })
    }
  }
}

async function connectCordon({ gateway, url }: LitellmTwin, { roles, clock }: At, { nowMs }: Company) {
  const config = { url, plan: 'enterprise' }
  const own = async (use: 'see' | 'contain', role: string): Promise<string> => {
    const routes = await roles('litellm', config, use)
    return clock.during(nowMs - 30 * dayMs, () => {
      const { user_id } = makeUser(gateway, `cordon-${use}`, role)
      return makeKey(gateway, root, { user_id, key_alias: `cordon-${use}`, allowed_routes: routes }).value
    })
  }
  return {
    connector: 'litellm',
    config,
    see: { key: await own('see', 'proxy_admin_viewer') },
    contain: { key: await own('contain', 'proxy_admin') },
  }
}
