import { CordonError } from '#kit'

export class PeopleError extends CordonError<
  | 'ERR_PEOPLE_FILE'
  | 'ERR_PEOPLE_CONNECT'
  | 'ERR_PEOPLE_QUERY'
  | 'ERR_PEOPLE_COLUMN'
  | 'ERR_PEOPLE_ROW'
  | 'ERR_PEOPLE_SIZE'
  | 'ERR_PEOPLE_HELD'
> {
  /** An export is mended by people, not in seconds. */
  readonly retryAfterMs = 15 * 60_000
}
