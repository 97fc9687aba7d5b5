import { assert, seededInt, seededRandom } from '#kit'

/** Tables, a partitioned one, views of each sort; `reads`: what a view's owner lends, `parent`: what it is a part of. */
export const relationsOfGraph = [
  { name: 's0.t', kind: 'r' },
  { name: 's0.guarded', kind: 'r' },
  { name: 's1.u', kind: 'r' },
  { name: 's1.parent', kind: 'r' },
  { name: 's0.part', kind: 'r', parent: 's1.parent' },
  { name: 's0.v', kind: 'v', reads: 's0.t' },
  { name: 's1.over', kind: 'v', reads: 's0.v' },
  { name: 's1.invoker', kind: 'v', invokes: 's0.t' },
  { name: 's1.through', kind: 'v', reads: 's1.invoker' },
  { name: 's0.of_guarded', kind: 'v', reads: 's0.guarded' },
  { name: 's1.counted', kind: 'v', reads: 's1.u' },
  { name: 's1.copy', kind: 'm', reads: 's0.t' },
] as const
export const schemasOfGraph = ['s0', 's1']
export const predefinedRoles = ['pg_read_all_data', 'pg_write_all_data', 'pg_database_owner', 'pg_monitor']

const base = `
create schema s0; create schema s1;
create table s0.t (a int, b int, c int); create table s0.guarded (a int, b int, c int);
create table s1.u (a int, b int, c int); create table s1.parent (a int, b int, c int) partition by list (a);
create table s0.part partition of s1.parent for values in (1);
create view s0.v as select a, b, c from s0.t; create view s1.over as select a, b, c from s0.v;
create view s1.invoker with (security_invoker = true) as select a, b, c from s0.t;
create view s1.through as select a, b, c from s1.invoker;
create view s0.of_guarded as select a, b, c from s0.guarded;
create view s1.counted as select a, count(b)::int as b, count(c)::int as c from s1.u group by a;
create materialized view s1.copy as select a, b, c from s0.t;
alter table s0.guarded enable row level security`

const picker =
  (random: () => number) =>
  <T>(list: readonly T[]): T => {
    const found = list[seededInt(random, list.length)]
    assert(found !== undefined, 'a list to pick from is not empty')
    return found
  }

/** One step of a script: statements that belong together, each of which the server takes. */
export type Step = string

/**
 * Roles r0 … and what stands between them, drawn from a seed: INHERIT, from 16 on SET and ADMIN of each membership,
 * superusers, CREATEROLE, BYPASSRLS, owners, PUBLIC, default privileges, columns, USAGE, row security, predefined roles.
 */
