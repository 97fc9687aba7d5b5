import { startFleetTwin, type FleetTwin } from '../../twins/fleet/twin.ts'
import type { Session, User } from '../../twins/fleet/state.ts'
import { dayMs, type Company } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import { standing, type At, type Part } from '../part.ts'
import { draftOf, fine, weak, type Draft } from '../truth.ts'
import { useFleet } from '../use/fleet.ts'

const packages = [
  { name: 'requests', version: '2.32.3', source: 'python_packages' },
  { name: 'litellm', version: '1.82.7', source: 'python_packages' },
  { name: 'zod', version: '3.23.8', source: 'npm_packages' },
  { name: 'hono', version: '4.6.0', source: 'npm_packages' },
] as const

/** The company's hosts with what is installed on them, administrators, and programs with an API token. */
export const fleet: Part = async (company, at) => {
  const twin = await startFleetTwin({ clock: at.clock })
  const fill = draftOf('fleet')
  at.clock.during(company.yearMs, () => fillHosts(twin, company))
  fillUsers(twin, at, company, fill)
  const source = connectCordon(twin, at, company)
  const { state } = twin
  fill.counts = { hosts: state.hosts.size, users: state.users.size, sessions: state.sessions.size }
  const pasts = at.density > 0 ? useFleet(twin, company, fill.natives, fill.credentials, at.density) : {}
  return { url: twin.url, fill: { ...fill, source, names: {} }, pasts, ...standing(twin) }
}

function fillHosts(twin: FleetTwin, { seed, hosts, people }: Company): void {
  const draw = drawOf(seed, 'fleet/software')
  for (const [n, { id, kind, owner }] of hosts.entries()) {
    const user = people.find((one) => one.n === owner)?.email
    const host = twin.enrol({
      hostname: id,
      platform: kind === 'laptop' ? 'darwin' : 'ubuntu',
      serial: `BW${String(n).padStart(8, '0')}`,
      vendor: kind === 'laptop' ? 'Apple Inc.' : 'Dell Inc.',
      users: user === undefined ? [] : [user],
    })
    for (const one of draw.some(packages, 2)) twin.install(host, { ...one })
  }
}

const sign = (twin: FleetTwin, user: User): Session => {
  const session = twin.signIn(user.email, user.password)
  if (session === undefined) throw new Error('the password is right')
  return session
}

/** Programs that administer everything, and such as look at hosts alone. */
function fillUsers(twin: FleetTwin, { clock }: At, company: Company, fill: Draft): void {
  const { people, teams, nowMs, size } = company
  for (const { n, kind, endMs, group, email, leftAlive } of people) {
    const isForgotten = endMs !== null && leftAlive === 'fleet'
    const isSecurity = kind === 'staff' && endMs === null && teams[group]?.slug === 'security'
    if (!isSecurity && !isForgotten) continue
    const user = twin.makeUser(`person-${n}`, 'observer', { email })
    fill.natives.set(n, String(user.id))
    if (isForgotten)
      weak(fill, 'leaver-alive', { noun: 'user', native: String(user.id), label: email, sinceMs: endMs, person: n })
  }
  for (let n = 1; n <= size.weaknesses; n++)
    for (const [name, role] of [
      [`deploy-${n}`, 'admin'],
      [`report-${n}`, 'observer'],
      [`dashboard-${n}`, 'observer'],
    ] as const) {
      const createdMs = nowMs - 90 * dayMs
      const [user, session] = clock.during(createdMs, () => {
        const made = twin.makeUser(name, role, { isApiOnly: true })
        return [made, sign(twin, made)] as const
      })
      fill.credentials.push({
        id: `fleet/session/${name}`,
        vendor: 'fleet',
        kind: 'session',
        native: `${user.id}/${session.id}`,
        value: session.token,
        with: {},
        owner: name,
        createdMs,
        lastUsedMs: nowMs - dayMs,
        lies: [],
      })
      const plant = { noun: 'user', native: String(user.id), label: name } as const
      if (role === 'admin') weak(fill, 'human-size-rights', { ...plant, sinceMs: createdMs })
      else fine(fill, 'human-size-rights', { ...plant, why: 'looks alone' })
    }
}

function connectCordon(twin: FleetTwin, { clock }: At, { nowMs }: Company) {
  const own = (use: string): Session =>
    clock.during(nowMs - 30 * dayMs, () => sign(twin, twin.makeUser(`cordon-${use}`, 'admin', { isApiOnly: true })))
  const [see, contain] = [own('see'), own('contain')]
  return {
    connector: 'fleet',
    config: { apiUrl: twin.url, readsUsers: true, locks: true, containUserId: contain.user },
    see: { token: see.token },
    contain: { token: contain.token },
  }
}
