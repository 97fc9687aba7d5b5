import type { GoogleTwin, TwinUser } from '../../twins/google/index.ts'
import { activityOf, type Activity } from '../../twins/google/world.ts'
import type { Company, Document } from '../company/model.ts'
import { makePast, yearOf, type Actor, type Pasts } from './past.ts'
import { addressOf, personActors } from './people.ts'

const perHour = { login: 0.1, drive: 1.5, token: 0.5 }
type Grant = Actor & { person: number; client: string; app: string }

/** A year of signing in, of documents opened and changed, and of what apps do in people's names. */
export function useGoogle(
  twin: GoogleTwin,
  company: Company,
  users: ReadonlyMap<number, TwinUser>,
  density: number,
): Pasts {
  const { world } = twin
  const base = yearOf(company, density)
  const row = (
    application: string,
    name: string,
    parameters: Record<string, string | string[] | boolean>,
    { person, atMs, id }: { person: number; atMs: number; id: string },
  ) => {
    const user = users.get(person)
    if (user === undefined) return undefined
    const qualifier = `-${BigInt(`0x${world.hash(id).slice(0, 15)}`)}`
    const told = { application, name, parameters, customer: world.customer.id, atMs, qualifier }
    return activityOf(told, { actor: { email: user.primaryEmail, profileId: user.id }, ip: addressOf(person) })
  }
  const people = (perHour: number) => personActors(company, ({ n }) => users.has(n), perHour)

  const login = world.setPast('login', (fixed) =>
    makePast({
      ...base,
      place: 'google/login',
      actors: people(perHour.login),
      act: ({ person }, atMs, draw, id) =>
        draw.chance(0.96)
          ? row('login', 'login_success', { login_type: 'google_password', is_suspicious: false }, { person, atMs, id })
          : row('login', 'login_failure', { login_type: 'google_password' }, { person, atMs, id }),
      fixed,
    }),
  )
  const emailOf = (document: Document): string => company.people[document.owner]?.email ?? ''
  const drive = world.setPast('drive', (fixed) =>
    makePast({
      ...base,
      place: 'google/drive',
      actors: people(perHour.drive),
      act: ({ person }, atMs, draw, id) => {
        const document = draw.pick(company.documents)
        const parameters = {
          doc_id: `doc-${company.seed}-${document.n}`,
          doc_title: document.name,
          doc_type: 'spreadsheet',
          owner: emailOf(document),
          visibility: 'private',
          primary_event: true,
        }
        return row('drive', draw.pick(['view', 'view', 'view', 'edit', 'download']), parameters, { person, atMs, id })
      },
      fixed,
    }),
  )
  const token = world.setPast('token', (fixed) =>
    makePast({
      ...base,
      place: 'google/token',
      actors: grantsInUse(twin, company, users),
      act: ({ person, client, app }, atMs, _, id) => {
        const parameters = { client_id: client, app_name: app, api_name: 'drive', method_name: 'drive.files.list' }
        return row('token', 'activity', parameters, { person, atMs, id })
      },
      fixed,
    }),
  )
  const admin = world.setPast('admin', (fixed) =>
    makePast<Actor, Activity>({
      ...base,
      place: 'google/admin',
      actors: [],
      act: () => undefined,
      fixed,
    }),
  )
  return { 'log-login': login, 'log-drive': drive, 'log-token': token, 'log-admin': admin }
}

/** What nobody uses leaves no trace: that is how it is found. */
function grantsInUse({ world }: GoogleTwin, company: Company, users: ReadonlyMap<number, TwinUser>): Grant[] {
  const clients = new Map([...world.apps].map(([client, { name }]) => [name, client]))
  return company.apps.flatMap(({ vendor, name, grants }) =>
    grants.flatMap(({ person, atMs, lastUsedMs }) => {
      const client = clients.get(name)
      if (vendor !== 'google' || client === undefined || lastUsedMs === null || !users.has(person)) return []
      const used = {
        startMs: atMs,
        endMs: lastUsedMs,
        offsetHours: 0,
        rhythm: 'machine',
        perHour: perHour.token,
      } as const
      return [{ ...used, person, client, app: name }]
    }),
  )
}
