import { auditOf, signInOf, type Audit, type By, type SignIn } from '../../twins/entra/audit-log.ts'
import { graphAppId, guidOf, textOf, type Row } from '../../twins/entra/state.ts'
import type { EntraTwin } from '../../twins/entra/twin.ts'
import type { PastRow } from '../../twins/kit/past.ts'
import { dayMs, type Company, type Person } from '../company/model.ts'
import type { Credential } from '../truth.ts'
import { makePast, yearOf, type Actor, type Pasts } from './past.ts'
import { addressOf, browser, officeActors, type PersonActor } from './people.ts'
import { firstThere, keyActors } from './programs.ts'

const perHour = { signIn: 0.4, program: 0.5, edit: 0.05 }
/** Microsoft's own apps, by the ids that it publishes: https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in */
const officeApps = [
  ['4765445b-32c6-49b0-83e6-1d93765276ca', 'OfficeHome'],
  ['1fec8e78-bce4-4aaf-ab1b-5451cc387264', 'Microsoft Teams'],
  ['00000002-0000-0ff1-ce00-000000000000', 'Office 365 Exchange Online'],
] as const
const wrongPassword = 50_126
type Program = Actor & { sp: Row; app: string; keyId: string; ip: string }

/** A year of staff who sign in, of programs that do, and of administrators who let people in, out, and change what is said of them. */
export function useEntra(
  { state, log }: EntraTwin,
  company: Company,
  users: ReadonlyMap<number, Row>,
  credentials: readonly Credential[],
  density: number,
): Pasts {
  const base = yearOf(company, density)
  const byOf = (person: number): By => ({
    user: users.get(person)?.id ?? null,
    sp: null,
    ip: addressOf(person),
    agent: browser,
  })
  const signIn = (told: Omit<SignIn, 'resource'>, atMs: number, id: string): Row =>
    signInOf(state, { ...told, resource: graphAppId }, { atMs, id })
  const programs = credentials.map(programOf).filter(([first]) => first !== undefined)
  const byProgram = ({ sp, app, keyId, ip }: Program, atMs: number, id: string): Row => {
    const by = { user: null, sp: sp.id, ip, agent: 'azsdk-python-identity/1.19.0' }
    return signIn({ by, app, kind: 'servicePrincipal', code: 0, sp, keyId }, atMs, id)
  }
  const past = log.setPast({
    signIns: (recorded) =>
      makePast<PersonActor | Program, Row>({
        ...base,
        place: 'entra/sign-ins',
        actors: [...officeActors(company, ({ n }) => users.has(n), perHour.signIn), ...programs.flat()],
        act(actor, atMs, draw, id) {
          if ('sp' in actor) return byProgram(actor, atMs, id)
          const [app, name] = draw.pick(officeApps)
          const isInteractive = draw.chance(0.35)
          const code = isInteractive && draw.chance(0.06) ? wrongPassword : 0
          const kind = isInteractive ? 'interactiveUser' : 'nonInteractiveUser'
          // A browser's session lasts some days.
          const session = guidOf(`session ${actor.person} ${Math.floor(atMs / (4 * dayMs))}`)
          const row = signIn({ by: byOf(actor.person), app, kind, code, session }, atMs, id)
          return { ...row, appDisplayName: name }
        },
        fixed: [
          ...recorded,
          ...programs.flatMap(([program]) => {
            const atMs = program?.endMs ?? 0
            return program === undefined ? [] : [{ atMs, row: byProgram(program, atMs, `last of ${program.keyId}`) }]
          }),
        ],
      }),
    audits: (recorded) =>
      makePast({
        ...base,
        place: 'entra/audit',
        actors: officeActors(company, ({ n, admin }) => admin !== null && users.has(n), perHour.edit),
        act({ person }, atMs, draw, id) {
          const there = company.people.filter(
            ({ n, startMs, endMs }) => users.has(n) && startMs <= atMs && (endMs === null || endMs > atMs),
          )
          const change = ['JobTitle', ['Analyst'], ['Lead analyst']] as [string, string[], string[]]
          return edited('Update user', 'Update', person, draw.pick(there), atMs, id.replaceAll('/', '-'), [change])
        },
        fixed: [...recorded, ...company.people.flatMap(lifecycle)],
      }),
  })
  return { 'sign-ins': past.signIns, audit: past.audits }

  function edited(
    activity: string,
    operationType: string,
    by: number,
    about: Person,
    atMs: number,
    id: string,
    changes: [string, string[], string[]][] = [],
  ): Row | undefined {
    const user = users.get(about.n)
    if (user === undefined) return undefined
    const target = { id: user.id, type: 'User', userPrincipalName: textOf(user, 'userPrincipalName'), changes }
    const told: Audit = { activity, category: 'UserManagement', operationType, by: byOf(by), targets: [target] }
    return auditOf(state, told, { atMs, id })
  }
  /** By the first of the administrators who was there. */
  function lifecycle(person: Person): PastRow<Row>[] {
    const admins = company.people.flatMap(({ n, admin }) => (admin !== null && users.has(n) ? [n] : []))
    const done = (activity: string, operation: string, atMs: number): PastRow<Row>[] => {
      const by = firstThere(company, admins, atMs - 1)
      if (by === undefined) return []
      const row = edited(activity, operation, by.n, person, atMs, `${activity.replaceAll(' ', '-')}-${person.n}`)
      return row === undefined ? [] : [{ atMs, row }]
    }
    return [
      ...done('Add user', 'Add', person.startMs),
      ...(person.endMs === null || person.leftAlive === 'entra' ? [] : done('Disable account', 'Update', person.endMs)),
    ]
  }
  function programOf({ native, createdMs, lastUsedMs, with: beside, owner }: Credential): Program[] {
    const [, , keyId = ''] = native.split('/')
    const app = beside['client'] ?? ''
    const sp = [...state.servicePrincipals.values()].find((one) => textOf(one, 'appId') === app)
    if (sp === undefined || lastUsedMs === null) return []
    const actors = keyActors(company, { createdMs, lastUsedMs }, { customer: null, perHour: perHour.program })
    const ip = `10.30.0.${10 + ((owner.length * 7) % 200)}`
    return actors.map((actor) => ({ ...actor, sp, app, keyId, ip }))
  }
}
