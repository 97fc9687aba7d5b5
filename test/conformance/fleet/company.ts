import { fleetConfig, type FleetConfig } from '#connectors/fleet'

import type { Host, Session, User } from '../../../lab/twins/fleet/state.ts'
import { startFleetTwin, type FleetTwin } from '../../../lab/twins/fleet/twin.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'

export type Company = {
  twin: FleetTwin
  clock: TwinClock
  config: FleetConfig
  /** Of the two API-only users that Cordon speaks for. */
  tokens: { see: string; contain: string }
  authority: string
  runner: Host
  laptop: Host
  ada: User
  /** Ada's API token, which a thief copies. */
  stolen: Session
}
export const startMs = Date.UTC(2026, 2, 24, 12)

/** A Fleet server with a runner and a Mac, an administrator with an API token, and the users Cordon speaks for. */
export async function foundCompany(over: Partial<FleetConfig> = {}, clock = new TwinClock(startMs)): Promise<Company> {
  const twin = await startFleetTwin({ clock })
  const sign = (user: User): Session => {
    const session = twin.signIn(user.email, user.password)
    if (session === undefined) throw new Error('the password is right')
    return session
  }
  const ada = twin.makeUser('ada', 'admin')
  const see = sign(twin.makeUser('cordon-see', 'admin', { isApiOnly: true }))
  const contain = sign(twin.makeUser('cordon-contain', 'admin', { isApiOnly: true }))
  const runner = twin.enrol({ hostname: 'runner-62', serial: '7Q5RVD3', vendor: 'Dell Inc.', team: 2 })
  const laptop = twin.enrol({ hostname: 'ada-mac', platform: 'darwin', serial: 'C02ZX1ABLVDQ', vendor: 'Apple Inc.' })
  const config = fleetConfig.parse({ apiUrl: twin.url, readsUsers: true, locks: true, ...over })
  const authority = new URL(twin.url).host
  const tokens = { see: see.token, contain: contain.token }
  return { twin, clock, config, tokens, authority, runner, laptop, ada, stolen: sign(ada) }
}

/** Somebody with a stolen token, who speaks plain HTTP and knows nothing of Cordon. */
export async function opens({ twin }: Company, token: string): Promise<boolean> {
  const response = await fetch(`${twin.url}/api/v1/fleet/hosts?per_page=1`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await response.arrayBuffer()
  return response.status === 200
}
