/** Where the company has offices; elsewhere people work by projects, whose weeks have no holidays. */
export type Country = keyof typeof dates

/** Public holidays on fixed days of the year (month-day), as each country's law has them; those that move are left out. */
const dates = {
  DE: ['01-01', '05-01', '10-03', '12-25', '12-26'],
  FR: ['01-01', '05-01', '05-08', '07-14', '08-15', '11-01', '11-11', '12-25'],
  US: ['01-01', '06-19', '07-04', '11-11', '12-25'],
} as const

/** What is done on a holiday, as a share of the day it would have been. */
export const holidayShare = 0.1

export const keepsHolidays = (country: string | undefined): country is Country =>
  country !== undefined && Object.hasOwn(dates, country)

/** At a time of a place, given as if that place's clock were UTC. */
export function isHoliday(country: Country, localMs: number): boolean {
  const day = new Date(localMs).toISOString().slice(5, 10)
  return dates[country].some((one) => one === day)
}
