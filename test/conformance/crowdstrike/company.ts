import { z } from 'zod'

import { crowdstrikeConfig, crowdstrikeConnector, type CrowdstrikeConfig } from '#connectors/crowdstrike'

import type { ApiClient, Device, User } from '../../../lab/twins/crowdstrike/state.ts'
import { startCrowdstrikeTwin, type CrowdstrikeTwin } from '../../../lab/twins/crowdstrike/twin.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'

export type Company = {
  twin: CrowdstrikeTwin
  clock: TwinClock
  config: CrowdstrikeConfig
  /** Of Cordon's two API clients. */
  secrets: { see: string; contain: string }
  runner: Device
  laptop: Device
  /** An integration's API client, whose secret a thief copies. */
  stolen: ApiClient
  ada: User
}

export const startMs = Date.UTC(2026, 2, 24, 12)

/** A customer with two hosts, an administrator and an integration, and the API clients Cordon uses. */
export async function foundCompany(over: Partial<CrowdstrikeConfig> = {}): Promise<Company> {
  const clock = new TwinClock(startMs)
  const twin = await startCrowdstrikeTwin({ clock })
  const { console: falcon, state } = twin
  const runner = falcon.enrol({ hostname: 'runner-62', serial: '7Q5RVD3', manufacturer: 'Dell Inc.' })
  const laptop = falcon.enrol({ hostname: 'ada-laptop', type: 'Workstation', serial: 'None', manufacturer: 'LENOVO' })
  const ada = falcon.makeUser('ada@brightwater.example', ['falconhost_admin', 'remote_responder_three'])
  const stolen = falcon.makeClient(['devices:read', 'devices:write'])
  const clients = (['see', 'contain'] as const).map((use) => {
    const parts = {
      cid: state.cid,
      clientId: 'a'.repeat(32),
      containClientId: 'b'.repeat(32),
      managesClients: true,
      appId: 'cordon',
    }
    const scopes = crowdstrikeConnector.role?.(crowdstrikeConfig.parse(parts), use)?.scopes ?? []
    return falcon.makeClient(scopes.map(({ name }) => name))
  })
  const [see, contain] = clients
  if (see === undefined || contain === undefined) throw new Error('two API clients')
  const config = crowdstrikeConfig.parse({
    apiUrl: twin.url,
    cid: state.cid,
    clientId: see.id,
    containClientId: contain.id,
    managesClients: true,
    appId: 'cordon',
    ...over,
  })
  return { twin, clock, config, secrets: { see: see.secret, contain: contain.secret }, runner, laptop, stolen, ada }
}

const answered = z.object({ access_token: z.string().optional() })
/** Somebody with a stolen API client, who speaks plain HTTP and knows nothing of Cordon. */
export async function signIn({ twin }: Company, { id, secret }: ApiClient): Promise<string | undefined> {
  const response = await fetch(`${twin.url}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: id, client_secret: secret }),
  })
  const { access_token: token } = answered.parse(await response.json())
  return response.status === 201 ? token : undefined
}
export async function opens({ twin }: Company, token: string): Promise<boolean> {
  const response = await fetch(`${twin.url}/devices/queries/devices-scroll/v1?limit=1`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await response.arrayBuffer()
  return response.status === 200
}
