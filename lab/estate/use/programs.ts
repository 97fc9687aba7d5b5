import { isThere, type Company, type Person } from '../company/model.ts'
import type { Credential } from '../truth.ts'
import type { Actor } from './past.ts'

/** How a program works: `customer` is whose work it does, if anybody's. */
export type Habit = Pick<Actor, 'rhythm' | 'perHour'> & { startMs: number; endMs: number; customer: number | null }

/** A program as actors: itself, and again for each surge of the projects it works for, when there is twice as much to do. */
export function programActors({ projects }: Company, { customer, ...habit }: Habit): Actor[] {
  const base = { ...habit, offsetHours: 0 }
  const surges = projects.flatMap((one) => (one.customer === customer && one.surge !== null ? [one.surge] : []))
  return [
    base,
    ...surges.map(({ fromMs, toMs }) => ({
      ...base,
      startMs: Math.max(base.startMs, fromMs),
      endMs: Math.min(base.endMs, toMs),
    })),
  ].filter(({ startMs, endMs }) => startMs < endMs)
}

/** A key at work by the clock from when it was made to its last use, if there was any. */
export const keyActors = (
  company: Company,
  { createdMs, lastUsedMs }: Pick<Credential, 'createdMs' | 'lastUsedMs'>,
  { customer, perHour }: Pick<Habit, 'customer' | 'perHour'>,
): Actor[] =>
  lastUsedMs === null
    ? []
    : programActors(company, { startMs: createdMs, endMs: lastUsedMs, customer, rhythm: 'machine', perHour })

/** Whose a project, workspace, team or namespace of that name is. */
export const customerOf = ({ customers }: Company, name: string | null | undefined): number | null =>
  customers.find(({ slug }) => slug === name)?.n ?? null

/** Of people in an order the first who was there then. */
export const firstThere = ({ people }: Company, numbers: Iterable<number>, atMs: number): Person | undefined => {
  for (const n of numbers) {
    const person = people[n]
    if (person !== undefined && isThere(person, atMs)) return person
  }
  return undefined
}
