import type { Company, Person } from '../company/model.ts'
import { countries } from '../company/people.ts'
import { keepsHolidays } from './holidays.ts'
import type { Actor } from './past.ts'

export type PersonActor = Actor & { person: number }

/** People as actors: those of them that a vendor knows. */
export const personActors = (
  { people }: Company,
  isKnown: (person: Person) => boolean,
  perHour: number,
): PersonActor[] =>
  people.filter(isKnown).map(({ n, startMs, endMs, country, shift }) => ({
    person: n,
    startMs,
    endMs,
    offsetHours: offsetOf(country),
    rhythm: shift,
    perHour,
  }))

/** The same, at home on the holidays of their country. */
export const officeActors = (company: Company, isKnown: (person: Person) => boolean, perHour: number): PersonActor[] =>
  personActors(company, isKnown, perHour).map((actor) => {
    const country = company.people[actor.person]?.country
    return keepsHolidays(country) ? { ...actor, holidays: country } : actor
  })

const offsetOf = (country: string): number => Object.entries(countries).find(([code]) => code === country)?.[1] ?? 0

/** Addresses of documentation: from home and office, steady for a person. */
export const addressOf = (person: number): string => `198.51.${100 + (person % 2)}.${1 + ((person * 7) % 250)}`
export const browser = 'Mozilla/5.0 (X11; Linux x86_64) Firefox/148.0'
