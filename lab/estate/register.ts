import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Company, Person } from './company/model.ts'
import type { Fill, SourceSetup } from './truth.ts'

export const realm = 'people.brightwater.example'

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
/** The company ends somebody at an hour; the export says the day before, which is worked to its end. */
const lastDay = (endMs: number | null): string => (endMs === null ? '' : day(endMs - 86_400_000))

export type Rows = (person: Person) => Partial<Record<'mail' | 'end' | 'github' | 'aws', string>> | null

/** What the company's HR would export: everybody, with the names they have where no address is shown. */
export function exportOf(company: Company, change: Rows = () => ({})): string {
  const { projects, customers, teams } = company
  const lines = company.people.flatMap((person) => {
    const changed = change(person)
    if (changed === null) return []
    const { employeeId, given, family, email, kind, group, startMs, endMs } = person
    const project = kind === 'contractor' ? projects[group] : undefined
    const row = {
      id: employeeId,
      name: `${given} ${family}`,
      mail: changed.mail ?? email,
      kind,
      project: project?.slug ?? teams[group]?.slug ?? '',
      customer: customers[project?.customer ?? -1]?.name ?? '',
      start: day(startMs),
      end: changed.end ?? lastDay(endMs),
      github: changed.github ?? '',
      aws: changed.aws ?? '',
    }
    return [Object.values(row).join(',')]
  })
  return `id,name,mail,kind,project,customer,start,end,github,aws\n${lines.join('\n')}\n`
}

/** The names that the register has of accounts, where their vendor shows no address. */
export function accountNames(fills: readonly Fill[]): Rows {
  const native = (vendor: string, n: number): string =>
    fills.find((fill) => fill.vendor === vendor)?.natives.get(n) ?? ''
  return ({ n }) => ({ github: native('github', n), aws: native('aws', n) })
}
/** In which realms these accounts are. */
export const accountRealms = (at: (vendor: 'github' | 'aws') => string | undefined) => ({
  github: at('github') ?? '',
  aws: at('aws') ?? '',
})

/** A source over a file of its own in `folder`; `write` replaces what the file says, `close` takes the folder away. */
export function peopleSource(
  accounts: Record<string, string>,
  folder: string = mkdtempSync(join(tmpdir(), 'cordon-people-')),
) {
  const path = join(folder, 'people.csv')
  const setup: SourceSetup = {
    connector: 'people',
    config: {
      authority: realm,
      csv: { path },
      columns: {
        person: 'id',
        name: 'name',
        mail: 'mail',
        worker: 'kind',
        project: 'project',
        customer: 'customer',
        start: 'start',
        end: 'end',
      },
      accounts,
    },
    see: {},
    contain: {},
  }
  return {
    setup,
    path,
    write: (text: string) => writeFileSync(path, text),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
