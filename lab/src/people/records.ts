import { seededInt, seededRandom } from 'cordon/kit'

export const customers = ['Lab Aster', 'Lab Birch', 'Lab Cedar'] as const
export type CustomerName = (typeof customers)[number]
export const customerSlug = (name: string): string => name.toLowerCase().replaceAll(' ', '-')

export type Contractor = { id: string; name: string; country: string; customer: CustomerName; hourlyCents: number }
export type Table = 'contractors' | 'payouts' | 'interviews'

export const contractorsCount = 4200

const firstNames = [
  'Alder',
  'Briar',
  'Clover',
  'Fern',
  'Hazel',
  'Ivy',
  'Juniper',
  'Laurel',
  'Maple',
  'Rowan',
  'Sage',
  'Willow',
]
const lastNames = ['Example', 'Placeholder', 'Sample', 'Specimen', 'Fiction', 'Invented', 'Nobody', 'Madeup']
const countries = ['DE', 'FR', 'IN', 'KE', 'PH', 'US']

/** Made up from the seed; no name here is anybody's. */
export function makeContractors(seed: number, count = contractorsCount): Contractor[] {
  const random = seededRandom(seed)
  const pick = <T>(from: readonly [T, ...T[]] | readonly T[], fallback: T): T =>
    from[seededInt(random, from.length)] ?? fallback
  return Array.from({ length: count }, (_, index) => ({
    id: `c${String(index + 1).padStart(5, '0')}`,
    name: `${pick(firstNames, 'Alder')} ${pick(lastNames, 'Example')} ${index + 1}`,
    country: pick(countries, 'DE'),
    customer: pick(customers, 'Lab Aster'),
    hourlyCents: 1500 + seededInt(random, 4500),
  }))
}

/** Who stands in which table: payouts hold those paid this month, interviews those who recorded one. */
export function membersOf(table: Table, contractors: readonly Contractor[]): Contractor[] {
  if (table === 'contractors') return [...contractors]
  return table === 'payouts'
    ? contractors.filter((_, index) => index % 2 === 0)
    : contractors.filter(({ customer }, index) => customer === 'Lab Cedar' && index % 3 === 0)
}
