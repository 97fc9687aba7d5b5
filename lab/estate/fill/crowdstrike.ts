import { startCrowdstrikeTwin, type CrowdstrikeTwin } from '../../twins/crowdstrike/twin.ts'
import { dayMs, type Company } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import { standing, type At, type Part } from '../part.ts'
import { draftOf, fine, weak, type Draft } from '../truth.ts'
import { useCrowdstrike } from '../use/crowdstrike.ts'

/** Every laptop, runner and server with a sensor, people in the console, and integrations with an API client. */
export const crowdstrike: Part = async (company, at) => {
  const cid = drawOf(company.seed, 'crowdstrike').hex(32)
  const twin = await startCrowdstrikeTwin({ clock: at.clock, cid })
  twin.settings.perMinute = 1_000_000
  const fill = draftOf('crowdstrike')
  at.clock.during(company.yearMs, () => {
    for (const [n, { id, kind }] of company.hosts.entries())
      twin.console.enrol({
        hostname: id,
        platform: kind === 'laptop' ? 'Mac' : 'Linux',
        type: kind === 'laptop' ? 'Workstation' : 'Server',
        serial: `BW${String(n).padStart(8, '0')}`,
        manufacturer: kind === 'laptop' ? 'Apple Inc.' : 'Dell Inc.',
      })
  })
  fillPeople(twin, company, fill)
  fillClients(twin, company, fill)
  const source = await connectCordon(twin, at)
  const { state } = twin
  fill.counts = { hosts: state.devices.size, users: state.users.size, clients: state.clients.size }
  const pasts = at.density > 0 ? useCrowdstrike(twin, company, at.density) : {}
  return { url: twin.url, fill: { ...fill, source, names: {} }, pasts, ...standing(twin) }
}

function fillPeople({ console: falcon }: CrowdstrikeTwin, { people, teams }: Company, fill: Draft): void {
  for (const { n, kind, admin, endMs, email, group, leftAlive } of people) {
    const isForgotten = endMs !== null && leftAlive === 'crowdstrike'
    const isSecurity = kind === 'staff' && endMs === null && teams[group]?.slug === 'security'
    if (!isSecurity && !isForgotten && admin !== 'owner') continue
    const user = falcon.makeUser(email, [admin === 'owner' ? 'falconhost_admin' : 'falconhost_analyst'])
    fill.natives.set(n, user.uuid)
    if (isForgotten)
      weak(fill, 'leaver-alive', { noun: 'user', native: user.uuid, label: email, sinceMs: endMs, person: n })
  }
}

function fillClients({ console: falcon }: CrowdstrikeTwin, { nowMs, size }: Company, fill: Draft): void {
  for (let n = 1; n <= size.weaknesses; n++)
    for (const name of [`siem-${n}`, `tickets-${n}`]) {
      const { id, secret } = falcon.makeClient(['devices:read', 'alerts:read'])
      fill.credentials.push({
        id: `crowdstrike/client/${name}`,
        vendor: 'crowdstrike',
        kind: 'client-secret',
        native: id,
        value: secret,
        with: { client: id },
        owner: name,
        createdMs: nowMs - 100 * dayMs,
        lastUsedMs: nowMs - dayMs,
        lies: [],
      })
      fine(fill, 'human-size-rights', { noun: 'api-client', native: id, label: name, why: 'reads hosts and alerts' })
    }
}

async function connectCordon({ console: falcon, state, url }: CrowdstrikeTwin, { roles }: At) {
  const draft = { cid: state.cid, clientId: 'a'.repeat(32), containClientId: 'b'.repeat(32), managesClients: true }
  const own = async (use: 'see' | 'contain') => falcon.makeClient(await roles('crowdstrike', draft, use))
  const [see, contain] = [await own('see'), await own('contain')]
  return {
    connector: 'crowdstrike',
    config: { ...draft, apiUrl: url, clientId: see.id, containClientId: contain.id },
    see: { clientSecret: see.secret },
    contain: { clientSecret: contain.secret },
  }
}
