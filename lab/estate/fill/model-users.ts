import type { Company, Person, Vendor } from '../company/model.ts'

export type ModelUser = { person: Person; isAdmin: boolean; isForgotten: boolean }

/** Who has an account at a vendor of models: owners, some engineers, and of those who left the ones nobody thought of. */
export function modelUsers({ people, teams, size }: Company, vendor: Vendor): ModelUser[] {
  const staff = people.filter(({ kind }) => kind === 'staff')
  const owners = staff.filter(({ admin, endMs }) => admin === 'owner' && endMs === null)
  const engineers = staff.filter(
    ({ admin, endMs, group }) => admin === null && endMs === null && teams[group]?.engineers === true,
  )
  const left = staff.filter(({ endMs, leftAlive }) => endMs !== null && leftAlive === vendor)
  return [
    ...owners.map((person) => ({ person, isAdmin: true, isForgotten: false })),
    ...engineers
      .slice(0, Math.max(2, Math.round(size.staff / 15)))
      .map((person) => ({ person, isAdmin: false, isForgotten: false })),
    ...left.map((person) => ({ person, isAdmin: false, isForgotten: true })),
  ]
}
