import { startCluster, type Cluster } from './postgres-cluster.ts'

/** Brightwater Data, a fictional contractor: people of its customers in one real cluster. Every value is made up. */
export const peopleTotal = 42_000
export const customers = ['lab-aster', 'lab-birch', 'lab-cedar'] as const
/** People of a fourth customer lie in a table that the thief can reach and leaves alone. */
export const untouched = { customer: 'lab-dogwood', people: 300 } as const

export const passwords = {
  cordon_see: 'EXAMPLE-see-0d5f',
  cordon_contain: 'EXAMPLE-contain-77c1',
  labeller: 'EXAMPLE-labeller-2b9e',
  payroll: 'EXAMPLE-payroll-91aa',
  break_glass: 'EXAMPLE-break-glass-4c40',
  /** What the thief gives the roles it makes and takes over. */
  sync_svc: 'EXAMPLE-sync-svc-e3d2',
  late_svc: 'EXAMPLE-late-svc-b81f',
  taken: 'EXAMPLE-taken-5a5a',
} as const

/** Words that stand in rows and statements only. Found anywhere in what Cordon keeps or says, they have leaked. */
export const planted = {
  names: ['Zephyrine', 'Quillonby', 'Featherlow'],
  email: '@people-of.example',
  phone: '+00 555 01',
  literal: 'EXAMPLE-literal-of-the-thief',
} as const

export type Company = Cluster & {
  oidOf(role: string): Promise<number>
  /** Opens and closes a session. */
  canLogin(user: string, password: string): Promise<boolean>
}

export async function startCompany(): Promise<Company> {
  const cluster = await startCluster()
  const root = await cluster.superuser()
  await root.query(`
    create table people (id int primary key, name text, email text, phone text, customer text);
    insert into people select g,
        (array['${planted.names.join("','")}'])[1 + g % 3] || ' ' || g, 'p' || g || '${planted.email}', '${planted.phone}' || g,
        (array['${customers.join("','")}'])[1 + (g % 10) / 4]
      from generate_series(1, ${peopleTotal}) g;
    create table reviewers (id text primary key, name text);
    insert into reviewers select 'r' || g, '${planted.names[0]} ' || g from generate_series(1, ${untouched.people}) g;
    create schema pay; create table pay.runs (id int, amount int);
    insert into pay.runs select g, g from generate_series(1, 50) g;
    analyze;

    create role labeller login createrole password '${passwords.labeller}';
    grant select, update on people to labeller; grant select on reviewers to labeller;
    create role payroll login password '${passwords.payroll}';
    grant usage on schema pay to payroll; grant select on pay.runs to payroll;
    create role break_glass login password '${passwords.break_glass}';

    create schema cordon; create view cordon.people as
      select 'public.people' as relation, id::text as person, customer from people union all
      select 'public.reviewers', id, '${untouched.customer}' from reviewers;
    create role cordon_see login password '${passwords.cordon_see}' in role pg_monitor;
    grant usage on schema cordon to cordon_see; grant select on cordon.people to cordon_see;
    grant select on pg_hba_file_rules to cordon_see; grant execute on function pg_hba_file_rules() to cordon_see;
    create role cordon_contain login createrole password '${passwords.cordon_contain}' in role pg_monitor, pg_signal_backend;
  `)
  await root.end()
  return {
    ...cluster,
    async oidOf(role) {
      const client = await cluster.superuser()
      const { rows } = await client.query<{ oid: string }>('select oid::int8 as oid from pg_roles where rolname = $1', [
        role,
      ])
      await client.end()
      return Number(rows[0]?.oid)
    },
    canLogin: (user, password) =>
      cluster.client(user, password).then(
        async (client) => {
          await client.end()
          return true
        },
        () => false,
      ),
  }
}