export function graphOf(seed: number, version: number, rolesTotal = 6): { roles: string[]; steps: Step[] } {
  const random = seededRandom(seed)
  const roll = (percent: number): boolean => random() * 100 < percent
  const pick = picker(random)
  const roles = Array.from({ length: rolesTotal }, (_, n) => `r${n}`)
  const anyone = (): string => (roll(8) ? 'public' : roll(6) ? pick(predefinedRoles.slice(0, 3)) : pick(roles))
  const steps: Step[] = [base]
  for (const role of roles) {
    const flags = [
      roll(25) ? 'noinherit' : '',
      roll(4) ? 'superuser' : '',
      roll(4) ? 'createrole' : '',
      roll(6) ? 'bypassrls' : '',
    ]
    steps.push(`create role ${role} login ${flags.join(' ')}`)
  }
  const options = (): string => {
    if (version < 160_000) return roll(15) ? ' with admin option' : ''
    const said = [
      ...(roll(15) ? ['admin true'] : []),
      ...(roll(50) ? [`inherit ${roll(55)}`] : []),
      ...(roll(45) ? [`set ${roll(45)}`] : []),
    ]
    return said.length === 0 ? '' : ` with ${said.join(', ')}`
  }
  roles.forEach((member, n) => {
    for (const role of roles.slice(0, n)) if (roll(35)) steps.push(`grant ${role} to ${member}${options()}`)
    if (roll(6))
      steps.push(`grant ${pick(['pg_read_all_data', 'pg_write_all_data', 'pg_monitor'])} to ${member}${options()}`)
  })
  for (const schema of schemasOfGraph) {
    if (roll(50)) steps.push(`alter schema ${schema} owner to ${pick(roles)}`)
    for (let n = seededInt(random, 4); n > 0; n--)
      steps.push(`grant usage on schema ${schema} to ${pick([anyone(), pick(roles)])}`)
    if (roll(10)) steps.push(`grant usage on schema ${schema} to ${pick(roles)} with grant option`)
    if (roll(15)) steps.push(`revoke usage on schema ${schema} from ${pick(roles)} cascade`)
    if (roll(15)) {
      const maker = pick(roles)
      const granted = pick(['select', 'insert', 'all'])
      steps.push(
        `grant all on schema ${schema} to ${maker};
         alter default privileges for role ${maker} in schema ${schema} grant ${granted} on tables to ${anyone()};
         set local role ${maker}; create table ${schema}.later (a int, b int, c int); reset role`,
      )
    }
  }
  for (const { name, kind } of relationsOfGraph) {
    if (roll(55))
      steps.push(
        `alter ${kind === 'v' ? 'view' : kind === 'm' ? 'materialized view' : 'table'} ${name} owner to ${pick(roles)}`,
      )
    if (roll(12)) steps.push(`revoke ${pick(['select', 'all'])} on ${name} from ${pick(roles)} cascade`)
    for (let n = seededInt(random, 4); n > 0; n--) {
      const whats = [
        'select',
        'select',
        'insert',
        'update',
        'delete',
        'truncate',
        'all',
        'select (a)',
        'select (a, b)',
        'update (b)',
        'insert (a, b)',
        'references',
      ]
      steps.push(`grant ${pick(whats)} on ${name} to ${anyone()}`)
    }
  }
  if (roll(40)) steps.push(`create policy seen on s0.guarded to ${anyone()} using (a > 0)`)
  if (roll(30)) steps.push('alter table s0.guarded force row level security')
  if (roll(12)) steps.push('alter table s1.parent enable row level security')
  if (roll(30)) steps.push(`alter database postgres owner to ${pick(roles)}`)
  return { roles, steps }
}

/** A script of changes that the server takes one by one: given, taken away, handed to another owner, switched on and off. */
export function changesOf(seed: number, roles: readonly string[], total: number): Step[] {
  const random = seededRandom(seed)
  const pick = picker(random)
  const change = (): Step => {
    const n = seededInt(random, roles.length - 1) + 1
    const [member, role] = [roles[n] ?? '', pick(roles.slice(0, n))]
    const { name, kind } = pick(relationsOfGraph)
    const word = kind === 'v' ? 'view' : kind === 'm' ? 'materialized view' : 'table'
    return pick([
      () => `grant ${role} to ${member}`,
      () => `revoke ${role} from ${member} cascade`,
      () => `grant ${pick(['select', 'insert', 'all', 'select (a)'])} on ${name} to ${pick([...roles, 'public'])}`,
      () => `revoke all on ${name} from ${pick([...roles, 'public'])} cascade`,
      () => `grant usage on schema ${pick(schemasOfGraph)} to ${pick(roles)}`,
      () => `revoke usage on schema ${pick(schemasOfGraph)} from ${pick(roles)} cascade`,
      () => `alter ${word} ${name} owner to ${pick(roles)}`,
      () =>
        `alter role ${pick(roles)} ${pick(['superuser', 'nosuperuser', 'nosuperuser', 'bypassrls', 'nobypassrls'])}`,
      () => `alter table s0.guarded ${pick(['enable', 'disable'])} row level security`,
    ])()
  }
  return Array.from({ length: total }, change)
}
