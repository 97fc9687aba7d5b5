import type { GoogleTwin, TwinUser } from '../../twins/google/index.ts'
import type { EstateClock } from '../clock.ts'
import { dayMs, type Company } from '../company/model.ts'
import { fine, tellApp, weak, type Draft } from '../truth.ts'
import { dormantMs } from './kinds.ts'

type World = {
  twin: GoogleTwin
  company: Company
  users: ReadonlyMap<number, TwinUser>
  fill: Draft
  clock: EstateClock
  publicPem: string
}
const wide = ['https://mail.google.com/', 'https://www.googleapis.com/auth/drive']
const narrow = ['https://www.googleapis.com/auth/calendar.readonly']

export function plantGoogle(world: World): void {
  for (let n = 1; n <= world.company.size.weaknesses; n++) {
    plantDelegations(world, n)
    plantLonelyApps(world, n)
  }
  plantDocuments(world)
  tellDormant(world)
}

const staffOf = ({ users, company }: World): [number, TwinUser][] =>
  [...users].filter(([n, { suspended }]) => !suspended && company.people[n]?.endMs === null)

/** Google tells of them in the audit log alone. */
function plantDelegations(world: World, n: number): void {
  const { twin, fill, clock, company, publicPem } = world
  const [, owner] = staffOf(world)[0] ?? []
  if (owner === undefined) return
  for (const [digit, scopes] of [
    ['1', wide],
    ['2', narrow],
  ] as const) {
    const client = `8${digit}${String(n).padStart(7, '0')}`
    const serviceAccount = `${digit === '1' ? 'mail-archive' : 'room-display'}-${n}@brightwater.iam.gserviceaccount.com`
    // Of what is older than its logs Google tells nobody.
    const atMs = company.nowMs - 120 * dayMs
    clock.during(atMs, () => twin.people.delegate({ client, serviceAccount, publicKey: publicPem }, scopes, owner))
    tellApp(fill, { native: client, label: serviceAccount, letIn: [owner.id] })
    const plant = { noun: 'delegation', native: client, label: serviceAccount } as const
    if (digit === '1') weak(fill, 'domain-wide-delegation', { ...plant, sinceMs: atMs })
    else fine(fill, 'domain-wide-delegation', { ...plant, why: 'reads calendars alone' })
  }
}

/** Let in by one person: into mail and files, or into nothing much; and by many. */
function plantLonelyApps(world: World, n: number): void {
  const { twin, fill, company } = world
  const staff = staffOf(world)
  for (const [word, scopes, people, why] of [
    ['Inbox Whisper', wide, 1, undefined],
    ['Meeting Room', narrow, 1, 'sees calendars alone'],
    ['Shared Board', wide, 3, 'let in by several, and used'],
  ] as const) {
    const name = `${word} ${n}`
    const { client, secret } = twin.people.publish(name)
    const sinceMs = company.nowMs - 70 * dayMs
    const letIn: string[] = []
    for (let at = 0; at < people; at++) {
      const [person, user] = staff[(n + at) % staff.length] ?? []
      if (user === undefined || person === undefined) continue
      letIn.push(user.id)
      const refresh = twin.world.secret('1//')
      const key = twin.world.grantKey(user.id, client)
      twin.world.grants.set(key, { scopes: [...scopes], refresh: new Set([refresh]), nativeApp: false })
      fill.credentials.push({
        id: `google/refresh/${name.toLowerCase().replaceAll(' ', '-')}/${person}`,
        vendor: 'google',
        kind: 'refresh-token',
        native: `${user.id}/${client}`,
        value: refresh,
        with: { client, clientSecret: secret },
        owner: user.primaryEmail,
        createdMs: sinceMs,
        lastUsedMs: company.nowMs - dayMs,
        lies: [],
      })
    }
    tellApp(fill, { native: client, label: name, publisher: client.split('-')[0] ?? null, letIn })
    const plant = { noun: 'app', native: client, label: name } as const
    if (why === undefined) weak(fill, 'one-person-app', { ...plant, sinceMs })
    else fine(fill, 'one-person-app', { ...plant, why })
  }
}

/** Shared within the company, or for a day only. */
function plantDocuments(world: World): void {
  const { twin, fill, clock, company } = world
  const staff = staffOf(world)
  for (let n = 1; n <= company.size.weaknesses; n++) {
    const [person, user] = staff[n % staff.length] ?? []
    if (user === undefined || person === undefined) continue
    const file = (word: string) => ({ id: `${word}-${company.seed}-${n}`, title: `notes ${n}` })
    const [inside, closed, edited] = [file('inside'), file('closed'), file('edited')]
    const share = (daysAgo: number, ...[one, link]: [typeof inside, { role: 'reader' | 'writer' } | null]): void =>
      clock.during(company.nowMs - daysAgo * dayMs, () => void twin.people.share(user, one, link))
    clock.during(company.nowMs - 12 * dayMs, () => tellInside(world, user, inside))
    share(12, closed, { role: 'writer' })
    share(11, closed, null)
    share(10, edited, { role: 'writer' })
    const plant = (one: typeof inside) =>
      ({ noun: 'document', native: `${user.id}/${one.id}`, label: one.title }) as const
    fine(fill, 'link-anyone', { ...plant(inside), why: 'the link opens within the domain alone' })
    for (const kind of ['link-anyone', 'link-editable'] as const)
      fine(fill, kind, { ...plant(closed), why: 'open for a day, and closed again' })
    const sinceMs = company.nowMs - 10 * dayMs
    for (const kind of ['link-anyone', 'link-editable'] as const)
      weak(fill, kind, { ...plant(edited), sinceMs, person })
  }
}

/** A link that the domain alone can follow. */
function tellInside({ twin }: World, user: TwinUser, { id, title }: { id: string; title: string }): void {
  const visibility = 'people_within_domain_with_link'
  const about = { doc_id: id, doc_title: title, doc_type: 'document', owner: user.primaryEmail, primary_event: true }
  const change = { visibility, visibility_change: 'none', old_visibility: 'private', new_value: visibility }
  twin.world.tell('drive', 'change_document_visibility', user, { ...about, ...change }, { ip: '198.51.100.9' })
}

function tellDormant({ twin, fill, company }: World): void {
  for (let n = 1; n <= company.size.weaknesses; n++) {
    const createdAtMs = company.nowMs - 700 * dayMs
    const lastLoginMs = company.nowMs - (200 + n) * dayMs
    twin.people.hire(`Asleep ${n}`, { createdAtMs, lastLoginMs })
    const { id, primaryEmail } = twin.people.hire(`Frozen ${n}`, { createdAtMs, lastLoginMs, suspended: true })
    fine(fill, 'dormant-identity', { noun: 'user', native: id, label: primaryEmail, why: 'suspended' })
  }
  for (const { id, primaryEmail, suspended, lastLoginMs } of twin.world.users.values()) {
    if (suspended || lastLoginMs === 0 || company.nowMs - lastLoginMs <= dormantMs) continue
    weak(fill, 'dormant-identity', { noun: 'user', native: id, label: primaryEmail, sinceMs: lastLoginMs + dormantMs })
  }
}
